"""Areas in common without clipping, against shapely and against exact clipping."""

import math
from fractions import Fraction

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from model.protocols.polygons import as_fractions, intersection_areas, split_into_triangles
from model.protocols.trapezoids import common_areas, exact_area, exact_common_area

Points = list[tuple[float, float]]

SQUARE = [(0, 0), (10, 0), (10, 10), (0, 10)]
DART = [(0, 0), (10, 5), (0, 10), (4, 5)]

whole = st.tuples(st.integers(-20, 20), st.integers(-20, 20))
real = st.tuples(*[st.floats(-20, 20, allow_subnormal=False)] * 2)
simple = st.one_of(
    st.lists(whole, min_size=4, max_size=4), st.lists(real, min_size=4, max_size=4)
).filter(lambda points: shapely.Polygon(points).is_valid)


def common(first: Points, second: Points) -> float:
    return float(common_areas(np.array([first], float), np.array([second], float))[0])


def clipped(first: Points, second: Points) -> Fraction:
    """By Sutherland and Hodgman, with fractions."""
    triangles = [split_into_triangles(as_fractions(np.array([q], float))) for q in (first, second)]
    return Fraction(intersection_areas(*triangles)[0])


def test_shapes_that_can_be_worked_out_by_hand() -> None:
    assert common(SQUARE, SQUARE) == 100
    assert common(SQUARE, SQUARE[::-1]) == 100
    assert common(DART, SQUARE) == 30
    assert common(DART, [(0, 4), (3, 4), (3, 6), (0, 6)]) == 0
    assert common(SQUARE, [(10, 0), (20, 0), (20, 10), (10, 10)]) == 0
    assert common(SQUARE, [(5, 5), (5, 5), (5, 5), (5, 5)]) == 0
    assert common(SQUARE, [(5, 0), (5, 9), (5, 0), (5, 3)]) == 0
    assert exact_area(np.array(DART, float)) == 30


@settings(max_examples=300)
@given(simple, simple)
def test_areas_are_those_of_shapely(first: Points, second: Points) -> None:
    expected = shapely.Polygon(first).intersection(shapely.Polygon(second)).area
    assert math.isclose(common(first, second), expected, rel_tol=1e-9, abs_tol=1e-9)


@settings(max_examples=100)
@given(simple, simple)
def test_exact_areas_are_those_of_exact_clipping(first: Points, second: Points) -> None:
    area = exact_common_area(np.array(first, float), np.array(second, float))
    assert area == clipped(first, second)
    assert exact_common_area(np.array(first, float), np.array(first, float)) == exact_area(
        np.array(first, float)
    )


@given(simple, simple, st.integers(-(10**6), 10**6))
def test_far_from_the_origin_no_digit_is_lost(first: Points, second: Points, far: int) -> None:
    whole_numbers = [[(round(x), round(y)) for x, y in points] for points in (first, second)]
    if not all(shapely.Polygon(points).is_valid for points in whole_numbers):
        return
    moved = [[(x + far, y - far) for x, y in points] for points in whole_numbers]
    assert math.isclose(common(*moved), common(*whole_numbers), rel_tol=1e-12, abs_tol=1e-12)


def test_pairs_are_computed_side_by_side() -> None:
    first = np.array([SQUARE, DART, SQUARE], float)
    second = np.array([SQUARE, SQUARE, DART[::-1]], float)
    assert common_areas(first, second).tolist() == [100, 30, 30]
    assert common_areas(first[:0], second[:0]).shape == (0,)
