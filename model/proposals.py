"""From the network's outputs to text proposals: boxes one column wide, few enough to be joined.

Proposals overlap within their column only, so non-maximum suppression runs in all columns at once,
or, where columns are long, in every pile of a column that overlap holds together: exact greedy
suppression, the best proposal of each column or pile at a step.

Shape letters: N proposals, C columns or piles, M the most proposals of one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.anchors import STRIDE, anchor_centres
from model.arrays import Bools, Floats, Ints, run_starts

MAX_LOG_HEIGHT = 4.0
"""Largest v_h that is believed: exp(4) is 55 times the anchor, beyond any slice; it keeps exp from
overflowing."""
SLACK = 1e-6
"""Px by which proposals must be apart to be in different piles, far above what rounding takes."""
SHORT = 64
"""Proposals of a column up to which it is not worth the while to part it into piles."""
MIN_HEIGHT = 0.5
"""Px below which what the picture's border leaves of a proposal is dropped. Slices, which the
network learns from, are 1 px high at least; half of it leaves room for rounding."""


@dataclass(frozen=True)
class ProposalSettings:
    """The steps from all anchors to the proposals that are joined into lines, in this order."""

    before_nms: int = 2000
    """So many of the highest scores go on."""
    first_nms: float = 0.7
    """Of two proposals with a greater IoU than this the one with the lower score is dropped."""
    after_nms: int = 1000
    """So many of the highest scores go on."""
    min_score: float = 0.7
    """Proposals with a score above this go on."""
    second_nms: float = 0.2
    """As ``first_nms``, among those left."""


@dataclass(frozen=True)
class Proposals:
    """Text proposals of one image, ordered by falling score; every array has shape (N,).

    Lengths are half-open pixels of the resized image; proposal ``i`` spans x from
    ``stride * column[i]`` to ``stride * (column[i] + 1)``.
    """

    column: npt.NDArray[np.int32]
    top: npt.NDArray[np.float32]
    bottom: npt.NDArray[np.float32]
    score: npt.NDArray[np.float32]
    """Text probability, 0 to 1."""
    side: npt.NDArray[np.float32]
    """o = (x_side - x_centre) / stride of the nearer end of the text line; NaN where unknown."""

    def __len__(self) -> int:
        return len(self.column)

    def take(self, index: Ints | Bools) -> "Proposals":
        """The proposals that an integer or boolean index chooses."""
        return Proposals(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


def decode(
    scores: Floats,
    vertical: Floats,
    side: Floats | None,
    heights: Sequence[float],
    content_width: float | None = None,
    content_height: float | None = None,
    settings: ProposalSettings = ProposalSettings(),
    stride: int = STRIDE,
) -> Proposals:
    """Choose and place the proposals of one image.

    scores: (rows, columns, k) text probability; vertical: (rows, columns, k, 2) v_c and v_h as in
    ``model.targets``; side: (rows, columns, k) o, or None where the network has no such head.
    content_width, content_height: the picture without its padding in px of the resized image;
    proposals are cut to it, and those whose column or height has its centre beyond it are dropped.

    Raises ValueError for shapes that disagree and for values that are not finite: a network that
    has diverged has no proposals to show.
    """
    _check(scores, vertical, side, len(heights))
    rows, columns = scores.shape[:2]
    width = columns * stride if content_width is None else content_width
    height = rows * stride if content_height is None else content_height
    chosen = _highest(scores.ravel(), settings.before_nms)
    proposals = _place(chosen, scores, vertical, side, heights, stride)
    proposals = _on_picture(proposals, width, height, stride)
    proposals = proposals.take(nms(proposals, settings.first_nms)[: settings.after_nms])
    proposals = proposals.take(proposals.score > settings.min_score)
    return proposals.take(nms(proposals, settings.second_nms))


def _check(scores: Floats, vertical: Floats, side: Floats | None, k: int) -> None:
    shapes = [scores.shape, vertical.shape[:-1], scores.shape if side is None else side.shape]
    if (
        scores.ndim != 3
        or scores.shape[2] != k
        or len(set(shapes)) > 1
        or vertical.shape[3:] != (2,)
    ):
        raise ValueError(
            f"outputs of {k} anchors a cell disagree: scores {scores.shape}, vertical "
            f"{vertical.shape}, side {None if side is None else side.shape}"
        )
    finite = [np.isfinite(array).all() for array in (scores, vertical, side) if array is not None]
    if not all(finite):
        raise ValueError("the network's outputs hold NaN or infinite values: it has diverged")


def _highest(scores: Floats, count: int) -> Ints:
    """Indices of the ``count`` greatest values, falling; of equals the lower index first."""
    least = np.partition(scores, -count)[-count] if 0 < count < len(scores) else -np.inf
    candidates = np.flatnonzero(scores >= least)
    return candidates[np.argsort(-scores[candidates], kind="stable")][:count]


def _place(
    chosen: Ints,
    scores: Floats,
    vertical: Floats,
    side: Floats | None,
    heights: Sequence[float],
    stride: int,
) -> Proposals:
    """The proposals of the chosen flat indices, in their order, not yet cut to the picture."""
    row, column, anchor = np.unravel_index(chosen, scores.shape)
    anchor_height = np.asarray(heights, dtype=np.float64)[anchor]
    v_c, v_h = vertical.reshape(-1, 2)[chosen].astype(np.float64).T
    centre = anchor_centres(scores.shape[0], stride)[row] + v_c * anchor_height
    half = np.exp(np.minimum(v_h, MAX_LOG_HEIGHT)) * anchor_height / 2
    offset = np.full(len(chosen), np.nan) if side is None else side.ravel()[chosen]
    return Proposals(
        column=column.astype(np.int32),
        top=(centre - half).astype(np.float32),
        bottom=(centre + half).astype(np.float32),
        score=scores.ravel()[chosen].astype(np.float32),
        side=offset.astype(np.float32),
    )


def _on_picture(proposals: Proposals, width: float, height: float, stride: int) -> Proposals:
    """The proposals cut to the picture, without those whose centre lies beyond it."""
    middle = (proposals.top + proposals.bottom) / 2
    inside = ((proposals.column + 0.5) * stride < width) & (middle > 0) & (middle < height)
    top, bottom = np.maximum(proposals.top, 0), np.minimum(proposals.bottom, np.float32(height))
    cut = Proposals(proposals.column, top, bottom, proposals.score, proposals.side)
    return cut.take(inside & (bottom - top >= MIN_HEIGHT))


def nms(proposals: Proposals, threshold: float) -> Ints:
    """Exact greedy non-maximum suppression: indices of the proposals kept, by falling score.

    A proposal is dropped if its IoU with a kept one of its column is greater than ``threshold``.
    Of equal scores the lower index is the better.
    """
    kept: list[Ints] = [np.zeros(0, dtype=np.int64)]
    for some, pile in _together(proposals, threshold):
        kept.append(some[_kept(proposals.take(some), pile, threshold)])
    chosen = np.concatenate(kept)
    return chosen[np.lexsort((chosen, -proposals.score[chosen]))]


def _together(proposals: Proposals, threshold: float) -> Iterator[tuple[Ints, Ints]]:
    """Indices of proposals to work on at once, and the pile of each: all by column where columns
    are short, else piles of much the same size, so that a table has few empty places."""
    every = np.arange(len(proposals))
    most = np.bincount(proposals.column).max(initial=0)
    if most <= SHORT or threshold < 0:
        if len(every):
            yield every, proposals.column
        return
    pile = _piles(proposals)
    size = np.bincount(pile)[pile]
    least = 1
    while least <= most:
        some = np.flatnonzero((size >= least) & (size < 2 * least))
        if len(some):
            yield some, pile[some]
        least *= 2


def _piles(proposals: Proposals) -> Ints:
    """(N,) numbers of piles: proposals of a column that reach one another over overlaps. Between
    piles nothing is suppressed, and how large they are does not depend on the picture's height."""
    column, top = proposals.column.astype(np.float64), proposals.top.astype(np.float64)
    bottom = proposals.bottom.astype(np.float64)
    span = bottom.max(initial=0) - top.min(initial=0) + 1
    order = np.lexsort((top, column))
    reached = np.maximum.accumulate((column * span + bottom)[order])
    begins = (column * span + top)[order][1:] > reached[:-1] + SLACK
    piles = np.empty(len(order), dtype=np.int64)
    piles[order] = np.concatenate([[0], np.cumsum(begins)])[: len(order)]
    return piles


def _kept(proposals: Proposals, pile: Ints, threshold: float) -> Ints:
    """Indices of the proposals that are kept, pile by pile, one of each at a step."""
    index, alive = _table(pile, proposals.score)
    top = proposals.top.astype(np.float64)[index]
    bottom = proposals.bottom.astype(np.float64)[index]
    kept = []
    every = np.arange(len(index))
    while alive.any():
        best = alive.argmax(axis=1)
        kept.append(index[every, best][alive[every, best]])
        best_top, best_bottom = top[every, best][:, None], bottom[every, best][:, None]
        shared = np.minimum(bottom, best_bottom) - np.maximum(top, best_top)
        union = (bottom - top) + (best_bottom - best_top) - shared
        alive &= shared / union <= threshold
        alive[every, best] = False
    return np.concatenate(kept)


def _table(pile: Ints, score: Floats) -> tuple[Ints, Bools]:
    """(C, M) indices of each pile's proposals by falling score, and which places hold one."""
    order = np.lexsort((-score, pile))
    starts = run_starts(pile[order])
    counts = np.diff(np.append(starts, len(order)))
    filled = np.arange(counts.max()) < counts[:, None]
    index = np.zeros(filled.shape, dtype=np.int64)
    index[filled] = order
    return index, filled
