"""Members of .zip archives of strangers: unpacked to what is declared, and not a byte more.

``zipfile`` believes an archive in much: asked for a whole member, it unpacks up to 2 GiB whatever
size is declared; BZIP2 and LZMA have no bound at all; members may share their bytes, so that a few
MB become terabytes. All of that is refused here.
"""

import contextlib
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

ENCRYPTED = 0x1
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
MAX_LIST_BYTES = 1 << 27
"""Of the list of members at an archive's end; those of 2 million pictures take 1 GB."""
_HEADER = 30
"""Bytes in front of a member's name."""
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")


def open_zip(file: IO[bytes]) -> zipfile.ZipFile:
    """An archive whose list is of bearable length and whose members share no bytes.

    ``file``: stays open, for it is read as long as the archive is used. Raises zipfile.BadZipFile,
    OSError and whatever else ``zipfile`` raises for what is no archive.
    """
    if (length := _list_bytes(file)) > MAX_LIST_BYTES:
        detail = f"its list of files has {length} bytes, more than {MAX_LIST_BYTES}"
        raise zipfile.BadZipFile(detail)
    archive = zipfile.ZipFile(file)
    refuse_overlaps(archive)
    return archive


@contextlib.contextmanager
def opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """The same of a file, closed at the end."""
    with path.open("rb") as file:
        yield open_zip(file)


def refuse_overlaps(archive: zipfile.ZipFile) -> None:
    """Raise zipfile.BadZipFile where two members of an archive share bytes."""
    end = 0
    for info in sorted(archive.infolist(), key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise zipfile.BadZipFile(f"its files overlap ({info.filename[:80]!r})")
        end = info.header_offset + _HEADER + info.compress_size


def open_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    """A member, to be read from its start, a bounded piece at a time.

    Raises ValueError where it is encrypted or neither stored nor deflated, and
    zipfile.BadZipFile where its own header says another name than the list.
    """
    if info.flag_bits & ENCRYPTED:
        raise ValueError("it is encrypted; unpack the archive and put the files in its place")
    if info.compress_type not in PACKINGS:
        raise ValueError(
            "it is neither stored nor deflated, and other packings unpack without bound; unpack "
            "the archive and put the files in its place"
        )
    return archive.open(info)


def read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    """The bytes of a member that declares ``most`` bytes or fewer. Raises ValueError where it
    declares more, and as ``open_member`` does."""
    if info.file_size > most:
        raise ValueError(f"it unpacks to {info.file_size} bytes, more than {most}")
    with open_member(archive, info) as file:
        return file.read(info.file_size + 1)


def _list_bytes(file: IO[bytes]) -> int:
    """The length of an archive's list as its end declares it; 0 where there is no end, which
    ``zipfile`` tells in words of its own."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END.size - 0xFFFF))
    tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < _END.size:
        return 0
    declared = int(_END.unpack_from(tail, at)[5])
    file.seek(max(0, size - len(tail) + at - _LOCATOR.size - _END_64.size))
    before = file.read(_LOCATOR.size + _END_64.size)
    if len(before) == _LOCATOR.size + _END_64.size and before.startswith(b"PK\6\6"):
        return max(int(_END_64.unpack_from(before)[8]), 0 if declared == 0xFFFFFFFF else declared)
    return declared
