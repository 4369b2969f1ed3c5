"""Text regions cut into slices: the piece of a region that lies in one column of feature cells.

The height of a slice is that of the polygon, not of its upright box: over one column the region
has an upper and a lower outline, and the slice's top and bottom are the means of the two over the
part of the column that the region covers. A slanted word therefore gives slices as tall as the
word is there, without the rise of the slant inside the column (``stride * tan(angle)``) and
without the empty corners of the upright box. Where a slanted end cuts a corner off, the slice is
as much lower as the word is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.anchors import STRIDE
from model.arrays import Bools, Floats, Ints, first_of_runs, run_starts
from model.outlines import MIN_WIDTH, Intervals, intervals

MIN_COVERAGE = 0.5
MIN_HEIGHT = 1.0


@dataclass(frozen=True)
class Slices:
    """Slices of the regions of one image, ordered by region and then by column.

    Every array has shape (S,). Lengths are pixels of the resized image, half-open, origin at its
    top left; slice ``i`` spans x from ``stride * column[i]`` to ``stride * (column[i] + 1)``.
    """

    column: npt.NDArray[np.int32]
    top: npt.NDArray[np.float32]
    bottom: npt.NDArray[np.float32]
    region: npt.NDArray[np.int32]
    """Index of the slice's region in the list that was cut."""
    left: npt.NDArray[np.float32]
    """Where the slice's whole region begins inside the image: its true end, between columns."""
    right: npt.NDArray[np.float32]
    """Where the slice's whole region ends."""

    def __len__(self) -> int:
        return len(self.column)

    def take(self, index: Ints | Bools) -> "Slices":
        """The slices that an integer or boolean index chooses."""
        return Slices(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


def cut(
    polygons: Sequence[Floats],
    width: float,
    height: float,
    stride: int = STRIDE,
    min_coverage: float = MIN_COVERAGE,
    origin: tuple[float, float] = (0.0, 0.0),
) -> Slices:
    """Cut text regions into slices aligned to the columns of the resized image.

    polygons: one (n, 2) array of x, y for each region, n >= 3, in pixels of the resized image
    (half-open), in either direction of turn. What lies outside the picture content, ``width`` x
    ``height`` px without the padding, its top left at ``origin``, is cut off first; a region wholly
    outside gives no slice.

    A column holds a slice of a region that covers at least ``min_coverage`` of its width. With one
    half, the first and last slices' borders are the region's ends rounded to the nearest column:
    an error of half a stride at most, outwards as often as inwards, and two words that share a
    column do not both claim it. A region that covers no column so far gives one slice, in the
    column that holds most of it, the left one of equals.

    A slice is at least 1 px high (grown about its middle), because the logarithm of its height is
    a regression target. There is no limit on the number of slices.

    Raises ValueError, with the index, for a polygon that is not (n >= 3, 2) finite numbers.
    """
    pieces = intervals(polygons, float(width), float(height), stride, origin)
    # A piece lies inside one column, so its middle names the column without any rounding.
    column = np.floor((pieces.low + pieces.high) / (2 * stride)).astype(np.int64)
    starts = run_starts(pieces.region, column)
    region, column = pieces.region[starts], column[starts]
    length = pieces.high - pieces.low
    covered = _sums(length, starts)
    middle = _sums(length * (pieces.top + pieces.bottom) / 2, starts) / covered
    extent = _sums(length * (pieces.bottom - pieces.top), starts) / covered
    top, bottom = _at_least_high(middle, extent, height, origin[1])
    left, right = _ends(pieces)
    slices = Slices(
        column=column.astype(np.int32),
        top=top.astype(np.float32),
        bottom=bottom.astype(np.float32),
        region=region.astype(np.int32),
        left=left[starts].astype(np.float32),
        right=right[starts].astype(np.float32),
    )
    seen = right[starts] - left[starts] >= MIN_WIDTH
    return slices.take(seen & _kept(region, covered, min_coverage * stride))


def _sums(values: Floats, starts: Ints) -> Floats:
    return np.add.reduceat(values, starts) if len(starts) else np.zeros(0)


def _kept(region: Ints, covered: Floats, enough: float) -> Bools:
    """(S,) whether a region covers enough of the column, or more than of any other column."""
    keep = covered >= enough
    keep[first_of_runs(region, by=-covered)] = True
    return keep


def _ends(pieces: Intervals) -> tuple[Floats, Floats]:
    """(I,) where the region of each interval begins and ends in x; they are ordered by x."""
    starts = run_starts(pieces.region)
    counts = np.diff(np.append(starts, len(pieces.region)))
    left, right = pieces.low[starts], pieces.high[starts + counts - 1]
    return np.repeat(left, counts), np.repeat(right, counts)


def _at_least_high(
    middle: Floats, extent: Floats, height: float, upper: float
) -> tuple[Floats, Floats]:
    """Tops and bottoms of the least height, moved into the image where growing led out of it."""
    extent = np.minimum(np.maximum(extent, MIN_HEIGHT), height)
    top = np.clip(middle - extent / 2, upper, upper + height - extent)
    return top, top + extent
