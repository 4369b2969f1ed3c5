"""What the network should answer for an image: a label and three numbers for every anchor.

The rules are those of Tian et al. 2016 ("Detecting Text in Natural Image with Connectionist Text
Proposal Network", sections 3.1, 3.3 and 3.5). What they leave open (don't-care regions, padding,
images that are not labelled exhaustively) is settled in ``assign`` and ``TargetSettings``.

Shape letters as in ``model.matching``; rows, columns and k as in ``model.anchors``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.anchors import STRIDE
from model.arrays import Bools, Floats, Ints
from model.matching import Grid, by_column
from model.slices import Slices, cut

POSITIVE, NEGATIVE, IGNORED = 1, 0, -1


@dataclass(frozen=True)
class TargetSettings:
    """Thresholds of the assignment; shares are of 1, lengths are pixels of the resized image."""

    positive_iou: float = 0.7
    """An anchor is positive above this IoU with a care slice."""
    negative_iou: float = 0.5
    """An anchor is negative only below this IoU with every care slice."""
    ignore_coverage: float = 0.5
    """An anchor is not negative where don't-care slices cover at least this share of it. Coverage,
    not IoU: a don't-care box may hold several lines of unreadable text, and small anchors inside it
    lie on text; an anchor far taller than the box, which no text fills, stays negative."""
    content_coverage: float = 0.5
    """An anchor is not negative with less than this share of its area on the picture."""
    side_reach: float = 32.0
    """Side offsets are told apart up to this distance of anchor centre and end of the region."""
    far_sides: bool = True
    """Whether positives farther off learn that limit; the paper leaves them without a loss. What is
    never trained is still read when lines are split, and inside a large word it says anything."""
    neighbourhood: float = 1.0
    """Where an image is not labelled exhaustively, negatives lie in the columns of care slices and
    their centres at most this many slice heights (at least one stride) from a slice's centre: what
    is left there is text of the wrong size or place, and the background around a known word."""


@dataclass(frozen=True)
class Targets:
    """Training targets of one image, dense over its anchors."""

    labels: npt.NDArray[np.int8]
    """(rows, columns, k): 1 positive, 0 negative, -1 ignored."""
    vertical: npt.NDArray[np.float32]
    """(rows, columns, k, 2): v_c = (c - c_a) / h_a and v_h = log(h / h_a); 0 but at positives."""
    side: npt.NDArray[np.float32]
    """(rows, columns, k): o = (x_side - x_centre) / stride for the nearer end of the anchor's
    region, the left of equals, limited to +- side_reach / stride; 0 but at positives."""
    side_mask: npt.NDArray[np.bool_]
    """(rows, columns, k): positives whose offset is trained. Those out of reach of that end hold
    the limit in ``side``, whose sign still tells the nearer end."""


def assign(
    polygons: Sequence[Floats],
    care: Bools,
    rows: int,
    columns: int,
    heights: Sequence[float],
    content_width: float,
    content_height: float,
    exhaustive: bool = True,
    settings: TargetSettings = TargetSettings(),
    stride: int = STRIDE,
    origin: tuple[float, float] = (0.0, 0.0),
) -> Targets:
    """Assign the anchors of an image to its text.

    polygons: (n, 2) arrays of x, y in half-open pixels of the resized image; care: (R,) bool;
    content_width, content_height: the picture without its padding, in the same pixels; origin:
    its left and top.

    - Positive: IoU > positive_iou with a care slice, or the best anchor of a care slice (lowest
      index of equals; only with some overlap). An anchor regresses to the slice it overlaps best,
      the first region of equals.
    - Negative: IoU < negative_iou with every care slice, and none of the following, which leave
      an anchor ignored: it lies on don't-care text or is the best anchor of a don't-care slice; it
      lies mostly beyond the picture; ``exhaustive`` is false, so that unlabelled text may be
      anywhere, and it is not in the neighbourhood of a care slice.
    - Don't-care slices never make an anchor positive, nor keep one from being positive.

    Raises ValueError where the picture is larger than the grid of anchors, or the flags are not as
    many as the polygons.
    """
    right, bottom = origin[0] + content_width, origin[1] + content_height
    _check(len(polygons), len(care), (columns * stride, rows * stride), right, bottom)
    grid = Grid.of(rows, columns, heights, stride)
    slices = by_column(cut(polygons, content_width, content_height, stride, origin=origin))
    cared = np.asarray(care, dtype=np.bool_)[slices.region]
    wanted, unwanted = slices.take(cared), slices.take(~cared)
    iou = grid.iou(wanted)
    best = grid.greatest(iou, wanted.column)
    negative = best < settings.negative_iou
    negative &= ~_on_ignored(grid, unwanted, settings)
    negative &= grid.inside(content_width, content_height, origin) >= settings.content_coverage
    if not exhaustive:
        negative &= grid.near(wanted, settings.neighbourhood)
    positive = best > settings.positive_iou
    positive |= grid.best_of_slices(iou, wanted.column)
    labels = np.where(positive, POSITIVE, np.where(negative, NEGATIVE, IGNORED)).astype(np.int8)
    return _targets(grid, wanted, labels, _matches(iou, best, positive, wanted.column), settings)


def _check(polygons: int, flags: int, size: tuple[int, int], width: float, height: float) -> None:
    if polygons != flags:
        raise ValueError(f"{polygons} polygons but {flags} care flags")
    if width > size[0] or height > size[1]:
        raise ValueError(
            f"a picture that ends at {width}x{height} px is larger than the {size[0]}x{size[1]} px "
            "of anchors"
        )


def _on_ignored(grid: Grid, slices: Slices, settings: TargetSettings) -> Bools:
    """(C, A) whether an anchor lies on don't-care text, or fits a piece of it best."""
    best = grid.best_of_slices(grid.iou(slices), slices.column)
    return best | (grid.covered(slices) >= settings.ignore_coverage)


