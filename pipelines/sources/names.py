"""Names of people's own pictures: any name becomes an identifier, and finds its annotation."""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath

from manifests.images import SUFFIXES
from pipelines.raw_files import OF_FILE, RawFile, from_row, to_row
from pipelines.temporary import temporary_database, to_bytes, to_text

_OTHER = re.compile(r"[^A-Za-z0-9_.\-]")
_FIRST = re.compile(r"[.\-]")
_NOWHERE = ("/", "..")
_TABLES = f"CREATE TABLE file (key BLOB, folder BLOB, {OF_FILE})"


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
        self._db = temporary_database(_TABLES)
        rows = (
            (to_bytes(key(file.path)), to_bytes(str(file.path.parent)), *to_row(file))
            for file in files
        )
        self._db.executemany("INSERT INTO file VALUES (?, ?, ?, ?, ?, ?)", rows)
        self._db.execute("CREATE INDEX by_name ON file (key, folder)")

    def find(self, folder: PurePosixPath, names: Sequence[str]) -> RawFile | None:
        """The file of the first of these names that is in ``folder``, or else the first that is in
        one folder only."""
        for name in filter(None, names):
            if (file := self._first(name, str(folder))) is not None:
                return file
        found = (self._alone(name) for name in names)
        return next((file for file in found if file is not None), None)

    def _first(self, name: str, folder: str) -> RawFile | None:
        query = f"SELECT {OF_FILE} FROM file WHERE key = ? AND folder = ? ORDER BY rowid LIMIT 1"
        row = self._db.execute(query, (to_bytes(name), to_bytes(folder))).fetchone()
        return None if row is None else from_row(row)

    def _alone(self, name: str) -> RawFile | None:
        query = "SELECT DISTINCT folder FROM file WHERE key = ? LIMIT 2"
        folders = self._db.execute(query, (to_bytes(name),)).fetchall()
        return self._first(name, to_text(folders[0][0])) if len(folders) == 1 else None
