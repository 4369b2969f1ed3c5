"""Where a job's data come from and its results go: a bucket of OBS, any store that fsspec knows, or
a folder.

Three ways behind one small interface. On ModelArts OBS is reached by MoXing (``import moxing``),
which is there and knows the job's credentials.
"""

import importlib
import os
import shutil
from pathlib import Path
from typing import Any, Protocol

from deploy.modelarts.errors import JobError

_MOXING_SCHEMES = ("obs", "s3")


class Storage(Protocol):
    """A store of files by URL. What fails raises OSError, or what the store's library raises."""

    def exists(self, url: str) -> bool:
        """Whether a file or a folder is there."""

    def is_folder(self, url: str) -> bool:
        """Whether a folder is there."""

    def fetch_file(self, url: str, path: Path) -> None:
        """Copy a file here; the folder it goes to is there."""

    def fetch_folder(self, url: str, folder: Path) -> None:
        """Copy what is in a folder into a folder here, which is made."""

    def store_file(self, path: Path, url: str) -> None:
        """Copy a file there, over one that is there."""

    def store_folder(self, folder: Path, url: str) -> None:
        """Copy what is in a folder into the folder there; others of its files stay."""

    def remove_file(self, url: str) -> None:
        """Take a file away, if it is there."""


class FolderStorage:
    """Folders of this machine, by path or ``file://``."""

    def exists(self, url: str) -> bool:
        return _path(url).exists()

    def is_folder(self, url: str) -> bool:
        return _path(url).is_dir()

    def fetch_file(self, url: str, path: Path) -> None:
        shutil.copyfile(_path(url), path)

    def fetch_folder(self, url: str, folder: Path) -> None:
        shutil.copytree(_path(url), folder, dirs_exist_ok=True)

    def store_file(self, path: Path, url: str) -> None:
        target = _path(url)
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            shutil.copyfile(path, scratch)
            scratch.replace(target)
        finally:
            scratch.unlink(missing_ok=True)

    def store_folder(self, folder: Path, url: str) -> None:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.store_file(path, join(url, path.relative_to(folder).as_posix()))

    def remove_file(self, url: str) -> None:
        _path(url).unlink(missing_ok=True)


class MoxingStorage:
    """OBS by ModelArts' MoXing."""

    def __init__(self) -> None:
        self._file: Any = importlib.import_module("moxing").file

    def exists(self, url: str) -> bool:
        return bool(self._file.exists(url)) or self.is_folder(url)

    def is_folder(self, url: str) -> bool:
        return bool(self._file.is_directory(url))

    def fetch_file(self, url: str, path: Path) -> None:
        self._file.copy(url, str(path))

    def fetch_folder(self, url: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file.copy_parallel(url, str(folder))

    def store_file(self, path: Path, url: str) -> None:
        self._file.copy(str(path), url)

    def store_folder(self, folder: Path, url: str) -> None:
        self._file.copy_parallel(str(folder), url)

    def remove_file(self, url: str) -> None:
        if self._file.exists(url):
            self._file.remove(url)


class FsspecStorage:
    """Any store that fsspec has a driver for (s3, gs, hdfs, memory ...)."""

    def __init__(self, url: str) -> None:
        self._system: Any = importlib.import_module("fsspec.core").url_to_fs(url)[0]

    def exists(self, url: str) -> bool:
        return bool(self._system.exists(url))

    def is_folder(self, url: str) -> bool:
        return bool(self._system.isdir(url))

    def fetch_file(self, url: str, path: Path) -> None:
        self._system.get_file(url, str(path))

    def fetch_folder(self, url: str, folder: Path) -> None:
        root = self._system._strip_protocol(url)
        for name in self._system.find(url):
            path = folder / os.path.relpath(name, root)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._system.get_file(name, str(path))

    def store_file(self, path: Path, url: str) -> None:
        self._system.makedirs(url.rpartition("/")[0], exist_ok=True)
        self._system.put_file(str(path), url)

    def store_folder(self, folder: Path, url: str) -> None:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.store_file(path, join(url, path.relative_to(folder).as_posix()))

    def remove_file(self, url: str) -> None:
        if self._system.exists(url):
            self._system.rm_file(url)


def storage_for(url: str) -> Storage:
    """The store of a URL or a path. Raises JobError where nothing here can reach it."""
    scheme = url.partition("://")[0] if "://" in url else "file"
    if scheme == "file":
        return FolderStorage()
    if scheme in _MOXING_SCHEMES:
        try:
            return MoxingStorage()
        except ImportError:  # not on ModelArts
            if scheme == "obs":
                raise JobError(
                    f"{url}: OBS is reached by MoXing, which ModelArts has and this machine has "
                    "not; copy it to a folder, or give its s3:// address with s3fs installed"
                ) from None
    try:
        return FsspecStorage(url)
    except (ImportError, ValueError) as error:
        raise JobError(f"{url} cannot be reached from here: {error}") from error


def join(url: str, *parts: str) -> str:
    """A URL below another one."""
    return "/".join([url.rstrip("/"), *(part.strip("/") for part in parts)])


def base(url: str) -> str:
    """The last part of a URL."""
    return url.rstrip("/").rpartition("/")[2]


def _path(url: str) -> Path:
    return Path(url.removeprefix("file://"))
