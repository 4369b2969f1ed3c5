"""The files of one dataset below the raw root, folders and .zip archives alike."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from manifests.errors import UserError
from manifests.raw import open_archive, read_bytes


@dataclass(frozen=True, slots=True)
class RawFile:
    """One file. ``path``: below the dataset's folder, an archive counting as the folder of its
    stem (``ch4_training_images/img_1.jpg``). ``uri``: how ``manifests.raw.read_bytes`` finds it
    (``icdar15/ch4_training_images.zip!img_1.jpg``)."""

    path: PurePosixPath
    uri: str

    @property
    def stem(self) -> str:
        """File name without its last suffix."""
        return self.path.stem

    @property
    def suffix(self) -> str:
        """Last suffix, in lower case, with its dot."""
        return self.path.suffix.lower()

    def is_in(self, folder: str) -> bool:
        """True where a folder (or archive) of that name is anywhere above the file."""
        return folder in self.path.parts[:-1]


@dataclass(frozen=True)
class RawTree:
    """``RAW/<dataset>``, listed but not read."""

    root: Path
    dataset: str

    @property
    def folder(self) -> Path:
        """The dataset's folder on disk."""
        return self.root / self.dataset

    @cached_property
    def files(self) -> tuple[RawFile, ...]:
        """Every file below the folder, members of archives included, by path.

        Raises UserError where an archive cannot be opened.
        """
        if not self.folder.is_dir():
            return ()
        return tuple(sorted(self._walk(), key=lambda file: (str(file.path), file.uri)))

    def within(self, *folders: str) -> tuple[RawFile, ...]:
        """The files that stand in a folder or archive of one of these names."""
        return tuple(file for file in self.files if any(file.is_in(name) for name in folders))

    def named(self, *names: str) -> tuple[RawFile, ...]:
        """The files of one of these names (case counts), wherever they stand."""
        return tuple(file for file in self.files if file.path.name in names)

    def read(self, file: RawFile) -> bytes:
        """The bytes of a file."""
        return read_bytes(self.root, file.uri)

    def _walk(self) -> Iterator[RawFile]:
        for path in self.folder.rglob("*"):
            if not path.is_file():
                continue
            below = PurePosixPath(path.relative_to(self.folder).as_posix())
            uri = f"{self.dataset}/{below}"
            if path.suffix.lower() == ".zip":
                yield from _members(path, below.with_suffix(""), uri)
            else:
                yield RawFile(below, uri)


def _members(path: Path, folder: PurePosixPath, uri: str) -> Iterator[RawFile]:
    try:
        infos = open_archive(path).infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise UserError(
            f"{path} is not a readable .zip archive ({error}); download it again or remove it"
        ) from error
    for info in infos:
        if not info.is_dir():
            yield RawFile(folder / info.filename.lstrip("/"), f"{uri}!{info.filename}")
