"""The images of a large JSON file with their annotations, by way of a temporary database.

Such a file lists all annotations apart from all images, far too many for memory; SQLite keeps them
in a private file of its own that vanishes with the connection.
"""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from manifests.raw import ARCHIVE_ERRORS, error_text, file_stamp, open_stream, resolve, split_uri
from manifests.records import printable
from manifests.storage.address import Root
from manifests.vocabulary import Kind, Reason
from pipelines.indexed import Record, file_name, refuse
from pipelines.jsonstream import JsonStreamError, Member, read_members
from pipelines.raw_files import RawFile, RawFiles
from pipelines.source import Element, Problem, Size
from pipelines.temporary import temporary_database, to_bytes

_TABLES = """
CREATE TABLE image (id TEXT PRIMARY KEY, place TEXT, name TEXT, stem TEXT, split TEXT, fault TEXT,
                    line INT, raw TEXT, width INT, height INT, file BLOB);
CREATE TABLE annotation (id TEXT, place TEXT, image TEXT, raw TEXT, line INT);
CREATE TABLE link (image TEXT, annotation TEXT, line INT);
CREATE TABLE linked (image TEXT, line INT);
CREATE TABLE refused (kind TEXT, reason TEXT, detail TEXT, line INT, raw TEXT);
CREATE INDEX by_id ON annotation (id);
"""
_OF_IMAGE = "id, place, name, stem, line, raw, width, height"


@dataclass(frozen=True, slots=True)
class ListedImage:
    """An image as the reader of a file understands it. ``key``: what annotations call it;
    ``stem``: of its picture; ``fault``: why it is refused, None where it is not; ``size``: (width,
    height) where the file tells it."""

    key: str
    name: str
    stem: str
    split: str | None
    fault: str | None = None
    size: Size | None = None


Take = Callable[["Spool", Member], None]
"""What puts one member of a file into its spool; sections that say nothing of images are passed
over."""


def open_spool(root: Root, uri: str, take: Take, lists: bool = False) -> "Spool":
    """The spool of a file, filled once a process as long as the file stays the same.

    ``lists``: see ``pipelines.jsonstream.read_members``.
    """
    return _open(root, uri, take, lists, file_stamp(resolve(root, split_uri(uri)[0])))


@functools.lru_cache(maxsize=2)
def _open(root: Root, uri: str, take: Take, lists: bool, stamp: str) -> "Spool":
    spool = Spool(uri)
    try:
        with open_stream(root, uri) as file:
            for member in read_members(file, lists):
                take(spool, member)
    except JsonStreamError as error:
        spool.break_off(str(error), error.line)
    except ARCHIVE_ERRORS as error:
        spool.break_off(error_text(error), None)
    spool.finish()
    return spool


