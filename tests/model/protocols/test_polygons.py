import math
from fractions import Fraction

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from model.protocols.polygons import (
    as_fractions,
    intersection_areas,
    split_into_triangles,
    triangle_areas,
)

Points = list[tuple[int, int]]

SQUARE = [(0, 0), (10, 0), (10, 10), (0, 10)]
DART = [(0, 0), (10, 5), (0, 10), (4, 5)]
BOW_TIE = [(0, 0), (10, 10), (10, 0), (0, 10)]

point = st.tuples(st.integers(-20, 20), st.integers(-20, 20))
quads = st.lists(point, min_size=4, max_size=4)


def array(points: Points) -> NDArray[np.float64]:
    return np.array([points], dtype=np.float64)


def area(points: Points) -> float:
    return float(triangle_areas(split_into_triangles(array(points))).sum())


def common(first: Points, second: Points) -> float:
    triangles = [split_into_triangles(array(points)) for points in (first, second)]
    return float(intersection_areas(*triangles)[0])


def polygons(points: Points) -> list[shapely.Polygon]:
    """The disjoint polygons that the outline encloses: both lobes of a self-crossing one."""
    valid = shapely.get_parts(shapely.make_valid(shapely.Polygon(points)))
    return [part for part in shapely.get_parts(valid) if part.geom_type == "Polygon"]


@st.composite
def bow_ties(draw: st.DrawFn) -> Points:
    """Self-crossing quadrilaterals whose edges cross in whole numbers.

    Other crossings are rounded in the lobes that shapely makes, and GEOS then errs by whole lobes
    where an edge of the other shape runs along the crossing edge.
    """
    (x, y), (ux, uy), (vx, vy) = draw(point), draw(point), draw(point)
    a, b, c, d = (draw(st.integers(1, 3)) for _ in range(4))
    assume(ux * vy != uy * vx)
    return [
        (x - a * ux, y - a * uy),
        (x + b * ux, y + b * uy),
        (x + c * vx, y + c * vy),
        (x - d * vx, y - d * vy),
    ]


simple_quads = quads.filter(lambda points: shapely.Polygon(points).is_valid)
shapes = st.one_of(simple_quads, bow_ties(), bow_ties().map(lambda points: points[1:] + points[:1]))


@pytest.mark.parametrize(
    ("points", "expected"),
    [(SQUARE, 100), (DART, 30), (BOW_TIE, 50), ([(0, 0), (9, 0), (5, 0), (2, 0)], 0)],
)
def test_area(points: Points, expected: float) -> None:
    assert area(points) == expected
    assert area(points[::-1]) == expected
    assert area(points[1:] + points[:1]) == expected


def test_a_non_convex_quadrilateral_does_not_reach_into_its_notch() -> None:
    notch = [(0, 4), (3, 4), (3, 6), (0, 6)]
    assert common(DART, notch) == 0
    assert common(DART, SQUARE) == 30


def test_both_lobes_of_a_self_crossing_quadrilateral_count() -> None:
    assert common(BOW_TIE, [(0, 0), (5, 0), (5, 10), (0, 10)]) == 25
    assert common(BOW_TIE, [(5, 0), (10, 0), (10, 10), (5, 10)]) == 25
    assert common(BOW_TIE, BOW_TIE) == 50


def test_a_single_point_has_nothing_in_common_with_what_surrounds_it() -> None:
    assert common([(5, 5)] * 4, SQUARE) == common(SQUARE, [(5, 5)] * 4) == 0


@given(quads)
def test_area_is_that_of_the_region(points: Points) -> None:
    assert math.isclose(area(points), sum(part.area for part in polygons(points)), abs_tol=1e-9)


@settings(max_examples=300)
@given(shapes, shapes)
def test_intersection_is_that_of_the_regions(first: Points, second: Points) -> None:
    expected = sum(a.intersection(b).area for a in polygons(first) for b in polygons(second))
    assert math.isclose(common(first, second), expected, rel_tol=1e-9, abs_tol=1e-9)


@settings(max_examples=50)
@given(quads, quads, st.integers(0, 7000))
def test_fractions_and_floats_agree_far_from_the_origin(
    first: Points, second: Points, offset: int
) -> None:
    moved = [[(x + offset, y + offset) for x, y in points] for points in (first, second)]
    exact = [split_into_triangles(as_fractions(array(points))) for points in moved]
    [result] = intersection_areas(*exact)
    assert math.isclose(common(*moved), float(result), abs_tol=1e-9)


def test_fractions_are_exact() -> None:
    # The triangle under the diagonal of a 3 x 1 box, and the strip of its first third.
    triangle, strip = [(0, 0), (3, 0), (3, 1), (3, 1)], [(0, 0), (1, 0), (1, 1), (0, 1)]
    exact = [split_into_triangles(as_fractions(array(points))) for points in (triangle, strip)]
    assert intersection_areas(*exact).tolist() == [Fraction(1, 6)]


def test_pairs_are_computed_side_by_side() -> None:
    first = split_into_triangles(np.array([SQUARE, DART, BOW_TIE], dtype=np.float64))
    second = split_into_triangles(np.array([SQUARE] * 3, dtype=np.float64))
    assert intersection_areas(first, second).tolist() == [100, 30, 50]
