"""Reading the competition's archives: .zip files of others, trusted in nothing.

Sizes are bounded before anything is unpacked: the archive's list of files, each file, all of them
together. Only stored and deflated files are read: there the size that the list declares binds the
decoder, while a few kB of bzip2 or LZMA can become gigabytes at once.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

from manifests.errors import UserError
from model.rrc_lines import EntryError

IMAGE_ID = re.compile(r"img_[0-9]{1,18}")
# Ten thousand images with their boxes are some 10 MB: what is larger is a mistake or an attack.
MAX_UNPACKED_BYTES = 64 * 2**20
MAX_FILE_BYTES = 4 * 2**20
# What the list of 40,000 files takes.
MAX_LIST_BYTES = 4 * 2**20
# Coordinates written out shrink to a tenth or so; to less only where lines repeat, in small files.
MAX_RATIO, RATIO_FROM = 200, 2**16
ENCRYPTED = 0x1
# What zipfile raises for archives that are damaged or made to confuse: UnicodeError for a name that
# is not the UTF-8 it claims to be, IndexError where it asks for the last character of an empty one.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    IndexError,
    NotImplementedError,
    RuntimeError,
    UnicodeError,
    ValueError,
)


class Dropped:
    """What a lenient reading leaves out: how many of each kind, and where the first of them stand.

    ``at_most`` places are kept of each kind.
    """

    def __init__(self, at_most: int = 3) -> None:
        self.counts: Counter[str] = Counter()
        self.places: dict[str, list[str]] = {}
        self._at_most = at_most

    def note(self, kind: str, place: str) -> None:
        """Count one thing of a kind."""
        self.counts[kind] += 1
        places = self.places.setdefault(kind, [])
        if len(places) < self._at_most:
            places.append(place)


class Member(NamedTuple):
    """One text file of an archive."""

    image_id: str
    where: str
    """``archive.zip!name``"""
    text: str


def refuse(error: EntryError, where: str, dropped: Dropped | None) -> None:
    """Raise UserError with the place, or, where a reading is lenient, count it."""
    place = where if error.line is None else f"{where}, line {error.line}"
    if dropped is None:
        raise UserError(f"{place}: {error}") from error
    dropped.note(error.kind, place)


def members(path: Path, prefix: str, dropped: Dropped | None = None) -> Iterator[Member]:
    """Every file ``<prefix>img_N.txt`` of an archive, in its order.

    Raises UserError for an archive that cannot be read as a whole, and for a file that is not as it
    must be, which goes to ``dropped`` where that is given; of a file that is there twice, the first
    counts.
    """
    try:
        with path.open("rb") as file, zipfile.ZipFile(_Bounded(file, path)) as archive:
            _check_size(path, archive)
            seen: set[str] = set()
            for info in archive.infolist():
                where = f"{path}!{_shown(info.filename)}"
                try:
                    image_id = _image_id(info, prefix, seen)
                    text = _text(archive, info)
                except EntryError as error:
                    refuse(error, where, dropped)
                    continue
                seen.add(image_id)
                yield Member(image_id, where, text)
    except DAMAGE as error:
        raise UserError(f"{path}: not a readable .zip archive ({error}); make it again") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error


def _shown(name: str) -> str:
    """A name that can be printed: archives may hold any, of any length."""
    return (name if name.isprintable() else ascii(name)[1:-1])[:200]


class _Bounded(io.BufferedIOBase):
    """A file of which no more than the longest allowed list is read at once: zipfile believes what
    the end of an archive says of the length of its list."""

    def __init__(self, file: io.BufferedReader, path: Path) -> None:
        self._file, self._path = file, path

    def read(self, size: int | None = -1) -> bytes:
        """As of a file, at most ``MAX_LIST_BYTES``."""
        content = self._file.read(
            MAX_LIST_BYTES + 1 if size is None or size < 0 else min(size, MAX_LIST_BYTES + 1)
        )
        if len(content) > MAX_LIST_BYTES:
            raise UserError(
                f"{self._path}: its list of files is longer than {MAX_LIST_BYTES:,} bytes, more "
                "than 40,000 images take; check that it is the right archive"
            )
        return content

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


def _check_size(path: Path, archive: zipfile.ZipFile) -> None:
    size = sum(info.file_size for info in archive.infolist())
    if size > MAX_UNPACKED_BYTES:
        largest = max(archive.infolist(), key=lambda info: info.file_size)
        raise UserError(
            f"{path}: unpacks to {size:,} bytes, more than the {MAX_UNPACKED_BYTES:,} that box "
            f"coordinates could need (the largest is {_shown(largest.filename)}, "
            f"{largest.file_size:,}); check that it is the right archive"
        )


def _image_id(info: zipfile.ZipInfo, prefix: str, seen: set[str]) -> str:
    """The image that a file belongs to; EntryError by what the archive's list says of the file."""
    name, mode = info.filename, info.external_attr >> 16
    if name.endswith("/") or stat.S_ISDIR(mode):
        raise EntryError(
            "folder", "is a folder; zip the files themselves, without the folder they lie in"
        )
    if stat.S_ISLNK(mode):
        raise EntryError("link", "is a link to another file; put the file itself into the archive")
    image_id = name.removeprefix(prefix).removesuffix(".txt")
    if name != f"{prefix}{image_id}.txt" or not IMAGE_ID.fullmatch(image_id):
        raise EntryError(
            "wrong name",
            f"every file of this archive must be named {prefix}img_N.txt; "
            "rename it or take it out, and zip the files themselves, not their folder",
        )
    if image_id in seen:
        raise EntryError("file twice", "the archive holds this file twice; keep one of them")
    return image_id


def _text(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    """The text of a file; EntryError where it cannot be had."""
    _check_packing(info)
    try:
        with archive.open(info) as file:
            # Asked for all there is, zipfile unpacks what the list does not tell of, too.
            content = file.read(info.file_size + 1)
    except DAMAGE as error:
        raise EntryError(
            "damaged file", f"cannot be unpacked ({error}); make the archive again"
        ) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise EntryError("not UTF-8", "not UTF-8 text; save the file as UTF-8", line) from error


def _check_packing(info: zipfile.ZipInfo) -> None:
    """Raise EntryError for a file that must not be unpacked."""
    if info.flag_bits & ENCRYPTED:
        raise EntryError("encrypted", "is encrypted; make the archive again, without a password")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise EntryError(
            "packed otherwise", "is neither stored nor deflated; zip it again, with zip's defaults"
        )
    if info.file_size > MAX_FILE_BYTES:
        _too_large(f"more than the {MAX_FILE_BYTES:,} that the boxes of one image could need", info)
    if info.file_size > max(RATIO_FROM, MAX_RATIO * info.compress_size):
        _too_large(f"more than {MAX_RATIO} times its packed size, as no coordinates do", info)


def _too_large(than: str, info: zipfile.ZipInfo) -> NoReturn:
    raise EntryError(
        "too large",
        f"unpacks to {info.file_size:,} bytes, {than}; check what it is, and take it out",
    )
