"""Objects of a store: listed, read, written, deleted. Every error says what to do next."""

import contextlib
import hashlib
import io
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow.fs as pafs

from manifests.errors import UserError
from manifests.storage.address import Remote, key_fault
from manifests.storage.connecting import StorageError, filesystem, guarded

WINDOW_BYTES = 1 << 20
"""Read at once from an object in which is looked around: members of an archive that stand side by
side come with one request."""
_BLOCK = 8 << 20


@dataclass(frozen=True, slots=True)
class Stored:
    """An object. ``name``: below the prefix that was listed; ``size``: bytes; ``stamp``: another
    text where the object has changed."""

    name: str
    size: int
    stamp: str


def walk(remote: Remote) -> list[Stored]:
    """Every object below a prefix, whatever its key, by name; markers of folders left out.

    Raises StorageError, and UserError where there is no such bucket.
    """
    selector = pafs.FileSelector(remote.below_bucket, recursive=True, allow_not_found=True)
    with guarded(remote):
        found = filesystem(remote.scheme).get_file_info(selector)
    if not found:
        require_bucket(remote)
    cut = len(remote.below_bucket) + 1
    items = (_stored(info, info.path[cut:]) for info in found if info.type is pafs.FileType.File)
    return sorted(items, key=lambda item: item.name)


def require_bucket(remote: Remote) -> None:
    """Raise UserError where the bucket is not there."""
    top = Remote(remote.scheme, remote.bucket, "")
    with guarded(top):
        info = filesystem(remote.scheme).get_file_info(remote.bucket)
    if info.type is pafs.FileType.NotFound:
        raise UserError(
            f"there is no bucket {top}; correct the name, or the endpoint in AWS_ENDPOINT_URL"
        )


def names_in(remote: Remote) -> list[str]:
    """What stands right below a prefix, objects and prefixes alike."""
    selector = pafs.FileSelector(remote.below_bucket, recursive=False, allow_not_found=True)
    with guarded(remote):
        found = filesystem(remote.scheme).get_file_info(selector)
    return sorted({info.base_name for info in found})


def has_any(remote: Remote) -> bool:
    """True where anything stands below a prefix."""
    with guarded(remote):
        info = filesystem(remote.scheme).get_file_info(remote.below_bucket)
    if info.type is pafs.FileType.NotFound:
        require_bucket(remote)
    return bool(
        info.type is pafs.FileType.Directory
        or (info.type is pafs.FileType.File and names_in(remote))
    )


def find(remote: Remote) -> Stored | None:
    """The object of this very name, or None."""
    if key_fault(remote.key):
        return None
    with guarded(remote):
        info = filesystem(remote.scheme).get_file_info(remote.below_bucket)
    return _stored(info, remote.name) if info.type is pafs.FileType.File else None


def _stored(info: Any, name: str) -> Stored:
    return Stored(name, int(info.size), f"{info.size}-{info.mtime_ns}")


def open_file(remote: Remote, window: int = WINDOW_BYTES) -> IO[bytes]:
    """An object to look around in: only what is read is fetched, ``window`` bytes at a time.

    Raises FileNotFoundError, StorageError; and so does reading from it.
    """
    return io.BufferedReader(_Ranges(remote), window)


class _Ranges(io.RawIOBase):
    """An object as a file: each read is one request for a range."""

    def __init__(self, remote: Remote) -> None:
        super().__init__()
        self._remote, self._place = remote, 0
        with guarded(remote):
            self._file = filesystem(remote.scheme).open_input_file(remote.below_bucket)
            self.size = int(self._file.size())

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = (0, self._place, self.size)[whence]
        if base + offset < 0:
            raise ValueError("a place before the start of the file")
        self._place = base + offset
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), max(0, self.size - self._place))
        if not wanted:
            return 0
        with guarded(self._remote):
            data = self._file.read_at(wanted, self._place)
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)

    def readall(self) -> bytes:
        """All that is left in one request; the one of the base class asks for 8 KiB at a time."""
        left = bytearray(max(0, self.size - self._place))
        return bytes(left[: self.readinto(left)])

    def close(self) -> None:
        if not self.closed and hasattr(self, "_file"):
            self._file.close()
        super().close()


def read(remote: Remote, limit: int) -> bytes:
    """The bytes of an object. Raises FileNotFoundError, StorageError, ValueError where it has more
    than ``limit``."""
    with guarded(remote), filesystem(remote.scheme).open_input_file(remote.below_bucket) as file:
        size = int(file.size())
        if size > limit:
            raise ValueError(f"{remote} has {size} bytes, more than {limit}")
        return bytes(file.read(size))


def get(remote: Remote, path: Path) -> None:
    """Write an object into a new file. Raises FileNotFoundError, StorageError; OSError of a full
    disk and the like."""
    source = open_file(remote, _BLOCK)
    with source, path.open("xb") as file:
        shutil.copyfileobj(source, file, _BLOCK)


def digest_of(remote: Remote) -> str:
    """Hexadecimal SHA-256 of an object. Raises FileNotFoundError, StorageError."""
    with open_file(remote, _BLOCK) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def put(path: Path, remote: Remote) -> None:
    """Store a file as an object: the whole of it, or the object is as it was or gone."""
    with path.open("rb") as source:
        _store(source, remote)


def put_bytes(data: bytes, remote: Remote) -> None:
    """Store bytes as an object."""
    _store(io.BytesIO(data), remote)


def _store(source: IO[bytes], remote: Remote) -> None:
    """The stream of a store finishes an object when it is closed, even after an error: what it
    leaves then is deleted."""
    try:
        with (
            guarded(remote),
            filesystem(remote.scheme).open_output_stream(remote.below_bucket) as out,
        ):
            shutil.copyfileobj(source, out, _BLOCK)
    except BaseException:
        with contextlib.suppress(UserError, OSError):
            delete(remote)
        raise


def copy(source: Remote, target: Remote) -> None:
    """Copy an object within the store; its bytes do not come here, unless the store will not (S3
    copies up to 5 GB)."""
    try:
        with guarded(target):
            filesystem(source.scheme).copy_file(source.below_bucket, target.below_bucket)
    except StorageError:
        with open_file(source, _BLOCK) as file:
            _store(file, target)


def delete(remote: Remote) -> None:
    """Delete an object; nothing happens where there is none."""
    with guarded(remote), contextlib.suppress(FileNotFoundError):
        filesystem(remote.scheme).delete_file(remote.below_bucket)


def delete_below(remote: Remote) -> None:
    """Delete all that stands below a prefix. Raises ValueError for a whole bucket."""
    if not remote.key:
        raise ValueError(f"{remote} is a bucket")
    with guarded(remote), contextlib.suppress(FileNotFoundError):
        filesystem(remote.scheme).delete_dir(remote.below_bucket)
