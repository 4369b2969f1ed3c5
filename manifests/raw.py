"""Reading files of the raw root by URI: ``folder/file`` or ``archive.zip!member``.

Nothing outside the raw root is ever read: a URI that climbs out of it is an error.
"""

import functools
import re
import zipfile
from pathlib import Path, PurePosixPath

_MARK = re.compile(r"(?<=\.zip)!", re.IGNORECASE)
MAX_MEMBER_BYTES = 1 << 30


def split_uri(uri: str) -> tuple[str, str | None]:
    """``a/b.zip!c.jpg`` -> (``a/b.zip``, ``c.jpg``); a plain file -> (file, None).

    A ``#pointer`` behind the file, as annotation URIs of JSON sources have it, is cut off.
    """
    parts = _MARK.split(uri, maxsplit=1)
    if len(parts) == 2:
        return parts[0], parts[1].partition("#")[0]
    return uri.partition("#")[0], None


def container(uri: str) -> str:
    """What the file of a URI is a part of: its archive, or its folder."""
    file, member = split_uri(uri)
    return file if member is not None else file.rpartition("/")[0]


def resolve(root: Path, relative: str) -> Path:
    """The path of a URI's file part below root. Raises ValueError where it would leave root."""
    pure = PurePosixPath(relative)
    if pure.is_absolute() or ".." in pure.parts or "\0" in relative:
        raise ValueError(f"{relative!r} is not inside the raw root")
    return root / pure


@functools.lru_cache(maxsize=16)
def _archive(path: str, stamp: tuple[int, int]) -> zipfile.ZipFile:
    """An open archive; the stamp (size, modification time) keeps a replaced file from being read
    through an old index."""
    return zipfile.ZipFile(path)


def open_archive(path: Path) -> zipfile.ZipFile:
    """The archive at path, opened once a process as long as the file stays the same.

    Raises OSError or zipfile.BadZipFile.
    """
    stat = path.stat()
    return _archive(str(path), (stat.st_size, stat.st_mtime_ns))


def read_bytes(root: Path, uri: str) -> bytes:
    """The bytes a URI names.

    Raises OSError, KeyError (no such member), zipfile.BadZipFile, or ValueError (a URI that leaves
    the root, a member that unpacks to more than ``MAX_MEMBER_BYTES``, an encrypted member).
    """
    file, member = split_uri(uri)
    path = resolve(root, file)
    if member is None:
        return path.read_bytes()
    archive = open_archive(path)
    info = archive.getinfo(member)
    if info.file_size > MAX_MEMBER_BYTES:
        raise ValueError(f"{uri} unpacks to {info.file_size} bytes, more than {MAX_MEMBER_BYTES}")
    if info.flag_bits & 1:
        raise ValueError(f"{uri} is encrypted; unpack it and put the files in its place")
    return archive.read(info)