def _matches(iou: Floats, best: Floats, positive: Bools, column: Ints) -> Ints:
    """(C, A) the slice that each positive anchor overlaps best, the first of equals; else -1."""
    matched = np.full(positive.shape, -1, dtype=np.int64)
    owner, anchor = np.nonzero((iou == best[column]) & positive[column])
    # Of several values for one place the last written stays: write the first slice last.
    matched[column[owner[::-1]], anchor[::-1]] = owner[::-1]
    return matched


def _targets(
    grid: Grid,
    slices: Slices,
    labels: npt.NDArray[np.int8],
    matched: Ints,
    settings: TargetSettings,
) -> Targets:
    """Fill in the regression targets at the positives; labels and matched are (C, A)."""
    column, anchor = np.nonzero(matched >= 0)
    owner = matched[column, anchor]
    top, bottom = slices.top[owner], slices.bottom[owner]
    height = grid.height[anchor]
    vertical = np.zeros((*labels.shape, 2), dtype=np.float32)
    vertical[column, anchor, 0] = ((top + bottom) / 2 - grid.centre[anchor]) / height
    vertical[column, anchor, 1] = np.log((bottom - top) / height)
    offset = _nearer_end(slices, owner, (column + 0.5) * grid.stride) / grid.stride
    reach = settings.side_reach / grid.stride
    side = np.zeros(labels.shape, dtype=np.float32)
    side[column, anchor] = np.clip(offset, -reach, reach)
    mask = np.zeros(labels.shape, dtype=np.bool_)
    mask[column, anchor] = settings.far_sides | (np.abs(offset) <= reach)
    return Targets(*(_as_grid(array, grid) for array in (labels, vertical, side, mask)))


def _nearer_end(slices: Slices, owner: Ints, centre: Floats) -> Floats:
    """Signed distance from x centres to the nearer end of their slices' regions, left of equals."""
    left, right = slices.left[owner] - centre, slices.right[owner] - centre
    return np.where(np.abs(left) <= np.abs(right), left, right)


def _as_grid(array: npt.NDArray[Any], grid: Grid) -> npt.NDArray[Any]:
    """(C, A, ...) to (rows, columns, k, ...), contiguous."""
    apart = array.reshape(grid.columns, grid.rows, grid.k, *array.shape[2:])
    return np.ascontiguousarray(apart.swapaxes(0, 1))


def sample(
    labels: npt.NDArray[np.int8],
    rng: np.random.Generator,
    total: int = 512,
    max_positive: int = 256,
) -> npt.NDArray[np.int8]:
    """Labels of any shape, with at most ``total`` anchors left to learn from; the rest is ignored.

    Of the positives at most ``max_positive`` stay, drawn evenly; the negatives, drawn evenly too,
    fill up what is missing to ``total``. The same generator state gives the same choice.
    """
    flat = labels.ravel()
    positive = _draw(np.flatnonzero(flat == POSITIVE), min(max_positive, total), rng)
    negative = _draw(np.flatnonzero(flat == NEGATIVE), total - len(positive), rng)
    result = np.full_like(flat, IGNORED)
    result[positive], result[negative] = POSITIVE, NEGATIVE
    return result.reshape(labels.shape)


def _draw(index: Ints, count: int, rng: np.random.Generator) -> Ints:
    return index if len(index) <= count else rng.choice(index, count, replace=False, shuffle=False)
