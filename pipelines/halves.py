"""Pictures and annotation files by stem, however many: joined on disk, not in memory."""

from collections.abc import Iterator

from manifests.vocabulary import Kind
from pipelines.temporary import temporary_database, to_bytes, to_text

_TABLES = "CREATE TABLE half (stem BLOB PRIMARY KEY, image BLOB, text BLOB) WITHOUT ROWID"
_COLUMNS = {Kind.IMAGE: "image", Kind.FILE: "text"}


class Halves:
    """Of each stem the URI of its picture and of its annotation file, as far as they are there."""

    def __init__(self) -> None:
        self._db = temporary_database(_TABLES)

    def add(self, kind: Kind, stem: str, uri: str) -> str | None:
        """Take a picture (``Kind.IMAGE``) or annotation file (``Kind.FILE``). Of two with one stem
        the first stays: then its URI, else None."""
        column, row = _COLUMNS[kind], (to_bytes(stem), to_bytes(uri))
        statement = (
            f"INSERT INTO half (stem, {column}) VALUES (?, ?) ON CONFLICT (stem) "
            f"DO UPDATE SET {column} = excluded.{column} WHERE {column} IS NULL"
        )
        if self._db.execute(statement, row).rowcount:
            return None
        query = f"SELECT {column} FROM half WHERE stem = ?"
        return to_text(self._db.execute(query, row[:1]).fetchone()[0])

    def __iter__(self) -> Iterator[tuple[str, str | None, str | None]]:
        """Stem, URI of the picture, URI of the annotation file, by stem."""
        for stem, *uris in self._db.execute("SELECT stem, image, text FROM half ORDER BY stem"):
            image, text = (None if uri is None else to_text(uri) for uri in uris)
            yield to_text(stem), image, text
