"""The images of a COCO-Text file with their annotations, by way of a temporary database.

The file lists all annotations before all images, far too many for memory; SQLite keeps them in a
private file of its own that vanishes with the connection.
"""

import functools
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from manifests.raw import ARCHIVE_ERRORS, error_text, open_stream, resolve, split_uri
from manifests.records import printable
from manifests.vocabulary import Kind, Reason
from pipelines.indexed import Record, refuse
from pipelines.jsonstream import JsonStreamError, Member, Repeated, read_members
from pipelines.source import Element, Problem

SPLITS = ("train", "val", "test")

_TABLES = """
CREATE TABLE image (id TEXT PRIMARY KEY, name TEXT, stem TEXT, split TEXT, fault TEXT, line INT,
                    raw TEXT);
CREATE TABLE annotation (id TEXT PRIMARY KEY, image TEXT, raw TEXT, line INT);
CREATE TABLE link (image TEXT, annotation TEXT, line INT);
CREATE TABLE linked (image TEXT, line INT);
CREATE TABLE refused (kind TEXT, reason TEXT, detail TEXT, line INT, raw TEXT);
"""


def open_spool(root: Path, uri: str) -> "Spool":
    """The spool of a file, filled once a process as long as the file stays the same."""
    stat = resolve(root, split_uri(uri)[0]).stat()
    return _open(root, uri, (stat.st_size, stat.st_mtime_ns))


@functools.lru_cache(maxsize=2)
def _open(root: Path, uri: str, stamp: tuple[int, int]) -> "Spool":
    spool = Spool(uri)
    try:
        with open_stream(root, uri) as file:
            for member in read_members(file):
                spool.add(member)
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
        self._db = sqlite3.connect("", check_same_thread=False)  # "": private, on disk, temporary
        self._db.executescript(_TABLES)

    def add(self, member: Member) -> None:
        """Take one member of the file; sections that say nothing of images are passed over."""
        add = {"imgs": self._add_image, "anns": self._add_annotation, "imgToAnns": self._add_links}
        if member.section in add and (member.key or member.value):
            add[member.section](member)

    def break_off(self, detail: str, line: int | None) -> None:
        """Note that the file cannot be read to its end."""
        self.damage = detail
        self.refuse(Kind.FILE, Reason.ANNOTATION_UNREADABLE, detail, line, None)

    def finish(self) -> None:
        """To be called once, when all members are in."""
        self._db.execute("CREATE INDEX by_image ON annotation (image)")
        self._db.execute("CREATE INDEX by_stem ON image (split, stem)")
        self._db.commit()

    def refuse(
        self, kind: Kind, reason: Reason, detail: str, line: int | None, raw: str | None
    ) -> None:
        """Note something that cannot be used."""
        row = (kind.value, reason.value, detail, line, None if raw is None else printable(raw))
        self._db.execute("INSERT INTO refused VALUES (?, ?, ?, ?, ?)", row)

    def count(self, split: str) -> int:
        """Number of images of a split."""
        query = "SELECT count(*) FROM image WHERE split = ? AND fault IS NULL"
        return int(self._db.execute(query, (split,)).fetchone()[0])

    def names(self) -> set[str]:
        """The names of all pictures that the file lists."""
        names = self._db.execute("SELECT name FROM image")
        return {Record(name, "", ()).file_name for (name,) in names}

    def records(self, split: str) -> Iterator[Record]:
        """The images of a split, by stem."""
        query = (
            "SELECT id, name, line, raw FROM image WHERE split = ? AND fault IS NULL "
            "ORDER BY stem, rowid"
        )
        for row in self._db.execute(query, (split,)):
            yield self._record(*row)

    def problems(self) -> Iterator[Problem]:
        """All that belongs to no image of any split: broken, dangling, or of an unknown set."""
        for kind, reason, detail, line, raw in self._db.execute("SELECT * FROM refused"):
            yield Problem(Kind(kind), Reason(reason), detail, self.uri, line=line, raw=raw)
        faults = (
            "SELECT id, name, line, raw, fault FROM image WHERE fault IS NOT NULL ORDER BY rowid"
        )
        for *row, fault in self._db.execute(faults):
            yield from refuse(self._record(*row), Reason.BAD_LINE, fault)
        yield from self._dangling()

    def _record(self, key: str, name: str, line: int, raw: str | None) -> Record:
        query = "SELECT id, raw, line FROM annotation WHERE image = ? ORDER BY rowid"
        elements = tuple(Element(*row) for row in self._db.execute(query, (key,)))
        return Record(name, f"{self.uri}#/imgs/{key}", elements, line, raw)

    def _dangling(self) -> Iterator[Problem]:
        lost = (
            "SELECT id, image, raw, line FROM annotation "
            "WHERE image NOT IN (SELECT id FROM image) ORDER BY rowid"
        )
        for key, image, raw, line in self._db.execute(lost):
            detail, uri = f"there is no image {image}", f"{self.uri}#/anns/{key}"
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

    def _add_image(self, member: Member) -> None:
        value = member.value if isinstance(member.value, dict) else {}
        name, split = value.get("file_name"), value.get("set")
        fault = None
        if not isinstance(name, str):
            fault, name = "no file name", ""
        elif isinstance(value, Repeated):
            fault = "a key stands in it twice"
        elif split not in SPLITS:
            fault = f"its set is {split!r}, none of {', '.join(SPLITS)}"
        name = printable(name)
        row = (
            printable(member.key),
            name,
            Record(name, "", ()).stem,
            str(split) if fault is None else None,
            fault and printable(fault),
            member.line,
            fault and printable(member.raw),
        )
        if not self._insert("INSERT OR IGNORE INTO image VALUES (?, ?, ?, ?, ?, ?, ?)", row):
            detail = f"a second image with the number {member.key}; the first was kept"
            self.refuse(Kind.IMAGE, Reason.IMAGE_DUPLICATE_NAME, detail, member.line, member.raw)

    def _add_annotation(self, member: Member) -> None:
        image = member.value.get("image_id") if isinstance(member.value, dict) else None
        if not isinstance(image, int | str):
            detail = f"annotation {member.key} does not say which image it belongs to"
            self.refuse(Kind.REGION, Reason.BAD_LINE, detail, member.line, member.raw)
            return
        row = (printable(member.key), printable(str(image)), printable(member.raw), member.line)
        if not self._insert("INSERT OR IGNORE INTO annotation VALUES (?, ?, ?, ?)", row):
            detail = f"a second annotation with the number {member.key}; the first was kept"
            self.refuse(
                Kind.REGION, Reason.ANNOTATION_DUPLICATE_NAME, detail, member.line, member.raw
            )

    def _add_links(self, member: Member) -> None:
        image = printable(member.key)
        if not isinstance(member.value, list):
            detail = f"what imgToAnns says of image {image} is no list"
            self.refuse(Kind.FILE, Reason.BAD_LINE, detail, member.line, member.raw)
            return
        self._db.execute("INSERT INTO linked VALUES (?, ?)", (image, member.line))
        rows = [(image, printable(str(key)), member.line) for key in member.value]
        self._db.executemany("INSERT INTO link VALUES (?, ?, ?)", rows)

    def _insert(self, statement: str, row: tuple[Any, ...]) -> bool:
        return self._db.execute(statement, row).rowcount == 1
