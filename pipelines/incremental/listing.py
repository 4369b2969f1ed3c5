"""The files that a split is made of, as a listing tells them; two listings compared."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from manifests.raw import is_settled
from manifests.records import printable
from pipelines.tree import RawTree

UNSETTLED = ""
"""In the place of a stamp that a change may leave as it is."""


def list_files(trees: Iterable[RawTree]) -> dict[str, str]:
    """The stamp of all that is below some trees, by URI; of what is never read, why."""
    began = time.time_ns()
    found: dict[str, str] = {}
    for tree in trees:
        for file in tree.files:
            stamp = f"{file.stamp} x{file.copies}" if file.copies > 1 else file.stamp
            settled = file.stamp and is_settled(file.stamp, began)
            found[printable(file.uri)] = stamp if settled else UNSETTLED
        found |= {printable(item.uri): f"never read: {item.detail}" for item in tree.unusable}
    return found


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


def compare(before: Mapping[str, str], now: Mapping[str, str]) -> Difference:
    """What differs between two listings. Stamps are equal or not; none is earlier than another."""
    both = sorted(before.keys() & now.keys())
    return Difference(
        tuple(uri for uri in both if before[uri] != UNSETTLED and before[uri] != now[uri]),
        tuple(sorted(now.keys() - before.keys())),
        tuple(sorted(before.keys() - now.keys())),
        tuple(uri for uri in both if before[uri] == UNSETTLED),
    )


def _named(uris: tuple[str, ...]) -> str:
    more = len(uris) - 1
    return f"{uris[0]} and {more:,} more:" if more else f"{uris[0]}:"
