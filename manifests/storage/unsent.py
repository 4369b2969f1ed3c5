"""Work that is on this machine alone: files that were changed here and have not gone up yet.

A command that is at work has such files until it ends, and one that was killed leaves them. The
book says which files are copies; all others are never removed and never written over. What stands
beside an index is none of this: it goes up while it is published, and is made again where that
was cut short.
"""

import enum
import functools
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path, PurePosixPath

from manifests.errors import UserError
from manifests.identity import sha256_file
from manifests.processes import is_locked
from manifests.storage.address import Remote
from manifests.storage.book import Book
from manifests.storage.client import Stored, digest_of
from manifests.storage.mirror import INDEXES

LOCK = ".lock"
"""What a command locks in a folder that it alone may write to: a run, an evaluation."""


class _Standing(enum.Enum):
    COPY = enum.auto()
    UNSENT = enum.auto()
    CLASHING = enum.auto()


def in_hand(folder: Path, names: Iterable[str]) -> set[str]:
    """Those of the names that a living process is at work on: it holds the lock of the nearest
    folder above them that has one. That of DATA itself is for publishing, and not asked."""

    @functools.cache
    def is_held(place: PurePosixPath) -> bool:
        if not place.name:
            return False
        lock = folder / place / LOCK
        return is_locked(lock) if lock.is_file() else is_held(place.parent)

    return {name for name in names if is_held(PurePosixPath(name).parent)}


def find_unsent(
    folder: Path, remote: Remote, names: set[str], found: Mapping[str, Stored], book: Book
) -> set[str]:
    """Those of the names, all of files that are here, that have not gone up. ``found``: what stands
    in the store. Raises UserError where the store has changed such a file too."""
    single = names - _published(names | found.keys())
    standing = {
        name: _standing(remote / name, folder / name, found.get(name), book)
        for name in sorted(single)
        if book.unchanged(remote / name, folder / name) is None
    }
    if clashing := [name for name in standing if standing[name] is _Standing.CLASHING]:
        pairs = "".join(f"\n  {remote / name}\n  {folder / name}" for name in clashing)
        raise UserError(
            "changed in the store, and on this machine too, by a command that was killed before it "
            f"sent what it had:{pairs}\nOf each pair delete the one that you do not want, of a run "
            "all in the same place, and run this again"
        )
    return {name for name in standing if standing[name] is _Standing.UNSENT}


def _standing(remote: Remote, path: Path, stored: Stored | None, book: Book) -> _Standing:
    """What a file that the book does not know as it is now is to the store. What stands there is
    read only where its stamp is another than was noted: it may have gone up though its sender did
    not live to note it, and a listing may tell a time that a single object does not."""
    if stored is None:
        return _Standing.UNSENT
    known, status, ours = book.known(remote), path.stat(), sha256_file(path)
    if known and known.sha256 == ours:  # touched, or copied to another disk
        book.note(remote, status, known.stamp, ours)
        return _Standing.COPY
    if known and known.stamp == stored.stamp:
        return _Standing.UNSENT
    theirs = digest_of(remote)
    if theirs == ours:
        book.note(remote, status, stored.stamp, ours)
        return _Standing.COPY
    return _Standing.UNSENT if known and known.sha256 == theirs else _Standing.CLASHING


def _published(names: Collection[str]) -> set[str]:
    """The names of indexes, and of what stands beside one."""
    parents = {name: PurePosixPath(name).parent for name in names}
    folders = {parents[name] for name in names if PurePosixPath(name).name in INDEXES}
    return {name for name in names if parents[name] in folders}
