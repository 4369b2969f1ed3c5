"""Reading files of the raw root by URI: ``folder/file`` or ``archive.zip!member``.

The root is a folder, or a prefix in an object store (``manifests.storage``).

``#``, ``!`` and ``%`` of a name, and bytes of it that are not UTF-8, stand in a URI as ``%23`` and
so on, so that every file can be named and every URI stored. Nothing outside the raw root is ever
read: a URI that climbs out of it, or leads out of it through a link, is an error.
"""

import errno
import functools
import hashlib
import lzma
import os
import re
import stat
import struct
import time
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from manifests.storage.address import Remote, Root, key_fault
from manifests.zip_members import open_member, open_zip, read_member

_MARK = re.compile(r"(?<=\.zip)!", re.IGNORECASE)
_SPECIAL = re.compile("[!#%\udc80-\udcff]")
_ESCAPED = re.compile(r"%(2[135]|[89A-F][0-9A-F])")
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")
MAX_FILE_BYTES = 1 << 30
_TRUST_SECONDS = 5
"""How long an archive in a store is taken to be what it was, without asking again."""

ARCHIVE_ERRORS = (
    OSError,
    EOFError,
    KeyError,  # no such member
    ValueError,  # encrypted, too large, outside the raw root; UnicodeDecodeError of a name
    RuntimeError,  # NotImplementedError too: a version or compression that is not known
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)
"""All that opening or reading a file of the raw root may raise, archives damaged or hostile."""


def escape(name: str) -> str:
    """A path as it stands in a URI: ``my #1/a.jpg`` -> ``my %231/a.jpg``."""
    return _SPECIAL.sub(lambda match: f"%{ord(match[0]) & 0xFF:02X}", name)


def unescape(text: str) -> str:
    """Undo ``escape``."""
    return _ESCAPED.sub(lambda match: _character(int(match[1], 16)), text)


def _character(code: int) -> str:
    """A byte that is not ASCII is one that was not UTF-8: Python's ``surrogateescape``."""
    return chr(code if code < 0x80 else 0xDC00 + code)


def split_uri(uri: str) -> tuple[str, str | None]:
    """``a/b.zip!c.jpg`` -> (``a/b.zip``, ``c.jpg``); a plain file -> (file, None); unescaped.

    A ``#pointer`` behind the file, as annotation URIs of JSON sources have it, is cut off.
    """
    file, *member = _MARK.split(uri.partition("#")[0], maxsplit=1)
    return unescape(file), unescape(member[0]) if member else None


def file_uri(uri: str) -> str:
    """The URI of the file or archive alone: without member and ``#pointer``, still escaped."""
    return _MARK.split(uri.partition("#")[0], maxsplit=1)[0]


def container(uri: str) -> str:
    """The URI of what the file of a URI is a part of: its archive, or its folder."""
    file = file_uri(uri)
    return file if split_uri(uri)[1] is not None else file.rpartition("/")[0]


def error_text(error: BaseException) -> str:
    """An exception in words that are the same on every machine: no address, no absolute path."""
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"{type(error).__name__}: {_ADDRESS.sub('...', words)}"


def is_inside(root: Path, path: Path) -> bool:
    """True where path, all links followed, is inside root, or inside its own folder right below
    root: that one may be a link to another disk."""
    top = path.relative_to(root).parts[:-1][:1]
    real = os.path.realpath(path)
    homes = [os.path.realpath(home) for home in {root, root.joinpath(*top)}]
    return any(os.path.commonpath((real, home)) == home for home in homes)


def resolve(root: Root, relative: str) -> Root:
    """The path of a URI's file part below root. Raises ValueError where it would leave root."""
    pure = PurePosixPath(relative)
    if pure.is_absolute() or ".." in pure.parts or "\0" in relative:
        raise ValueError(f"{relative!r} is not inside the raw root")
    if isinstance(root, Remote):
        place = root / pure
        if fault := key_fault(place.key):
            raise ValueError(f"{relative!r} cannot be read: {fault}")
        return place
    if not is_inside(root, root / pure):
        raise ValueError(f"{relative!r} is a link to what is not inside the raw root")
    return root / pure


