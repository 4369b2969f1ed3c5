"""Ground truth and submission archives of the Robust Reading Competition (.zip of text files).

A ground truth archive holds ``gt_img_N.txt``, a submission ``res_img_N.txt``, both UTF-8, with or
without byte order mark, one box a line (``rrc_lines``). The image id is ``img_N``.
"""

import lzma
import os
import re
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from manifests.errors import UserError
from model.protocols.inputs import Detections, GroundTruths
from model.rrc_lines import (
    Coordinates,
    format_result_line,
    parse_ground_truth_line,
    parse_result_line,
)

IMAGE_ID = re.compile(r"img_[0-9]+")
# Ten thousand images with their boxes are some 10 MB: what is larger is a mistake or an attack.
MAX_UNPACKED_BYTES = 64 * 2**20
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
# What zipfile raises for archives that are damaged, encrypted or made to confuse: UnicodeError for
# a name that is not the UTF-8 it claims to be, IndexError where it asks for the last character of
# an empty one.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    IndexError,
    NotImplementedError,
    RuntimeError,
    UnicodeError,
)

T = TypeVar("T")


def read_ground_truth(path: Path) -> dict[str, GroundTruths]:
    """The ground truths of an archive by image id; the text ``###`` is don't-care.

    Raises UserError, naming file and line, for anything that is not as described above.
    """
    corpus = {}
    for image_id, where, text in _members(path, "gt_"):
        parsed = [_parse(parse_ground_truth_line, line, at) for at, line in _lines(text, where)]
        shapes, texts = _stack([coordinates for coordinates, _ in parsed]), [t for _, t in parsed]
        corpus[image_id] = GroundTruths.from_texts(shapes, texts)
    if not corpus:
        raise UserError(f"{path}: holds no gt_img_N.txt, so there is nothing to score against")
    return corpus


def read_submission(path: Path, image_ids: Collection[str]) -> dict[str, Detections]:
    """The detections of an archive by image id; an image without a file has no entry.

    ``image_ids`` are those of the ground truth. Raises UserError, naming file and line, for a
    result of another image and for anything that is not as described above.
    """
    corpus = {}
    for image_id, where, text in _members(path, "res_"):
        if image_id not in image_ids:
            raise UserError(
                f"{where}: the ground truth has no image {image_id}; "
                "take the file out, or score against the ground truth it belongs to"
            )
        parsed = [_parse(parse_result_line, line, at) for at, line in _lines(text, where)]
        corpus[image_id] = Detections(_stack(parsed))
    return corpus


def write_submission(path: Path, detections: Mapping[str, Detections]) -> None:
    """Write a submission archive: the same detections give the same bytes.

    Image ids are ``img_N``; shapes hold whole numbers (``inclusive_rectangles`` makes them). Files
    stand in order of N, stored rather than deflated, which differs between versions of zlib, and
    carry a fixed time. The archive replaces ``path`` when it is complete, not before. Raises
    ValueError for an image id or a shape that the format cannot hold.
    """
    strange = [image_id for image_id in detections if not IMAGE_ID.fullmatch(image_id)]
    if strange:
        raise ValueError(f"image ids of a submission are img_N, not {strange[0]!r}")
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w") as archive:
            for image_id in sorted(detections, key=lambda name: (len(name), name)):
                archive.writestr(_member(image_id), _result_text(detections[image_id]))
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _member(image_id: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(f"res_{image_id}.txt", date_time=ZIP_EPOCH)
    info.create_system, info.external_attr = 3, 0o644 << 16  # Unix, wherever it is written
    return info


def _result_text(detections: Detections) -> str:
    return "".join(format_result_line(row) + "\r\n" for row in detections.shapes.tolist())


def _members(path: Path, prefix: str) -> Iterator[tuple[str, str, str]]:
    """(image id, where it stands, text) of every file of an archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_size(path, archive)
            seen: set[str] = set()
            for info in archive.infolist():
                where = f"{path}!{info.filename}"
                image_id = _image_id(info.filename, prefix, where)
                if image_id in seen:
                    raise UserError(f"{where}: the archive holds this file twice; keep one of them")
                seen.add(image_id)
                yield image_id, where, _decode(archive.read(info), where)
    except DAMAGE as error:
        raise UserError(
            f"{path}: not a readable .zip archive ({error}); make it again, without a password"
        ) from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error


def _check_size(path: Path, archive: zipfile.ZipFile) -> None:
    # Reading a member stops at the size it declares, so the declared sizes can be trusted.
    size = sum(info.file_size for info in archive.infolist())
    if size > MAX_UNPACKED_BYTES:
        raise UserError(
            f"{path}: unpacks to {size:,} bytes, more than the {MAX_UNPACKED_BYTES:,} that box "
            "coordinates could need; check that it is the right archive"
        )


def _image_id(name: str, prefix: str, where: str) -> str:
    image_id = name.removeprefix(prefix).removesuffix(".txt")
    if name != f"{prefix}{image_id}.txt" or not IMAGE_ID.fullmatch(image_id):
        raise UserError(
            f"{where}: every file of this archive must be named {prefix}img_N.txt; "
            "rename it or take it out, and zip the files themselves, not their folder"
        )
    return image_id


def _decode(content: bytes, where: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError(f"{where}, line {line}: not UTF-8 text; save the file as UTF-8") from error


def _parse(parser: Callable[[str], T], line: str, at: str) -> T:
    try:
        return parser(line)
    except ValueError as error:
        raise UserError(f"{at}: {error}. It stands as {line[:200]!r}") from error


def _lines(text: str, where: str) -> Iterator[tuple[str, str]]:
    """(where it stands, line) of every line that is not blank; LF or CR LF ends a line.

    A CR elsewhere is refused: in a file that ends its lines with CR alone, the transcription of the
    first box would swallow all others.
    """
    for number, ended in enumerate(text.split("\n"), start=1):
        line, at = ended.removesuffix("\r"), f"{where}, line {number}"
        if "\r" in line:
            raise UserError(
                f"{at}: a carriage return stands inside the line or alone at its end; "
                "save the file with LF or CR LF line ends"
            )
        if line.strip():
            yield at, line


def _stack(shapes: list[Coordinates]) -> NDArray[np.float64]:
    """(N, 4), or (N, 8) as soon as one shape is a quadrilateral; its rectangles become corners."""
    if len({len(shape) for shape in shapes}) > 1:
        shapes = [shape if len(shape) == 8 else _corners(*shape) for shape in shapes]
    return np.array(shapes, dtype=np.float64).reshape(len(shapes), -1 if shapes else 4)


def _corners(xmin: float, ymin: float, xmax: float, ymax: float) -> Coordinates:
    return (xmin, ymin, xmax, ymin, xmax, ymax, xmin, ymax)
