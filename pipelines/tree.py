"""The files of one dataset below the raw root, folders and .zip archives alike."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from manifests.errors import UserError
from manifests.raw import ARCHIVE_ERRORS, error_text, escape, file_stamp, open_archive, read_bytes
from manifests.storage.address import Remote, Root
from pipelines.raw_files import RawFile, RawFiles, SomeFiles
from pipelines.walk import walk, walk_remote

__all__ = ["RawFile", "RawFiles", "RawTree", "SomeFiles", "Unusable"]


@dataclass(frozen=True, slots=True)
class Unusable:
    """Something below the dataset's folder that is never read, and why."""

    uri: str
    detail: str


@dataclass(frozen=True)
class RawTree:
    """``RAW/<dataset>``, listed but not read; or any other path below a root, be it an archive or
    a single file."""

    root: Root
    dataset: str

    @property
    def folder(self) -> Root:
        """The dataset's folder on disk, or its prefix in a store."""
        return self.root / self.dataset

    @property
    def files(self) -> RawFiles:
        """Every file below the folder, members of archives included, by path.

        Raises UserError where an archive cannot be opened.
        """
        return self._listed[0]

    @property
    def unusable(self) -> tuple[Unusable, ...]:
        """What is below the folder and never read: links that lead out, pipes and the like."""
        return self._listed[1]

    def not_read(self) -> str:
        """A clause that names the first thing that is never read; empty where there is none."""
        if not self.unusable:
            return ""
        return f" ({self.unusable[0].uri} is there, but {self.unusable[0].detail})"

    def within(self, *folders: str) -> SomeFiles:
        """The files that stand in a folder or archive of one of these names."""
        return SomeFiles(self.files, lambda file: any(file.is_in(name) for name in folders))

    def named(self, *names: str) -> tuple[RawFile, ...]:
        """The files of one of these names (case counts), wherever they stand."""
        return tuple(self.files.named(*names))

    def read(self, file: RawFile) -> bytes:
        """The bytes of a file."""
        return read_bytes(self.root, file.uri)

    @cached_property
    def _listed(self) -> tuple[RawFiles, tuple[Unusable, ...]]:
        unusable: list[Unusable] = []
        files = RawFiles(self._files(unusable))
        return files, tuple(sorted(unusable, key=lambda item: item.uri))

    def _files(self, unusable: list[Unusable]) -> Iterator[RawFile]:
        """The files as they are met; what is never read goes to ``unusable``."""
        for item in self._items():
            if isinstance(item, RawFile):
                yield item
            else:
                unusable.append(item)

    def _items(self) -> Iterator[RawFile | Unusable]:
        is_folder, found = isinstance(self.folder, Remote) or self.folder.is_dir(), False
        if is_folder:
            for item in self._list():
                found = True
                yield item
        if not is_folder or (not found and isinstance(self.folder, Remote)):
            yield from self._list_alone()

    def _list(self) -> Iterator[RawFile | Unusable]:
        for name, stamp, fault in self._walk():
            uri, below = f"{escape(self.dataset)}/{escape(name)}", PurePosixPath(name)
            if fault is not None:
                yield Unusable(uri, fault)
            elif below.suffix.lower() == ".zip":
                yield from _members(self.folder / below, below.with_suffix(""), uri)
            else:
                yield RawFile(below, uri, stamp=stamp)

    def _walk(self) -> Iterator[tuple[str, str, str | None]]:
        """(name below the folder, stamp, why it cannot be used)."""
        if isinstance(self.folder, Remote):
            yield from walk_remote(self.folder)
        elif isinstance(self.root, Path):
            for path, fault in walk(self.root, self.folder):
                name = path.relative_to(self.folder).as_posix()
                yield name, "" if fault else file_stamp(path), fault

    def _list_alone(self) -> Iterator[RawFile | Unusable]:
        """Of one file: itself, or what the archive holds."""
        uri = escape(self.dataset)
        if not self.folder.is_file():
            return
        if self.folder.suffix.lower() == ".zip":
            yield from _members(self.folder, PurePosixPath(), uri)
        else:
            yield RawFile(PurePosixPath(self.folder.name), uri, stamp=file_stamp(self.folder))


def _members(path: Root, folder: PurePosixPath, uri: str) -> Iterator[RawFile | Unusable]:
    try:
        stamp = file_stamp(path)  # first: what changes in between must show when it is listed again
        members = open_archive(path).infolist()
    except ARCHIVE_ERRORS as error:
        raise UserError(
            f"{path} is not a readable .zip archive ({error_text(error)}); download it again or "
            "remove it"
        ) from error
    last = {info.filename: info for info in members}
    for name, copies in Counter(info.filename for info in members).items():
        if not name:
            yield Unusable(f"{uri}!", f"{copies} member(s) of the archive have no name")
        elif not name.endswith("/"):
            of_member = f"{stamp} {last[name].file_size}-{last[name].CRC:08x}"
            yield RawFile(folder / name.lstrip("/"), f"{uri}!{escape(name)}", copies, of_member)
