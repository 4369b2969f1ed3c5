"""Which proposals belong to the same text line.

A proposal's successor is the best neighbour to its right, its predecessor the best to its left.
Two that choose each other are joined, and a chain of joined proposals is a text line (Tian et al.
2016, "Detecting Text in Natural Image with Connectionist Text Proposal Network", section 3.1).
What "best" is, the paper leaves open: here the nearest column that has a neighbour at all, and in
it the greatest IoU of the two heights.

Neighbours are looked up by column and height: the cost grows with the number of proposals times
those that lie beside one in y, which non-maximum suppression keeps few, however large the picture.

Shape letters: N proposals, Q pairs that are compared.
"""

from dataclasses import dataclass

import numpy as np

from model.anchors import STRIDE
from model.arrays import Bools, Floats, Ints, expand, run_starts
from model.proposals import Proposals

SPLIT_TOLERANCE = 0.5
SLACK = 1e-3
"""Px, far above what rounding takes from a distance of middles."""


@dataclass(frozen=True)
class LinkSettings:
    """When two proposals are neighbours. Lengths are pixels of the resized image."""

    gap: float = 32.0
    """Farthest neighbour, from left edge to left edge: one column may be missing. The paper has
    50, which merges more of the words that no split keeps apart."""
    min_overlap: float = 0.7
    """Least overlap in y, as a share of the lower of the two."""
    min_height_ratio: float = 0.7
    """Least ratio of the lower's height to the taller's."""
    split_at_sides: bool = True
    """Whether a line ends where the side offsets say so; see ``split``."""


def chains(
    proposals: Proposals, settings: LinkSettings = LinkSettings(), stride: int = STRIDE
) -> Ints:
    """(N,) the text line of each proposal, numbered from 0 in order of their first members.

    Along a line the columns strictly rise.
    """
    following = successors(proposals, settings, stride)
    if settings.split_at_sides:
        following = np.where(split(proposals, following), -1, following)
    return _numbered(following)


def successors(proposals: Proposals, settings: LinkSettings, stride: int = STRIDE) -> Ints:
    """(N,) the proposal that each is joined to on its right; -1 for none."""
    right, left = _best_neighbours(proposals, settings, stride)
    # -1 reads the last element, which the first condition throws away again.
    mutual = (right >= 0) & (left[right] == np.arange(len(proposals)))
    return np.where(mutual, right, -1)


def split(proposals: Proposals, following: Ints) -> Bools:
    """(N,) whether the side offsets end a line between a proposal and the one it is joined to.

    Words of one line often stand closer than a column is wide, where no gap shows between their
    slices. Yet the offsets give the border away: the last slice of a word points right, to an end
    before the next slice's centre, and the first slice of the next word points left. Inside a word
    the order is the other way round, since the left half points left and the right half right.

    A link is split where its left proposal points right, its right one left, and the two ends come
    in this order or overlap by half a column at most. An unknown offset splits nothing.
    """
    first, last = proposals.side[following], proposals.side
    steps = proposals.column[following] - proposals.column
    apart = (last > 0) & (first < 0) & (last - first <= steps + SPLIT_TOLERANCE)
    return (following >= 0) & apart


def _best_neighbours(
    proposals: Proposals, settings: LinkSettings, stride: int
) -> tuple[Ints, Ints]:
    """(N,) the best neighbours to the right and to the left; -1 for none.

    A pair is compared once for both its members.
    """
    right = np.full(len(proposals), -1, dtype=np.int64)
    left = right.copy()
    if not len(proposals):
        return right, left
    near = _Near(proposals, settings)
    width = int(proposals.column.max() - proposals.column.min())
    for step in range(1, int(min(settings.gap, width * stride) // stride) + 1):
        one, other = near.pairs(step)
        seeking = (right[one] < 0) | (left[other] < 0)
        one, other = one[seeking], other[seeking]
        fits, iou = _compare(proposals, one, other, settings)
        one, other, iou = one[fits], other[fits], iou[fits]
        _choose(right, one, other, iou)
        _choose(left, other, one, iou)
    return right, left


def _choose(best: Ints, seeker: Ints, other: Ints, iou: Floats) -> None:
    """Fill in the best of the pairs' others, of equals the lowest index, for each seeker that has
    none yet."""
    order = np.lexsort((other, -iou, seeker))
    chosen = order[run_starts(seeker[order])]
    chosen = chosen[best[seeker[chosen]] < 0]
    best[seeker[chosen]] = other[chosen]


class _Near:
    """Proposals ordered by column and middle, to look up those that could be neighbours in y.

    Neighbours of heights h and g, g between r h and h / r by the least ratio r, have middles at
    most (h + g) / 2 - m min(h, g) apart, m being the least overlap: a piecewise linear function of
    g, greatest at one of its corners.
    """

    def __init__(self, proposals: Proposals, settings: LinkSettings) -> None:
        top, bottom = proposals.top.astype(np.float64), proposals.bottom.astype(np.float64)
        height, middle = bottom - top, (top + bottom) / 2
        ratio, overlap = settings.min_height_ratio, settings.min_overlap
        taller = np.full(len(height), height.max())
        if ratio > 0:
            taller = np.maximum(np.minimum(taller, height / ratio), height)
        corners = (np.minimum(ratio, 1) * height, height, taller)
        reach = [(height + g) / 2 - overlap * np.minimum(height, g) for g in corners]
        self._reach = np.max(reach, axis=0) + SLACK
        self._down = middle - middle.min()
        self._span = self._down.max() + 1
        self._column = proposals.column.astype(np.float64)
        place = self._column * self._span + self._down
        self._order = np.argsort(place, kind="stable")
        self._places = place[self._order]

    def pairs(self, shift: int) -> tuple[Ints, Ints]:
        """(Q,) every proposal beside those ``shift`` columns to its right whose middle is near."""
        start_of = (self._column + shift) * self._span
        lowest = start_of + np.maximum(self._down - self._reach, 0)
        highest = start_of + np.minimum(self._down + self._reach, self._span - 0.5)
        start = np.searchsorted(self._places, lowest, side="left")
        counts = np.searchsorted(self._places, highest, side="right") - start
        owner, offset = expand(np.maximum(counts, 0))
        return owner, self._order[start[owner] + offset]


def _compare(
    proposals: Proposals, one: Ints, other: Ints, settings: LinkSettings
) -> tuple[Bools, Floats]:
    """(Q,) whether two proposals are neighbours in y, and the IoU of their extents in y."""
    top, bottom = proposals.top.astype(np.float64), proposals.bottom.astype(np.float64)
    height = bottom - top
    shared = np.minimum(bottom[one], bottom[other]) - np.maximum(top[one], top[other])
    lower = np.minimum(height[one], height[other])
    taller = np.maximum(height[one], height[other])
    fits = (shared >= settings.min_overlap * lower) & (lower >= settings.min_height_ratio * taller)
    return fits, shared / (lower + taller - shared)


def _numbered(following: Ints) -> Ints:
    """(N,) chain numbers; ``following`` has no cycle and names each proposal at most once."""
    first = np.arange(len(following))
    joined = np.flatnonzero(following >= 0)
    first[following[joined]] = joined
    # Each pass doubles the distance looked back, so the number of passes is logarithmic.
    while not np.array_equal(first, first[first]):
        first = first[first]
    return np.unique(first, return_inverse=True)[1]
