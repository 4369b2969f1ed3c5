"""What is known of the copies of a store's objects: kept beside them, shared by all processes."""

import os
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

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

    def note(self, remote: Remote, status: os.stat_result, stamp: str, sha256: str) -> None:
        """The file was the object when it had this ``status``: one that is changed after that is
        another."""
        row = (remote.below_bucket, stamp, sha256, status.st_size, status.st_mtime_ns)
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO copy VALUES (?, ?, ?, ?, ?)", row)

    def known(self, remote: Remote) -> Copy | None:
        """What is known of the file when it was the object last, changed since or not."""
        row = self._row(remote)
        return row and Copy(row[0], row[1])

    def unchanged(self, remote: Remote, path: Path) -> Copy | None:
        """What is known of a file that nobody has changed since; None of any other."""
        row, status = self._row(remote), path.stat()
        if row is None or (status.st_size, status.st_mtime_ns) != (row[2], row[3]):
            return None
        return Copy(row[0], row[1])

    def _row(self, remote: Remote) -> Any:
        query = "SELECT stamp, sha256, size, changed FROM copy WHERE place = ?"
        with self._lock:
            return self._db.execute(query, (remote.below_bucket,)).fetchone()

    def forget(self, remote: Remote) -> None:
        """The object is gone."""
        with self._lock:
            self._db.execute("DELETE FROM copy WHERE place = ?", (remote.below_bucket,))
