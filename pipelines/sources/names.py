"""Names of people's own pictures: any name becomes an identifier, and finds its annotation."""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath

from manifests.images import SUFFIXES
from pipelines.tree import RawFile

_OTHER = re.compile(r"[^A-Za-z0-9_.\-]")
_FIRST = re.compile(r"[.\-]")
_NOWHERE = ("/", "..")


def identifier(path: PurePosixPath) -> str:
    """What names the image of a picture below its folder: the path without its last suffix.

    Folders are set off by a dot; a character that an identifier cannot have becomes ``_u`` and its
    hexadecimal code: ``trip 1/menu.jpg`` -> ``trip_u00201.menu``. Two paths may become one name;
    the second image is then refused, never mixed up with the first.
    """
    parts = [part for part in path.parts[:-1] if part not in _NOWHERE]
    text = _OTHER.sub(lambda match: f"_u{ord(match[0]):04x}", ".".join([*parts, path.stem]))
    return f"_{text}" if _FIRST.match(text) else text


def is_picture(file: RawFile) -> bool:
    """True for a picture by its suffix that is not hidden."""
    return file.suffix in SUFFIXES and file.path.name[0] != "."


class Finder:
    """Finds one of many files by its path or, where that leads nowhere, by its name alone.

    ``key``: the last part of the path as it is asked for, such as the stem. A name that several
    folders have finds nothing: no guess is made.
    """

    def __init__(self, files: Iterable[RawFile], key: Callable[[PurePosixPath], str]) -> None:
        self._by_path: dict[PurePosixPath, RawFile] = {}
        self._by_name: dict[str, RawFile | None] = {}
        for file in files:
            name = key(file.path)
            self._by_path.setdefault(file.path.with_name(name), file)
            known = self._by_name.setdefault(name, file)
            if known is not None and known.path.parent != file.path.parent:
                self._by_name[name] = None

    def find(self, folder: PurePosixPath, names: Sequence[str]) -> RawFile | None:
        """The file of the first of these names that is in ``folder``, or else the first that is in
        one folder only."""
        for name in filter(None, names):
            if (file := self._by_path.get(folder / name)) is not None:
                return file
        found = (self._by_name.get(name) for name in names)
        return next((file for file in found if file is not None), None)
