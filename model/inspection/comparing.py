"""What a detector finds in a picture against its labels: text that nobody labelled, and labels that
it never sees.

Shape letters: L lines, R regions, N proposals.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from model.arrays import Bools, Floats
from model.inspection.codes import TILTED
from model.inspection.geometry import Placed

LINE_SCORE = 0.95
"""A line with a mean text probability above this is believed, where it is drawn from
``LINE_PROPOSALS`` or more: single cells are often a window or a lamp."""
LINE_PROPOSALS = 3
LABELLED = 0.2
"""A line lies on nothing labelled where regions, don't-care ones among them, cover less of it."""
SEEN_SCORE = 0.3
"""A proposal above this counts as a glimpse: far below what lines are drawn from."""
SEEN = 0.1
"""A region is never seen where glimpses and lines cover less of it."""
LEAST_HEIGHT = 8.0
"""Px on the network's input: lower text is missed for its size, which says nothing of its label."""
LEAST_SLICES = 2
"""A line is drawn from two slices on, so a narrower region cannot be found."""


@dataclass(frozen=True)
class Seen:
    """What a detector found in one picture, half-open pixels of the original."""

    quads: npt.NDArray[np.float32]
    """(L, 4, 2) lines."""
    scores: npt.NDArray[np.float32]
    """(L,)"""
    proposals: npt.NDArray[np.float32]
    """(L,) of how many proposals each line is drawn."""
    glimpses: npt.NDArray[np.float32]
    """(N, 4) left, top, right, bottom of the proposals above ``SEEN_SCORE``."""


def unlabelled(seen: Seen, polygons: Sequence[Floats]) -> Bools:
    """(L,) which lines are believed and lie where no region is; polygons: (n, 2) each, of all
    regions of the picture."""
    shapes = shapely.polygons(seen.quads.astype(np.float64))
    bare = _share(shapes, outlines(polygons)) < LABELLED
    return bare & (seen.scores > LINE_SCORE) & (seen.proposals >= LINE_PROPOSALS)


def unseen(seen: Seen, polygons: Sequence[Floats]) -> Bools:
    """(R,) which regions the detector has no sign of."""
    boxes = shapely.box(*seen.glimpses.astype(np.float64).T)
    lines = shapely.polygons(seen.quads.astype(np.float64))
    return np.asarray(_share(outlines(polygons), np.concatenate([boxes, lines])) < SEEN)


def expected(placed: Placed, tilt: Floats) -> Bools:
    """(R,) which regions a CTPN can be expected to find: large enough, nearly level, and not higher
    than wide, as text that runs upwards is. Missing another says nothing of its label."""
    large = (np.nan_to_num(placed.height) >= LEAST_HEIGHT) & (placed.slices >= LEAST_SLICES)
    level = np.abs(tilt) <= (TILTED.threshold or 0)
    return large & level & (placed.width >= np.nan_to_num(placed.height))


def contrasts(polygons: Sequence[Floats], pixels: npt.NDArray[np.uint8]) -> Floats:
    """(R,) how far light and dark lie apart in each region: the 95th less the 5th percentile of the
    luma (ITU-R BT.601) in its upright box, 0 to 255; 0 for one outside the picture."""
    height, width = pixels.shape[:2]
    result = np.zeros(len(polygons))
    for i, polygon in enumerate(polygons):
        low = np.clip(np.floor(polygon.min(axis=0)), 0, (width, height)).astype(int)
        high = np.clip(np.ceil(polygon.max(axis=0)), 0, (width, height)).astype(int)
        luma = pixels[low[1] : high[1], low[0] : high[0]] @ np.array([0.299, 0.587, 0.114])
        if luma.size:
            dark, light = np.percentile(luma, (5, 95))
            result[i] = light - dark
    return result


def outlines(polygons: Sequence[Floats]) -> npt.NDArray[np.object_]:
    """(R,) shapes; a polygon that crosses itself is what it encloses."""
    shapes = np.array([shapely.Polygon(polygon) for polygon in polygons], dtype=object)
    return np.asarray(shapely.make_valid(shapes)) if len(shapes) else shapes


def _share(shapes: npt.NDArray[np.object_], cover: npt.NDArray[np.object_]) -> Floats:
    """(M,) share of each shape's area that the others cover; 1 for one without area."""
    areas = shapely.area(shapes)
    if not len(cover):  # which GEOS cannot intersect with an area that has a line besides
        return np.asarray(areas == 0, np.float64)
    shared = shapely.area(shapely.intersection(shapes, shapely.union_all(cover)))
    return np.divide(shared, areas, out=np.ones(len(shapes)), where=areas > 0)
