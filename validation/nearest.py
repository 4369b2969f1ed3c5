"""Of every picture the nearest copy in each split: all that is kept of any number of pairs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from validation.copy_candidates import Candidates
from validation.ranges import Ints

_ROW_BITS = 32
_NONE = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Link:
    """Two copies, as rows of ``Pictures``, left < right; ``distance``: bits of the hash."""

    distance: int
    mirrored: bool
    left: int
    right: int
    exact: bool
    correlation: float = 1.0


class Nearest:
    """N pictures and S splits, 8 bytes for each picture and split.

    Equal pixels are nearest, then fewer bits, unmirrored ones before mirrored ones, then the
    picture that stands first. All of it is one number, the rank above the other picture's row, so
    the nearest is the least, in whatever order the pairs come.
    """

    def __init__(self, home: npt.NDArray[np.int32], splits: int) -> None:
        self._home, self._splits = home.astype(np.int64), splits
        self._best = np.full(len(home) * splits, _NONE)

    def nearer(self, pairs: Candidates) -> npt.NDArray[np.bool_]:
        """(n,) whether a pair is nearer than what one of its pictures has."""
        (left, one), (right, other) = self._ends(pairs)
        return (one < self._best[left]) | (other < self._best[right])

    def take(self, pairs: Candidates) -> None:
        """These pairs are copies."""
        for place, value in self._ends(pairs):
            np.minimum.at(self._best, place, value)

    def links(self) -> list[Link]:
        """The pairs that are the nearest for one of their pictures, once each, nearest first."""
        places = np.flatnonzero(self._best != _NONE)
        rank, other = np.divmod(self._best[places], 1 << _ROW_BITS)
        row = places // self._splits
        pairs = np.stack([rank, np.minimum(row, other), np.maximum(row, other)], axis=1)
        return [_link(*pair) for pair in np.unique(pairs, axis=0).tolist()]

    def _ends(self, pairs: Candidates) -> list[tuple[Ints, Ints]]:
        """Of each side the places in the table, and the numbers to stand there."""
        rank = _ranks(pairs) << _ROW_BITS
        sides = ((pairs.left, pairs.right), (pairs.right, pairs.left))
        return [(row * self._splits + self._home[other], rank + other) for row, other in sides]


def _ranks(pairs: Candidates) -> Ints:
    """(n,) 0 of equal pixels, else 1 and more."""
    near = 1 + 2 * pairs.distance.astype(np.int64) + pairs.mirrored
    return np.zeros_like(near) if pairs.exact else near


def _link(rank: int, left: int, right: int) -> Link:
    distance, mirrored = divmod(max(rank - 1, 0), 2)
    return Link(distance, bool(mirrored), left, right, exact=rank == 0)
