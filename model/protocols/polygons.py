"""Areas of quadrilaterals and of their intersections, vectorised, for quadrilaterals of any form.

Every quadrilateral is two triangles without common interior: a convex or non-convex one is cut
along a diagonal that lies inside it; a self-crossing one **is its two lobes**, the region that its
outline encloses, whichever way each lobe is turned. Triangles are intersected by clipping
(Sutherland and Hodgman, "Reentrant polygon clipping", CACM 17(1), 1974). Points may run either way;
a spike, or a quadrilateral all on one line, has no area.

Shapes: N quadrilaterals or pairs, K vertices. Arrays are float64, or object arrays of
``fractions.Fraction``, which go through the same code without any rounding (``as_fractions``).
"""

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]

FAN = [[0, 1, 2], [0, 2, 3]]


def as_fractions(points: NDArray[np.float64]) -> Numbers:
    """The same numbers as an object array of fractions: slow, and exact."""
    exact: Numbers = np.array(list(map(Fraction, points.ravel().tolist())), dtype=object)
    return exact.reshape(points.shape)


def split_into_triangles(quads: Numbers) -> Numbers:
    """(N, 2, 3, 2): two triangles without common interior for each of (N, 4, 2) quadrilaterals."""
    p0, p1, p2, p3 = (quads[:, i] for i in range(4))
    cut_02, cut_13 = _cuts(quads)
    crossing = ~(cut_02 | cut_13)
    crossing_01_23 = crossing & (_turn(p0, p1, p2) * _turn(p0, p1, p3) < 0)
    first = np.where(cut_02 | crossing_01_23, 0, 1)
    turned = np.take_along_axis(quads, (first[:, None] + np.arange(4))[..., None] % 4, axis=1)
    triangles: Numbers = turned[:, FAN]
    if crossing.any():
        triangles[crossing] = _lobes(turned[crossing])
    return triangles


def self_crossing(quads: Numbers) -> NDArray[np.bool_]:
    """(N,) bool: whether the outline of (N, 4, 2) quadrilaterals crosses itself."""
    cut_02, cut_13 = _cuts(quads)
    return ~(cut_02 | cut_13)


def signed_areas(quads: Numbers) -> Numbers:
    """(N,) areas of (N, 4, 2) quadrilaterals that do not cross themselves, positive where the
    points run clockwise as seen (y downwards)."""
    areas: Numbers = _cross(quads[:, 2] - quads[:, 0], quads[:, 3] - quads[:, 1]) / 2
    return areas


def triangle_areas(triangles: Numbers) -> Numbers:
    """(...) areas, never negative, of (..., 3, 2) triangles."""
    return _convex_areas(triangles)


def intersection_areas(first: Numbers, second: Numbers) -> Numbers:
    """(N,) areas common to shapes n, each given as two triangles, both (N, 2, 3, 2)."""
    origin = first[:, :1, :1]  # near the points, so that large coordinates cost no digits
    a = (first - origin)[:, [0, 0, 1, 1]].reshape(-1, 3, 2)
    b = (second - origin)[:, [0, 1, 0, 1]].reshape(-1, 3, 2)
    turn = _turn(b[:, 0], b[:, 1], b[:, 2])
    window = np.where((turn < 0)[:, None, None], b[:, ::-1], b)
    for i in range(3):
        a = _clip(a, window[:, i], window[:, (i + 1) % 3])
    areas: Numbers = np.where(turn == 0, 0, _convex_areas(a))  # a point clips nothing away
    return areas.reshape(-1, 4).sum(axis=1)


def _cross(u: Numbers, v: Numbers) -> Numbers:
    product: Numbers = u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]
    return product


def _turn(p: Numbers, q: Numbers, r: Numbers) -> Numbers:
    """Twice the signed area of the triangle p, q, r, each (N, 2)."""
    return _cross(q - p, r - p)


def _cuts(quads: Numbers) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether the diagonals 0-2 and 1-3 lie inside: the other two points are on different sides."""
    p0, p1, p2, p3 = (quads[:, i] for i in range(4))
    edge, diagonal_02, diagonal_13 = p1 - p0, p2 - p0, p3 - p1
    cut_02 = _cross(edge, diagonal_02) * _cross(diagonal_02, p3 - p0) >= 0
    cut_13 = _cross(p2 - p1, diagonal_13) * _cross(edge, diagonal_13) >= 0
    return cut_02, cut_13


def _lobes(quads: Numbers) -> Numbers:
    """(N, 2, 3, 2): the two lobes of quadrilaterals whose edges 0-1 and 2-3 cross."""
    p0, p1, p2, p3 = (quads[:, i] for i in range(4))
    along = _cross(p2 - p0, p3 - p2) / _cross(p1 - p0, p3 - p2)
    middle = p0 + (p1 - p0) * along[:, None]
    return np.stack([middle, p1, p2, middle, p3, p0], axis=1).reshape(-1, 2, 3, 2)


def _clip(polygon: Numbers, start: Numbers, end: Numbers) -> Numbers:
    """The part of convex (N, K, 2) polygons left of the line from start to end, as (N, M, 2).

    Every vertex has two slots, for itself and for where the edge after it crosses the line. M is
    the most slots that one polygon uses; the others repeat their first point, which changes no
    area and keeps the arrays regular.
    """
    side = _cross((end - start)[:, None], polygon - start[:, None])
    following = (np.arange(polygon.shape[1]) + 1) % polygon.shape[1]
    next_side = side[:, following]
    crosses = ((side > 0) & (next_side < 0)) | ((side < 0) & (next_side > 0))
    step = side / np.where(crosses, side - next_side, 1)
    crossing = polygon + (polygon[:, following] - polygon) * step[..., None]
    slots = np.stack([polygon, crossing], axis=2).reshape(len(polygon), -1, 2)
    used = np.stack([side >= 0, crosses], axis=2).reshape(len(polygon), -1)
    return np.take_along_axis(slots, _used_first(used)[..., None], axis=1)


def _used_first(used: NDArray[np.bool_]) -> NDArray[np.intp]:
    """(N, M) index of the used slots, filled up with the first; constant where none is used."""
    position = used.cumsum(axis=1) - 1
    first = used.argmax(axis=1)
    index = np.repeat(first[:, None], max(1, position[:, -1].max(initial=0) + 1), axis=1)
    rows, slots = np.nonzero(used)
    index[rows, position[rows, slots]] = slots
    return index


def _convex_areas(polygons: Numbers) -> Numbers:
    """(...) areas of (..., K, 2) convex polygons: a fan of triangles around the first vertex."""
    spokes = polygons[..., 1:, :] - polygons[..., :1, :]
    doubled: Numbers = _cross(spokes[..., :-1, :], spokes[..., 1:, :]).sum(axis=-1)
    return np.abs(doubled) / 2
