"""Areas, crossings and extents of the outlines of many polygons at once.

Shape letters: N polygons, P points and as many edges of all polygons together.
"""

from collections.abc import Iterator

import numpy as np

from validation.polygons import covariances
from validation.ranges import Ints, expand, runs
from validation.regions import Floats, Regions

PAIRS_AT_ONCE = 100_000
"""Pairs of edges looked at together: some 14 MB, however many points a polygon has."""


def signed_areas(regions: Regions) -> Floats:
    """(N,) shoelace areas, square pixels; positive where the points run clockwise on the screen,
    whose y points down."""
    if not len(regions):
        return np.zeros(0)
    # About the first point, so that far away from the origin no digit is lost.
    centred = regions.points - np.repeat(regions.points[regions.starts], regions.counts, axis=0)
    following = centred[_following(regions)]
    twice = centred[:, 0] * following[:, 1] - following[:, 0] * centred[:, 1]
    return np.asarray(np.add.reduceat(twice, regions.starts) / 2)


def crossings(regions: Regions) -> Ints:
    """(N,) pairs of a polygon's edges that cross each other inside both.

    Edges that touch at a corner, or lie on each other, do not cross. Coordinates are float32, whose
    differences and products float64 holds, so the signs are right.
    """
    found = np.zeros(len(regions), np.int64)
    owners = np.repeat(np.arange(len(regions)), regions.counts)
    start, end = regions.points, regions.points[_following(regions)]
    for first, other in _edge_pairs(regions, owners):
        a, b, c, d = start[first], end[first], start[other], end[other]
        apart = _side(a, b, c) * _side(a, b, d) < 0
        apart &= _side(c, d, a) * _side(c, d, b) < 0
        found += np.bincount(owners[first[apart]], minlength=len(regions))
    return found


def extents(regions: Regions) -> Floats:
    """(N, 2) length along the line of reading, and across it, in pixels.

    Of four points: the mean of the first and third side, which run along the text where the source
    begins at its top left, and the mean of the other two. Of other polygons: the extents along and
    across their principal axis, the first one that which lies nearer to the horizontal.
    """
    result = _principal_extents(regions)
    four = np.flatnonzero(regions.counts == 4)
    corners = regions.points[regions.starts[four][:, None] + np.arange(4)]
    sides = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2)
    result[four] = (sides[:, :2] + sides[:, 2:]) / 2
    return result


def _following(regions: Regions) -> Ints:
    """(P,) index of the point after each, the first after the last."""
    following = np.arange(1, len(regions.points) + 1)
    following[regions.starts + regions.counts - 1] = regions.starts
    return following


def _edge_pairs(regions: Regions, owners: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of edges of one polygon that share no corner, each once, a bounded number at a time.
    ``owners``: (P,) the polygon of each edge."""
    place = np.arange(len(owners)) - regions.starts[owners]
    meets_last = place == 0
    counts = np.maximum(regions.counts[owners] - place - 2 - meets_last, 0)
    for low, high in runs(counts, PAIRS_AT_ONCE):
        owner, offset = expand(counts[low:high])
        first = owner + low
        yield first, first + 2 + offset


def _side(a: Floats, b: Floats, c: Floats) -> Floats:
    """Sign of the side of the line from a to b on which c lies; (N, 2) each."""
    u, v = b - a, c - a
    return np.sign(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])


def _principal_extents(regions: Regions) -> Floats:
    if not len(regions):
        return np.zeros((0, 2))
    starts, counts = regions.starts, regions.counts
    centred, (xx, yy, xy) = covariances(regions.points, starts, counts)
    x, y = centred.T
    angle = np.arctan2(2 * xy, xx - yy) / 2
    # The axis of most spread, or the one across it, whichever is nearer to the horizontal.
    angle = np.where(np.abs(angle) > np.pi / 4, angle - np.sign(angle) * np.pi / 2, angle)
    cosine, sine = (np.repeat(f(angle), counts) for f in (np.cos, np.sin))
    spans = []
    for along in (x * cosine + y * sine, y * cosine - x * sine):
        spans.append(np.maximum.reduceat(along, starts) - np.minimum.reduceat(along, starts))
    return np.stack(spans, axis=1)
