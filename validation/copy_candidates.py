"""Pairs of pictures out of pairs of groups of equal hashes, as arrays.

Of two large groups not all pairs are made: each picture is held against the other group's first of
each split. Pairs are made and handed on a bounded number at a time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from validation.near import Pairs
from validation.ranges import Ints, expand, runs

SMALL_GROUP = 64
"""Pairs of two groups that are all looked at."""
AT_ONCE = 1 << 18
"""Pairs made together: some 20 MB."""
TOGETHER = 1 << 20
"""Pairs handed on together, some 20 MB: where hashes are crowded, enough for pictures to be in
many of them."""


@dataclass(frozen=True)
class Candidates:
    """n pairs of pictures, (n,) each: their rows and in how many bits the hashes differ. All are
    mirrored, or equal in their pixels (``exact``), or none is."""

    left: Ints
    right: Ints
    distance: npt.NDArray[np.uint8]
    mirrored: bool = False
    exact: bool = False

    def where(self, wanted: npt.NDArray[np.bool_]) -> "Candidates":
        """Some of them."""
        left, right = self.left[wanted], self.right[wanted]
        return replace(self, left=left, right=right, distance=self.distance[wanted])


@dataclass(frozen=True)
class Lists:
    """Lists of rows of pictures, one behind the other."""

    rows: Ints
    starts: Ints
    sizes: Ints


@dataclass(frozen=True)
class Groups:
    """Pictures of equal value, in the order of the values."""

    values: npt.NDArray[Any]
    """Ascending, each once."""
    whole: Lists
    firsts: Lists
    """Of each group the first picture of each split."""

    @property
    def own(self) -> Pairs:
        """Every group with itself."""
        each = np.arange(len(self.whole.sizes))
        return Pairs(each, each, np.zeros(len(each), np.uint8))


def grouped(rows: Ints, values: npt.NDArray[Any], home: npt.NDArray[np.int32]) -> Groups:
    """The groups of some ``rows``, ascending; ``values`` and ``home`` (number of the split) are of
    all pictures."""
    rows = rows[np.argsort(values[rows], kind="stable")]
    distinct, sizes = np.unique(values[rows], return_counts=True)
    owner, _ = expand(sizes)
    splits = int(home.max(initial=0)) + 1
    first = np.unique(owner * splits + home[rows], return_index=True)[1]
    counts = np.bincount(owner[first], minlength=len(sizes))
    return Groups(distinct, _lists(rows, sizes), _lists(rows[first], counts))


def expanded(left: Groups, right: Groups, found: Iterable[Pairs]) -> Iterator[Candidates]:
    """The pairs of pictures of pairs of groups, some twice, or of a picture with itself."""
    for pairs in found:
        few = left.whole.sizes[pairs.left] * right.whole.sizes[pairs.right] <= SMALL_GROUP
        small, large = (_where(pairs, some) for some in (few, ~few))
        yield from _product(left.whole, right.whole, small)
        yield from _product(left.whole, right.firsts, large)
        yield from _product(left.firsts, right.whole, large)


def together(parts: Iterable[Candidates], digest: Ints, mirrored: bool) -> Iterator[Candidates]:
    """Those whose digests differ, many at a time."""
    held: list[Candidates] = []
    count = 0
    for part in parts:
        held.append(part.where(digest[part.left] != digest[part.right]))
        count += len(held[-1].left)
        if count >= TOGETHER:
            yield _joined(held, mirrored)
            held, count = [], 0
    if count:
        yield _joined(held, mirrored)


def _lists(rows: Ints, sizes: Ints) -> Lists:
    return Lists(rows, np.cumsum(sizes) - sizes, sizes)


def _where(pairs: Pairs, wanted: npt.NDArray[np.bool_]) -> Pairs:
    return Pairs(pairs.left[wanted], pairs.right[wanted], pairs.distance[wanted])


def _product(left: Lists, right: Lists, pairs: Pairs) -> Iterator[Candidates]:
    """Each row of the one list with each of the other."""
    sizes = left.sizes[pairs.left] * right.sizes[pairs.right]
    for low, high in runs(sizes, AT_ONCE):
        owner, offset = expand(sizes[low:high])
        one, other = pairs.left[low:high][owner], pairs.right[low:high][owner]
        down, across = np.divmod(offset, right.sizes[other])
        yield Candidates(
            left.rows[left.starts[one] + down],
            right.rows[right.starts[other] + across],
            pairs.distance[low:high][owner],
        )


def _joined(parts: list[Candidates], mirrored: bool) -> Candidates:
    return Candidates(
        np.concatenate([part.left for part in parts]),
        np.concatenate([part.right for part in parts]),
        np.concatenate([part.distance for part in parts]),
        mirrored,
    )
