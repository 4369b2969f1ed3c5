"""What is known of the copies of a store's objects: kept beside them, shared by all processes."""

import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from manifests.storage.address import Remote

_WAIT_SECONDS = 60
_TABLE = """CREATE TABLE IF NOT EXISTS copy
(place TEXT PRIMARY KEY, stamp TEXT, sha256 TEXT, size INT, changed INT)"""


@dataclass(frozen=True)
class Copy:
    """``stamp``: of the object that it was fetched from or sent to; ``sha256``: of its bytes."""

    stamp: str
    sha256: str


class Book:
    """A table with a row a copy. Safe for threads and processes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(
            path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._db.execute(_TABLE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._db.close()

    def note(self, remote: Remote, path: Path, stamp: str, sha256: str) -> None:
        """The file is the object, as both are now."""
        status = path.stat()
        row = (remote.below_bucket, stamp, sha256, status.st_size, status.st_mtime_ns)
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO copy VALUES (?, ?, ?, ?, ?)", row)

    def unchanged(self, remote: Remote, path: Path) -> Copy | None:
        """What is known of a file that nobody has changed since; None of any other."""
        query = "SELECT stamp, sha256, size, changed FROM copy WHERE place = ?"
        with self._lock:
            row = self._db.execute(query, (remote.below_bucket,)).fetchone()
        if row is None:
            return None
        status = path.stat()
        if (status.st_size, status.st_mtime_ns) != (row[2], row[3]):
            return None
        return Copy(row[0], row[1])

    def forget(self, remote: Remote) -> None:
        """The object is gone."""
        with self._lock:
            self._db.execute("DELETE FROM copy WHERE place = ?", (remote.below_bucket,))