class Spool:
    """The members of one file. ``uri``: of the file; ``damage``: why it was not read to its end."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.damage: str | None = None
        self._db = temporary_database(_TABLES)

    def add_image(self, member: Member, image: ListedImage) -> None:
        """Take an image; the second of a key is refused."""
        faulty = image.fault is not None
        row = (
            printable(image.key),
            _place(member),
            printable(image.name),
            printable(image.stem),
            None if faulty else image.split,
            image.fault and printable(image.fault),
            member.line,
            printable(member.raw) if faulty else None,
            *(image.size or (None, None)),
            to_bytes(file_name(printable(image.name))),
        )
        places = ", ".join("?" * len(row))
        statement = f"INSERT OR IGNORE INTO image VALUES ({places})"
        if self._db.execute(statement, row).rowcount == 0:
            detail = f"a second image with the number {image.key}; the first was kept"
            self.refuse(Kind.IMAGE, Reason.IMAGE_DUPLICATE_NAME, detail, member.line, member.raw)

    def add_annotation(self, member: Member, key: str, image: str) -> None:
        """Take an annotation of an image, by the keys of both."""
        row = (printable(key), _place(member), printable(image), printable(member.raw), member.line)
        self._db.execute("INSERT INTO annotation VALUES (?, ?, ?, ?, ?)", row)

    def has_annotation(self, key: str) -> bool:
        """True where an annotation of that key was taken."""
        query = "SELECT 1 FROM annotation WHERE id = ?"
        return self._db.execute(query, (printable(key),)).fetchone() is not None

    def add_links(self, member: Member) -> None:
        """Take what ``{"imgToAnns": {image: [annotation, ...]}}`` says of one image."""
        image = printable(member.key)
        if not isinstance(member.value, list):
            detail = f"what {member.section} says of image {image} is no list"
            self.refuse(Kind.FILE, Reason.BAD_LINE, detail, member.line, member.raw)
            return
        self._db.execute("INSERT INTO linked VALUES (?, ?)", (image, member.line))
        rows = [(image, printable(str(key)), member.line) for key in member.value]
        self._db.executemany("INSERT INTO link VALUES (?, ?, ?)", rows)

    def break_off(self, detail: str, line: int | None) -> None:
        """Note that the file cannot be read to its end."""
        self.damage = detail
        self.refuse(Kind.FILE, Reason.ANNOTATION_UNREADABLE, detail, line, None)

    def finish(self) -> None:
        """To be called once, when all members are in."""
        self._db.execute("CREATE INDEX by_image ON annotation (image)")
        self._db.execute("CREATE INDEX by_stem ON image (split, stem)")
        self._db.execute("CREATE INDEX by_file ON image (file)")
        self._db.commit()

    def refuse(
        self, kind: Kind, reason: Reason, detail: str, line: int | None, raw: str | None
    ) -> None:
        """Note something that cannot be used."""
        row = (
            kind.value,
            reason.value,
            printable(detail),
            line,
            None if raw is None else printable(raw),
        )
        self._db.execute("INSERT INTO refused VALUES (?, ?, ?, ?, ?)", row)

    def count(self, split: str) -> int:
        """Number of images of a split."""
        query = "SELECT count(*) FROM image WHERE split = ? AND fault IS NULL"
        return int(self._db.execute(query, (split,)).fetchone()[0])

    def shows(self, file: RawFile, files: RawFiles) -> bool:
        """Whether the file of ``files`` is the picture of an image, of whatever split."""
        query, name = "SELECT 1 FROM image WHERE file = ?", file.path.name
        listed = self._db.execute(query, (to_bytes(name),)).fetchone() is not None
        return listed and files.picture(name) == file

    def records(self, split: str) -> Iterator[Record]:
        """The images of a split, by stem."""
        query = (
            f"SELECT {_OF_IMAGE} FROM image WHERE split = ? AND fault IS NULL ORDER BY stem, rowid"
        )
        for row in self._db.execute(query, (split,)):
            yield self._record(*row)

    def keys(self, split: str) -> Iterator[tuple[str, str]]:
        """Key and name of every image of a split, in the file's order."""
        query = "SELECT id, name FROM image WHERE split = ? AND fault IS NULL ORDER BY rowid"
        yield from self._db.execute(query, (split,))

    def record(self, key: str, stem: str) -> Record:
        """One image, by its key, under a stem of its own."""
        row = self._db.execute(f"SELECT {_OF_IMAGE} FROM image WHERE id = ?", (key,)).fetchone()
        return replace(self._record(*row), identifier=stem)

    def problems(self) -> Iterator[Problem]:
        """All that belongs to no image of any split: broken, dangling, or of an unknown set."""
        for kind, reason, detail, line, raw in self._db.execute("SELECT * FROM refused"):
            yield Problem(Kind(kind), Reason(reason), detail, self.uri, line=line, raw=raw)
        faults = f"SELECT {_OF_IMAGE}, fault FROM image WHERE fault IS NOT NULL ORDER BY rowid"
        for *row, fault in self._db.execute(faults):
            yield from refuse(self._record(*row), Reason.BAD_LINE, fault)
        yield from self._dangling()

    def _record(self, key: str, place: str, name: str, stem: str, *rest: Any) -> Record:
        line, raw, width, height = rest
        query = "SELECT id, raw, line FROM annotation WHERE image = ? ORDER BY rowid"
        elements = tuple(Element(*row) for row in self._db.execute(query, (key,)))
        size = None if width is None else (width, height)
        return Record(name, self.uri + place, elements, line, raw, stem, size)

    def _dangling(self) -> Iterator[Problem]:
        lost = (
            "SELECT place, image, raw, line FROM annotation "
            "WHERE image NOT IN (SELECT id FROM image) ORDER BY rowid"
        )
        for place, image, raw, line in self._db.execute(lost):
            detail, uri = f"there is no image {image}", self.uri + place
            yield Problem(Kind.REGION, Reason.ANNOTATION_DANGLING, detail, uri, None, line, raw)
        lost = (
            "SELECT image, annotation, line FROM link "
            "WHERE annotation NOT IN (SELECT id FROM annotation) ORDER BY rowid"
        )
        for image, key, line in self._db.execute(lost):
            detail, uri = f"there is no annotation {key}", f"{self.uri}#/imgToAnns/{image}"
            yield Problem(Kind.FILE, Reason.ANNOTATION_DANGLING, detail, uri, None, line, key)
        lost = (
            "SELECT image, line FROM linked "
            "WHERE image NOT IN (SELECT id FROM image) ORDER BY rowid"
        )
        for image, line in self._db.execute(lost):
            detail, uri = f"there is no image {image}", f"{self.uri}#/imgToAnns/{image}"
            yield Problem(Kind.FILE, Reason.ANNOTATION_DANGLING, detail, uri, None, line, image)


def misplaced(member: Member) -> int:
    """How many annotations stand in a member of a section that is not read, as one has whose name
    is mistyped: what says which image it belongs to is one."""
    whole = member.value if isinstance(member.value, list) and not member.key else [member.value]
    return sum(isinstance(value, dict) and "image_id" in value for value in whole)


def _place(member: Member) -> str:
    """Where a member stands in its file, as the URI says it: ``#/imgs/64``."""
    return printable(f"#/{member.section}/{member.key}")
