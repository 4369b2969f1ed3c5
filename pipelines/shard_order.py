"""The rows of a mix in the order of its shards, however many: sorted on disk, not in memory."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pipelines.temporary import temporary_database

_TABLES = """
CREATE TABLE keyed (shard INT, digest BLOB, name TEXT, number INT, content BLOB);
"""
_SORT = """
CREATE TABLE placed AS SELECT * FROM keyed ORDER BY shard, digest, name, number;
DROP TABLE keyed;
CREATE INDEX by_shard ON placed (shard);
"""

Keyed = tuple[bytes, int, str]
"""The digest that orders a row, its number in its manifest, the digest of what it holds."""


@dataclass(frozen=True)
class ShardRows:
    """The rows of one shard as (manifest name, row number), in order; read anew at every walk."""

    db: sqlite3.Connection
    shard: int
    count: int

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return self._select("name, number")

    def contents(self) -> Iterator[str]:
        """The digest of what each row holds."""
        return (content.hex() for (content,) in self._select("content"))

    def _select(self, columns: str) -> Iterator[tuple[Any, ...]]:
        query = f"SELECT {columns} FROM placed WHERE shard = ? ORDER BY rowid"
        return self.db.execute(query, (self.shard,))


class Order:
    """Takes rows of manifests, in any order, and parts them into shards by their digests."""

    def __init__(self, shards: int) -> None:
        self._db, self._shards = temporary_database(_TABLES), shards

    def add(self, name: str, rows: Iterable[Keyed]) -> int:
        """Take rows of a manifest; how many there were."""
        keyed = (
            (self._shard(digest), digest, name, number, bytes.fromhex(content))
            for digest, number, content in rows
        )
        return self._db.executemany("INSERT INTO keyed VALUES (?, ?, ?, ?, ?)", keyed).rowcount

    def shards(self) -> list[ShardRows]:
        """The rows of every shard, by digest; to be called once, when all are in."""
        self._db.executescript(_SORT)
        counted = "SELECT shard, count(*) FROM placed GROUP BY shard"
        counts: dict[int, int] = dict(self._db.execute(counted))
        return [ShardRows(self._db, n, counts.get(n, 0)) for n in range(self._shards)]

    def _shard(self, digest: bytes) -> int:
        return int.from_bytes(digest[-8:], "big") % self._shards
