"""The files that a split is made of, as a listing tells them; two listings compared."""

import heapq
import itertools
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import itemgetter

from manifests.raw import is_settled
from manifests.records import printable
from pipelines.temporary import temporary_database
from pipelines.tree import RawTree

UNSETTLED = ""
"""In the place of a stamp that a change may leave as it is."""

_TABLES = "CREATE TABLE file (uri TEXT PRIMARY KEY, stamp TEXT) WITHOUT ROWID"


class Listing:
    """The stamp of each of many files, on disk; walked by URI."""

    def __init__(self, stamps: Iterable[tuple[str, str]]) -> None:
        """``stamps``: URI and stamp; of two for one URI the last counts."""
        self._db = temporary_database(_TABLES)
        self._db.executemany("INSERT OR REPLACE INTO file VALUES (?, ?)", stamps)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._db.execute("SELECT uri, stamp FROM file ORDER BY uri"))

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM file").fetchone()[0])


def list_files(trees: Iterable[RawTree]) -> Listing:
    """The stamp of all that is below some trees; of what is never read, why."""
    return Listing(_stamps(trees, time.time_ns()))


def _stamps(trees: Iterable[RawTree], began: int) -> Iterator[tuple[str, str]]:
    for tree in trees:
        for file in tree.files:
            stamp = f"{file.stamp} x{file.copies}" if file.copies > 1 else file.stamp
            settled = file.stamp and is_settled(file.stamp, began)
            yield printable(file.uri), stamp if settled else UNSETTLED
        for item in tree.unusable:
            yield printable(item.uri), f"never read: {item.detail}"


@dataclass(frozen=True)
class Difference:
    """URIs by what became of them. ``unsettled``: of files that had changed as late as they were
    listed, so that their stamps tell nothing."""

    changed: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.uris)

    @property
    def uris(self) -> frozenset[str]:
        """All of them."""
        return frozenset((*self.changed, *self.new, *self.gone, *self.unsettled))

    def told(self) -> str:
        """In words: ``a.txt changed (and 2 more); 1 file is new``."""
        kinds = (
            (self.changed, "changed"),
            (self.new, "new"),
            (self.gone, "gone"),
            (self.unsettled, "written while it was listed last time"),
        )
        return "; ".join(f"{_named(uris)} {word}" for uris, word in kinds if uris)


def compare(before: Iterable[tuple[str, str]], now: Iterable[tuple[str, str]]) -> Difference:
    """What differs between two listings, which come by URI. Stamps are equal or not; none is
    earlier than another."""
    changed, new, gone, unsettled = [], [], [], []
    for uri, was, found in _side_by_side(before, now):
        if was is None:
            new.append(uri)
        elif found is None:
            gone.append(uri)
        elif was == UNSETTLED:
            unsettled.append(uri)
        elif was != found:
            changed.append(uri)
    return Difference(tuple(changed), tuple(new), tuple(gone), tuple(unsettled))


def _side_by_side(
    before: Iterable[tuple[str, str]], now: Iterable[tuple[str, str]]
) -> Iterator[tuple[str, str | None, str | None]]:
    """Each URI with its stamp before and now, None where it has none."""
    sides = ((uri, False, stamp) for uri, stamp in before), ((u, True, stamp) for u, stamp in now)
    for uri, of_uri in itertools.groupby(heapq.merge(*sides), key=itemgetter(0)):
        stamps = {is_now: stamp for _, is_now, stamp in of_uri}
        yield uri, stamps.get(False), stamps.get(True)


def _named(uris: tuple[str, ...]) -> str:
    more = len(uris) - 1
    return f"{uris[0]} and {more:,} more:" if more else f"{uris[0]}:"
