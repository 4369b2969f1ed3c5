"""The files of a dataset, however many there are: on disk, a few in memory at a time."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from manifests.images import SUFFIXES
from pipelines.temporary import temporary_database, to_bytes, to_text

OF_FILE = "path, uri, copies, stamp"
"""The columns of a row of a file."""
_TABLES = f"CREATE TABLE listed (name BLOB, {OF_FILE})"
_ORDER = """
CREATE TABLE file AS SELECT * FROM listed ORDER BY path, uri;
DROP TABLE listed;
CREATE INDEX by_name ON file (name);
"""


@dataclass(frozen=True, slots=True)
class RawFile:
    """One file. ``path``: below the dataset's folder, an archive counting as the folder of its
    stem (``ch4_training_images/img_1.jpg``). ``uri``: how ``manifests.raw.read_bytes`` finds it
    (``icdar15/ch4_training_images.zip!img_1.jpg``). ``copies``: how often the archive holds this
    name; the last copy is the one that is read. ``stamp``: another text where the file has changed,
    known from listing alone: size and time of the file; of a member, those of its archive, then
    its own size and CRC."""

    path: PurePosixPath
    uri: str
    copies: int = 1
    stamp: str = ""

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
class SomeFiles:
    """Those of some files, in their order, that are wanted; true where there is one."""

    files: Iterable[RawFile]
    is_wanted: Callable[[RawFile], bool]

    def __iter__(self) -> Iterator[RawFile]:
        return filter(self.is_wanted, self.files)

    def __bool__(self) -> bool:
        return next(iter(self), None) is not None


class RawFiles:
    """Files by path, then by URI, which can be walked any number of times."""

    def __init__(self, files: Iterable[RawFile]) -> None:
        self._db = temporary_database(_TABLES)
        rows = ((to_bytes(file.path.name), *to_row(file)) for file in files)
        self._db.executemany("INSERT INTO listed VALUES (?, ?, ?, ?, ?)", rows)
        self._db.executescript(_ORDER)

    def __iter__(self) -> Iterator[RawFile]:
        return self._select("ORDER BY rowid")

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM file").fetchone()[0])

    def named(self, *names: str) -> Iterator[RawFile]:
        """The files of one of these names (case counts), wherever they stand."""
        places = ", ".join("?" * len(names))
        return self._select(f"WHERE name IN ({places}) ORDER BY rowid", *map(to_bytes, names))

    def picture(self, name: str) -> RawFile | None:
        """The picture of that file name; of several the first by path; None where there is none."""
        found = next(self.named(name), None)
        return found if found is not None and found.suffix in SUFFIXES else None

    def repeated(self) -> Iterator[RawFile]:
        """The files whose names their archives hold more than once, by URI."""
        return self._select("WHERE copies > 1 ORDER BY uri")

    def _select(self, which: str, *values: bytes) -> Iterator[RawFile]:
        return map(from_row, self._db.execute(f"SELECT {OF_FILE} FROM file {which}", values))


Row = tuple[bytes, bytes, int, str]


def to_row(file: RawFile) -> Row:
    """The values of ``OF_FILE``."""
    return to_bytes(str(file.path)), to_bytes(file.uri), file.copies, file.stamp


def from_row(row: Row) -> RawFile:
    """Undo ``to_row``."""
    path, uri, copies, stamp = row
    return RawFile(PurePosixPath(to_text(path)), to_text(uri), copies, stamp)
