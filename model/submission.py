"""Ground truth and submission archives of the Robust Reading Competition (.zip of text files).

A ground truth archive holds ``gt_img_N.txt``, a submission ``res_img_N.txt``, both UTF-8, with or
without byte order mark, one box a line (``rrc_lines``). The image id is ``img_N``.
"""

import os
import tempfile
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from manifests.errors import UserError
from model.protocols.inputs import Detections, GroundTruths
from model.rrc_archive import IMAGE_ID, Dropped, Member, members, refuse
from model.rrc_lines import (
    Coordinates,
    EntryError,
    format_result_line,
    parse_ground_truth_line,
    parse_result_line,
)

MAX_LINE = 10_000
"""Characters."""
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)

T = TypeVar("T")


def read_ground_truth(path: Path) -> dict[str, GroundTruths]:
    """The ground truths of an archive by image id; the text ``###`` is don't-care.

    Raises UserError, naming file and line, for anything that is not as described above.
    """
    corpus = {}
    for member in members(path, "gt_"):
        parsed = _parsed(parse_ground_truth_line, member, None)
        shapes, texts = _stack([coordinates for coordinates, _ in parsed]), [t for _, t in parsed]
        corpus[member.image_id] = GroundTruths.from_texts(shapes, texts)
    if not corpus:
        raise UserError(f"{path}: holds no gt_img_N.txt, so there is nothing to score against")
    return corpus


def read_submission(
    path: Path, image_ids: Collection[str], dropped: Dropped | None = None
) -> dict[str, Detections]:
    """The detections of an archive by image id; an image without a file has no entry.

    ``image_ids`` are those of the ground truth. Raises UserError, naming file and line, for a
    result of another image and for anything that is not as described above; with ``dropped`` such
    files and lines are left out and counted there. An archive that cannot be read as a whole, or
    unpacks to too much, is an error all the same.
    """
    corpus = {}
    for member in members(path, "res_", dropped):
        if member.image_id not in image_ids:
            stranger = EntryError(
                "image without ground truth",
                f"the ground truth has no image {member.image_id}; "
                "take the file out, or score against the ground truth it belongs to",
            )
            refuse(stranger, member.where, dropped)
            continue
        corpus[member.image_id] = Detections(_stack(_parsed(parse_result_line, member, dropped)))
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


def _parsed(parser: Callable[[str], T], member: Member, dropped: Dropped | None) -> list[T]:
    """What a file's lines say, without those that ``dropped`` takes."""
    parsed = []
    for number, line in _lines(member.text):
        try:
            _check(line)
            parsed.append(parser(line))
        except EntryError as error:
            told = EntryError(error.kind, f"{error}. It stands as {line[:200]!r}", number)
            refuse(told, member.where, dropped)
    return parsed


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """(number, line) of every line that is not blank; LF or CR LF ends a line."""
    for number, ended in enumerate(text.split("\n"), start=1):
        line = ended.removesuffix("\r")
        if line.strip() or "\r" in line:
            yield number, line


def _check(line: str) -> None:
    """Raise EntryError for what no parser should see.

    In a file that ends its lines with CR alone, the transcription of the first box would swallow
    all others.
    """
    if "\r" in line:
        raise EntryError(
            "carriage return",
            "a carriage return stands inside the line or alone at its end; "
            "save the file with LF or CR LF line ends",
        )
    if len(line) > MAX_LINE:
        raise EntryError(
            "not coordinates",
            f"the line has {len(line):,} characters, more than any box and its text; "
            "write one box a line",
        )


def _stack(shapes: list[Coordinates]) -> NDArray[np.float64]:
    """(N, 4), or (N, 8) as soon as one shape is a quadrilateral; its rectangles become corners."""
    if len({len(shape) for shape in shapes}) > 1:
        shapes = [shape if len(shape) == 8 else _corners(*shape) for shape in shapes]
    return np.array(shapes, dtype=np.float64).reshape(len(shapes), -1 if shapes else 4)


def _corners(xmin: float, ymin: float, xmax: float, ymax: float) -> Coordinates:
    return (xmin, ymin, xmax, ymin, xmax, ymax, xmin, ymax)