def file_stamp(path: Root) -> str:
    """Another text where the file has changed, without reading it: its size, when its
    content and when its inode changed, which cannot be set back by hand.

    Raises OSError, ValueError for what is no regular file, UserError where a store cannot be asked.
    """
    if isinstance(path, Remote):
        from manifests.storage.client import find

        found = find(path)
        if found is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        return found.stamp
    status = _regular(path)
    return f"{status.st_size}-{status.st_mtime_ns}-{status.st_ctime_ns}"


SETTLING_NS = 2_000_000_000
"""The coarsest clock of a filesystem (FAT's). Within one of its ticks a file can change twice."""


def is_settled(stamp: str, listed_ns: int) -> bool:
    """Whether a later change must give another stamp: not where the file changed as late as it was
    listed (``time.time_ns`` when that began), since the clock may not have moved on since.

    Of stamps that are no times of this machine, as those of remote files, always.
    """
    size, _, times = stamp.partition(" ")[0].partition("-")
    numbers = [size, *times.split("-")]
    if len(numbers) != 3 or not all(number.isdecimal() for number in numbers):
        return True
    return all(abs(listed_ns - int(number)) > SETTLING_NS for number in numbers[1:])


@functools.lru_cache(maxsize=16)
def _archive(path: Root, stamp: str) -> zipfile.ZipFile:
    """An open archive; the stamp keeps a replaced file from being read through an old index."""
    return open_zip(_open(path))


@functools.lru_cache(maxsize=16)
def _lately(path: Remote, moment: int) -> str:
    return file_stamp(path)


def open_archive(path: Root) -> zipfile.ZipFile:
    """The archive at path, opened once a process as long as the file stays the same.

    Raises one of ``ARCHIVE_ERRORS``, or UserError where a store cannot be asked.
    """
    if isinstance(path, Remote):
        return _archive(path, _lately(path, int(time.monotonic() / _TRUST_SECONDS)))
    return _archive(path, file_stamp(path))


def _open(path: Root) -> IO[bytes]:
    if isinstance(path, Remote):
        from manifests.storage.client import open_file

        return open_file(path)
    _regular(path)
    return path.open("rb")


def digest_file(path: Root) -> tuple[int, str]:
    """Bytes and SHA-256 of a file, read as a stream. Raises OSError, UserError."""
    digest, size = hashlib.sha256(), 0
    with _open(path) as file:
        while block := file.read(1 << 20):
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()


def read_bytes(root: Root, uri: str) -> bytes:
    """The bytes a URI names; of two members with one name the last.

    Raises one of ``ARCHIVE_ERRORS``: ValueError for a URI that leaves the root, for what is no
    regular file, unpacks to more than ``MAX_FILE_BYTES``, is encrypted or packed in a way that has
    no bound; KeyError for a member that is not there. UserError where a store cannot be asked,
    which says nothing of the file.
    """
    file, member = split_uri(uri)
    path = resolve(root, file)
    if member is None:
        if isinstance(path, Remote):
            return read_limited(path, MAX_FILE_BYTES)
        _refuse_large(uri, _regular(path).st_size)
        return path.read_bytes()
    archive = open_archive(path)
    try:
        return read_member(archive, archive.getinfo(member), MAX_FILE_BYTES)
    except ValueError as error:
        raise ValueError(f"{uri}: {error}") from error


def read_limited(path: Root, limit: int) -> bytes:
    """The bytes of a file. Raises OSError, ValueError where it has more than ``limit``, UserError
    where a store cannot be asked."""
    if isinstance(path, Remote):
        from manifests.storage.client import read

        return read(path, limit)
    size = _regular(path).st_size
    if size > limit:
        raise ValueError(f"it has more than {limit} bytes")
    return path.read_bytes()


def open_stream(root: Root, uri: str) -> IO[bytes]:
    """The file that a URI names, however large, to be read from its start. Raises as
    ``read_bytes`` does, and so does reading from it."""
    file, member = split_uri(uri)
    path = resolve(root, file)
    if member is None:
        return _open(path)
    archive = open_archive(path)
    try:
        return open_member(archive, archive.getinfo(member))
    except ValueError as error:
        raise ValueError(f"{uri}: {error}") from error


def _regular(path: Path) -> os.stat_result:
    """Opening a pipe would wait for ever."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError(f"{path.name} is no regular file")
    return status


def _refuse_large(uri: str, size: int) -> None:
    if size > MAX_FILE_BYTES:
        raise ValueError(f"{uri} unpacks to {size} bytes, more than {MAX_FILE_BYTES}")
