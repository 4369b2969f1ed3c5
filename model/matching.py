"""How anchors overlap slices, column by column.

Anchors and slices share the feature map's columns, so an anchor overlaps the slices of its own
column only, and with equal widths their IoU is that of two intervals of y. All of it is one table
of slices x (anchors of a column), which grows linearly with the number of slices.

Shape letters: S slices, ordered by column; C columns; A = rows * k anchors of one column, in order
of row and then of height. Lengths are half-open pixels of the resized image.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from model.anchors import anchor_centres
from model.arrays import Bools, Floats, Ints, run_starts
from model.slices import Slices


@dataclass(frozen=True)
class Grid:
    """The anchors of a feature map; all columns have the same, so one column's are kept."""

    rows: int
    columns: int
    k: int
    stride: int
    centre: Floats
    """(A,) float64, y."""
    height: Floats
    """(A,) float64."""

    @classmethod
    def of(cls, rows: int, columns: int, heights: Sequence[float], stride: int) -> Self:
        """The grid of ``model.anchors.anchor_grid`` with the same arguments."""
        centre = np.repeat(anchor_centres(rows, stride), len(heights))
        height = np.tile(np.asarray(heights, dtype=np.float64), rows)
        return cls(rows, columns, len(heights), stride, centre, height)

    def overlap(self, top: Floats, bottom: Floats) -> Floats:
        """(S, A) length that anchors share with intervals of y, (S,) tops and bottoms."""
        low = np.maximum(self.centre - self.height / 2, top[:, None])
        return np.maximum(np.minimum(self.centre + self.height / 2, bottom[:, None]) - low, 0.0)

    def iou(self, slices: Slices) -> Floats:
        """(S, A) float64 IoU of every slice with the anchors of its column."""
        top, bottom = slices.top.astype(np.float64), slices.bottom.astype(np.float64)
        shared = self.overlap(top, bottom)
        return shared / ((bottom - top)[:, None] + self.height - shared)

    def greatest(self, table: Floats | Bools, column: Ints) -> Floats:
        """(C, A) greatest value over each column's slices of an (S, A) table; 0 without slices."""
        return self._reduced(np.maximum, table, column)

    def total(self, table: Floats, column: Ints) -> Floats:
        """(C, A) sum over each column's slices of an (S, A) table."""
        return self._reduced(np.add, table, column)

    def _reduced(self, operation: np.ufunc, table: Floats | Bools, column: Ints) -> Floats:
        result = np.zeros((self.columns, len(self.centre)))
        starts = run_starts(column)
        if len(starts):
            result[column[starts]] = operation.reduceat(table, starts, axis=0)
        return result

    def best_of_slices(self, iou: Floats, column: Ints) -> Bools:
        """(C, A) whether an anchor is the best of some slice, the lowest index of equals.

        An anchor without any overlap is the best of none.
        """
        chosen = np.zeros((self.columns, len(self.centre)), dtype=np.bool_)
        anchor = iou.argmax(axis=1)
        met = iou[np.arange(len(iou)), anchor] > 0
        chosen[column[met], anchor[met]] = True
        return chosen

    def covered(self, slices: Slices) -> Floats:
        """(C, A) share of each anchor that lies on the union of the slices."""
        column, top, bottom = _union(slices)
        return self.total(self.overlap(top, bottom), column) / self.height

    def inside(self, width: float, height: float, origin: tuple[float, float]) -> Floats:
        """(C, A) share of each anchor's area on a picture of this size, its top left at origin."""
        left = np.arange(self.columns) * self.stride
        low, high = np.maximum(left, origin[0]), np.minimum(left + self.stride, origin[0] + width)
        across = np.clip(high - low, 0, None) / self.stride
        top = np.full(1, float(origin[1]))
        down = self.overlap(top, top + height)[0] / self.height
        return across[:, None] * down

    def near(self, slices: Slices, heights: float) -> Bools:
        """(C, A) whether an anchor's centre is close to that of a slice of its column.

        Close is ``heights`` times the slice's height, or one stride where that is more.
        """
        reach = np.maximum(heights * (slices.bottom - slices.top), self.stride)
        away = np.abs(self.centre - ((slices.top + slices.bottom) / 2)[:, None])
        return self.greatest(away <= reach[:, None], slices.column) > 0


def by_column(slices: Slices) -> Slices:
    """The slices ordered by column, then by region."""
    return slices.take(np.argsort(slices.column, kind="stable"))


def _union(slices: Slices) -> tuple[Ints, Floats, Floats]:
    """Slices that overlap made one: columns, tops and bottoms of disjoint intervals of y."""
    if not len(slices):
        return slices.column, slices.top, slices.bottom
    order = np.lexsort((slices.top, slices.column))
    # Columns are laid end to end on one axis, so that one running maximum serves them all. A whole
    # number of pixels, added to float32 values in float64, loses nothing.
    shift = slices.column[order] * np.ceil(np.float64(slices.bottom.max()) + 1.0)
    top, bottom = slices.top[order] + shift, slices.bottom[order] + shift
    reach = np.maximum.accumulate(bottom)
    starts = np.flatnonzero(np.append(True, top[1:] > reach[:-1]))
    ends = np.append(starts[1:], len(top)) - 1
    offset = shift[starts]
    return slices.column[order][starts], top[starts] - offset, reach[ends] - offset
