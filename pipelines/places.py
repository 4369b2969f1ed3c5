"""Digests and a place for each, however many: on disk, not in memory."""

from collections.abc import Iterable

from pipelines.temporary import temporary_database

_TABLES = "CREATE TABLE place (digest BLOB PRIMARY KEY, at INT) WITHOUT ROWID"


class Places:
    """Hexadecimal digests, each with the first place that was noted for it."""

    def __init__(self) -> None:
        self._db = temporary_database(_TABLES)

    def add(self, digest: str, at: int = 0) -> bool:
        """Note the place of a digest. False where it has one already, which stays."""
        row = bytes.fromhex(digest), at
        return self._db.execute("INSERT OR IGNORE INTO place VALUES (?, ?)", row).rowcount == 1

    def add_all(self, digests: Iterable[str], first: int = 0) -> None:
        """Note the places of digests that stand one behind the other."""
        rows = ((bytes.fromhex(digest), at) for at, digest in enumerate(digests, first))
        self._db.executemany("INSERT OR IGNORE INTO place VALUES (?, ?)", rows)

    def __getitem__(self, digest: str) -> int:
        query = "SELECT at FROM place WHERE digest = ?"
        found = self._db.execute(query, (bytes.fromhex(digest),)).fetchone()
        if found is None:
            raise KeyError(digest)
        return int(found[0])
