"""Text lines: the slanted quadrilaterals that chains of proposals draw.

The top of a line is the least-squares line through the tops of its proposals, its bottom the one
through their bottoms, and its ends stand where the side offsets of its first and last proposal
place them (Tian et al. 2016, sections 3.1 and 3.3, there with upright boxes).

Shape letters: N proposals, L lines.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from model.anchors import STRIDE
from model.arrays import Floats, Ints, first_of_runs
from model.links import LinkSettings, chains
from model.proposals import Proposals

SIDE_LIMIT = 2.0
"""Strides: side offsets are trained up to 32 px."""
SIDE_CONFLICT = 0.5
"""Strides by which a first proposal may point right, or a last one left, and still be believed."""
LEAST_HEIGHT = 0.5
"""Least height at an end, as a share of the mean height, with which separate fits are believed."""


@dataclass(frozen=True)
class LineSettings(LinkSettings):
    """How proposals become lines, and which lines are kept.

    The small gap and the split at the sides keep words apart, as the ground truth of all the
    datasets here has them. For lines of text take ``gap=50`` and ``split_at_sides=False``.
    Without side offsets (all unknown) ``gap=16`` keeps apart what it can.
    """

    refine_sides: bool = True
    """Whether the ends come from the side offsets, where known, or from the columns' borders."""
    min_aspect: float = 0.5
    """A line is kept if its width is more than this many times its mean height."""
    min_score: float = 0.9
    """A line is kept if the mean score of its proposals is greater than this."""
    min_proposals: int = 2
    """A line is kept if it has at least so many proposals."""


@dataclass(frozen=True)
class Lines:
    """Text lines of one image by falling score; half-open pixels of the resized image.

    Ends that lie beyond the picture are not cut off.
    """

    quads: npt.NDArray[np.float32]
    """(L, 4, 2) x, y clockwise from the top left; the left and the right side are vertical."""
    boxes: npt.NDArray[np.float32]
    """(L, 4) left, top, right, bottom of the upright box around the quad."""
    scores: npt.NDArray[np.float32]
    """(L,) mean score of the line's proposals."""
    members: npt.NDArray[np.int32]
    """(N,) the line of each proposal, -1 for those in none that was kept."""

    def __len__(self) -> int:
        return len(self.scores)


def build_lines(
    proposals: Proposals, settings: LineSettings = LineSettings(), stride: int = STRIDE
) -> Lines:
    """Join the proposals of one image to text lines.

    With three proposals and more, top and bottom are fitted each by itself, so that they may
    converge as perspective makes them; with two, or where the fits would come closer at an end
    than half the mean height, they are parallel; with one, level. A side offset that is not finite
    is unknown.
    """
    side = np.where(np.isfinite(proposals.side), proposals.side, np.float32(np.nan))
    proposals = replace(proposals, side=side)
    chain = chains(proposals, settings, stride)
    counts = np.bincount(chain)
    scores = np.bincount(chain, proposals.score) / counts
    left, right = _ends(proposals, chain, counts, settings.refine_sides, stride)
    quads, height = _quads(proposals, chain, counts, left, right, stride)
    kept = (counts >= settings.min_proposals) & (scores > settings.min_score)
    kept &= right - left > settings.min_aspect * height
    order = np.flatnonzero(kept)[np.argsort(-scores[kept], kind="stable")]
    number = np.full(len(counts), -1, dtype=np.int32)
    number[order] = np.arange(len(order))
    quads = quads[order].astype(np.float32)
    boxes = np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1)
    return Lines(quads, boxes, scores[order].astype(np.float32), number[chain])


def _ends(
    proposals: Proposals, chain: Ints, counts: Ints, refine: bool, stride: int
) -> tuple[Floats, Floats]:
    """(L,) left and right ends in x; a line is never narrower than one pixel."""
    first = first_of_runs(chain, by=proposals.column)
    last = first_of_runs(chain, by=-proposals.column)
    left, right = proposals.column[first].astype(np.float64), proposals.column[last] + 1.0
    if refine:
        # The one proposal of a line speaks of one end only, the one it points to.
        conflict = np.where(counts > 1, SIDE_CONFLICT, 0.0)
        begins, ends = proposals.side[first], proposals.side[last]
        left = np.where(begins <= conflict, left + 0.5 + np.maximum(begins, -SIDE_LIMIT), left)
        right = np.where(ends >= -conflict, right - 0.5 + np.minimum(ends, SIDE_LIMIT), right)
    return left * stride, np.maximum(right * stride, left * stride + 1)


def _quads(
    proposals: Proposals, chain: Ints, counts: Ints, left: Floats, right: Floats, stride: int
) -> tuple[Floats, Floats]:
    """(L, 4, 2) corners clockwise from the top left, and (L,) mean heights."""
    x = (proposals.column + 0.5) * stride
    middle = np.bincount(chain, x) / counts
    away = x - middle[chain]
    spread = np.bincount(chain, away * away)
    outlines = []
    for y in (proposals.top, proposals.bottom):
        slope = np.bincount(chain, away * y) / np.maximum(spread, 1.0)
        outlines.append((np.bincount(chain, y) / counts, slope))
    (top, top_slope), (bottom, bottom_slope) = outlines
    height, taper = bottom - top, bottom_slope - top_slope
    lowest = height + np.minimum(taper * (left - middle), taper * (right - middle))
    parallel = (counts < 3) | (lowest < LEAST_HEIGHT * height)
    shared = (top_slope + bottom_slope) / 2
    top_slope, bottom_slope = (np.where(parallel, shared, s) for s in (top_slope, bottom_slope))
    corners = [
        np.stack([end, at + slope * (end - middle)], axis=1)
        for end, at, slope in (
            (left, top, top_slope),
            (right, top, top_slope),
            (right, bottom, bottom_slope),
            (left, bottom, bottom_slope),
        )
    ]
    return np.stack(corners, axis=1), height
