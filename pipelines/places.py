"""Digests or names and a place for each, however many: on disk, not in memory."""

from collections.abc import Iterable

from pipelines.temporary import temporary_database

_TABLES = "CREATE TABLE place (key BLOB PRIMARY KEY, at INT) WITHOUT ROWID"
_ADD = "INSERT OR IGNORE INTO place VALUES (?, ?)"


class Places:
    """Keys, each with the first place that was noted for it."""

    def __init__(self) -> None:
        self._db = temporary_database(_TABLES)

    def add(self, key: bytes, at: int = 0) -> bool:
        """Note the place of a key. False where it has one already, which stays."""
        return self._db.execute(_ADD, (key, at)).rowcount == 1

    def add_all(self, keys: Iterable[bytes], first: int = 0) -> None:
        """Note the places of keys that stand one behind the other."""
        self._db.executemany(_ADD, ((key, at) for at, key in enumerate(keys, first)))

    def __contains__(self, key: bytes) -> bool:
        return self._find(key) is not None

    def __getitem__(self, key: bytes) -> int:
        if (place := self._find(key)) is None:
            raise KeyError(key)
        return place

    def _find(self, key: bytes) -> int | None:
        row = self._db.execute("SELECT at FROM place WHERE key = ?", (key,)).fetchone()
        return None if row is None else int(row[0])
