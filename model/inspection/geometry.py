"""Regions as the network meets them: their size, tilt and slices after the resize, and how well the
nearest anchor fits each slice.

Shape letters: R regions of one image, S slices.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.anchors import STRIDE
from model.arrays import Floats, Ints
from model.config import NetworkSettings
from model.matching import Grid
from model.slices import Slices, cut
from model.transforms import Fit, resize_polygons

SLICES_AT_ONCE = 2_000

LONGER = 1.5
SEVERAL = 3

_FOUR_NUMBERS = re.compile(r"\D*?(-?\d+)\D+?(-?\d+)\D+?(-?\d+)\D+?(-?\d+)(?![\d.])")


@dataclass(frozen=True)
class Placed:
    """The R regions of an image on the network's input; (R,) each, pixels of the resized image."""

    width: Floats
    """Of the upright box inside the picture."""
    height: Floats
    """Mean of the slices, the tilt taken off; NaN where the region is outside the picture."""
    slices: Ints
    """How many."""
    unreached: Ints
    """Slices that no anchor overlaps by more than the IoU that makes it positive."""


def grid_of(network: NetworkSettings) -> Grid:
    """The anchors of a network."""
    rows, columns = network.input_height // STRIDE, network.input_width // STRIDE
    return Grid.of(rows, columns, network.anchor_heights, STRIDE)


def place(polygons: Sequence[Floats], placed: Fit, grid: Grid, positive_iou: float) -> Placed:
    """How regions, (n, 2) arrays in pixels of the original, lie on the network's input."""
    resized = resize_polygons(polygons, placed)
    slices = cut(resized, placed.resized_width, placed.resized_height)
    number = len(polygons)
    counts = np.bincount(slices.region, minlength=number)
    heights = np.bincount(slices.region, slices.bottom - slices.top, number)
    missed = best_iou(slices, grid) <= positive_iou
    return Placed(
        widths(resized, placed.resized_width),
        np.divide(heights, counts, out=np.full(number, np.nan), where=counts > 0),
        counts,
        np.bincount(slices.region[missed], minlength=number),
    )


def best_iou(slices: Slices, grid: Grid) -> Floats:
    """(S,) IoU of each slice with the anchor that fits it best."""
    best = np.zeros(len(slices))
    for low in range(0, len(slices), SLICES_AT_ONCE):
        some = np.arange(low, min(low + SLICES_AT_ONCE, len(slices)))
        best[some] = grid.iou(slices.take(some)).max(axis=1)
    return best


def widths(polygons: Sequence[Floats], right: float) -> Floats:
    """(R,) width of each polygon's part between 0 and ``right``."""
    sides = [(p[:, 0].min(), p[:, 0].max()) for p in polygons]
    low, high = np.clip(np.array(sides, dtype=np.float64).reshape(-1, 2), 0, right).T
    return np.asarray(high - low)


def tilts(polygons: Sequence[Floats], texts: Sequence[str | None]) -> Floats:
    """(R,) degrees by which the text runs up or down, -90 to 90; positive downwards.

    Text runs along one of a region's two axes: the means of opposite sides of four points, the
    principal axes of others. Their order says nothing, for sources begin at any corner. It is the
    one nearer to the horizontal; but the other where that is longer by ``LONGER`` and the text has
    ``SEVERAL`` characters: a narrow upright region with fewer is a letter, with more it runs up.
    """
    found = [
        _tilt(np.asarray(p, dtype=np.float64), text)
        for p, text in zip(polygons, texts, strict=True)
    ]
    return np.array(found, dtype=np.float64)


def written_sizes(boxes: Floats, raws: Sequence[str]) -> Floats:
    """(R, 2) width and height as the sources write them, pixels of the original.

    boxes: (R, 4) left, top, right, bottom, half-open. Where a source names the last pixels
    themselves (inclusive corners, as ICDAR 2011 and 2013 do), its widths are one less than ours:
    that is so where the first four numbers of the line, ``raws``, are just these.
    """
    sizes = boxes[:, 2:] - boxes[:, :2]
    inclusive = [_is_inclusive(box, raw) for box, raw in zip(boxes, raws, strict=True)]
    return np.asarray(sizes - np.array(inclusive, dtype=np.float64).reshape(-1, 1))


def _is_inclusive(box: Floats, raw: str) -> bool:
    match = _FOUR_NUMBERS.match(raw)
    return match is not None and [float(n) for n in match.groups()] == [
        box[0],
        box[1],
        box[2] - 1,
        box[3] - 1,
    ]


def _tilt(points: Floats, text: str | None) -> float:
    level, steep = sorted(_axes(points), key=lambda axis: abs(_degrees(axis)))
    several = len(text or "") >= SEVERAL
    runs_up = several and np.linalg.norm(steep) > LONGER * np.linalg.norm(level)
    return _degrees(steep if runs_up else level)


def _axes(points: Floats) -> tuple[Floats, Floats]:
    """Two vectors along a region's axes, as long as it is there, but for a common factor."""
    if len(points) == 4:
        return points[1] - points[0] + points[2] - points[3], (
            points[2] - points[1] + points[3] - points[0]
        )
    centred = points - points.mean(axis=0)
    spread, axes = np.linalg.eigh(centred.T @ centred)
    one, other = (axes * np.sqrt(np.maximum(spread, 0))).T
    return one, other


def _degrees(axis: Floats) -> float:
    """Of a direction; that of its opposite where it points to the left."""
    x, y = axis
    angle = float(np.degrees(np.arctan2(y, x)))
    return angle - 180 if angle > 90 else angle + 180 if angle < -90 else angle
