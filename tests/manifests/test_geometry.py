"""One convention: half-open continuous pixels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests import geometry

coordinates = st.integers(-1000, 5000)


def test_an_inclusive_box_of_zero_thickness_is_one_pixel_thick() -> None:
    polygon = geometry.polygon_from_inclusive_box(144, 256, 144, 264)
    assert geometry.bounding_box(polygon) == (144, 256, 145, 265)
    assert geometry.signed_area(polygon) == 9


@given(coordinates, coordinates, st.integers(0, 500), st.integers(0, 500))
def test_inclusive_boxes_grow_by_a_pixel(x: int, y: int, w: int, h: int) -> None:
    box = geometry.bounding_box(geometry.polygon_from_inclusive_box(x, y, x + w, y + h))
    assert box == (x, y, x + w + 1, y + h + 1)


def test_a_width_is_a_width() -> None:
    assert geometry.polygon_from_xywh(47, 52, 210, 60) == (47, 52, 257, 52, 257, 112, 47, 112)


def test_area_is_positive_clockwise_on_the_screen() -> None:
    square = geometry.polygon_from_box(0, 0, 10, 5)
    assert geometry.signed_area(square) == 50
    assert geometry.signed_area(square[6:] + square[4:6] + square[2:4] + square[:2]) == -50


@pytest.mark.parametrize(
    ("polygon", "expected"),
    [
        ((0, 0, 10, 10, 5, 5), True),
        ((0, 0, 0, 9, 0, 4), True),
        ((3, 3, 3, 3, 3, 3), True),
        ((0, 0, 10, 0, 10, 1), False),
        ((0, 0, 10, 10, 10, 0, 0, 10), False),  # a bow tie: no signed area, but pixels
        ((127.2, 352.8, 127.2, 352.8, 136, 352.8, 132.8, 421.6, 124.8, 422.4), False),
    ],
)
def test_degenerate_means_collinear(polygon: tuple[float, ...], expected: bool) -> None:
    assert geometry.is_degenerate(polygon) is expected


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((-5, 0, 0, 9), True),
        ((-5, 0, 0.5, 9), False),
        ((100, 0, 110, 9), True),
        ((0, 50, 9, 60), True),
    ],
)
def test_outside_shares_no_area(box: tuple[float, float, float, float], expected: bool) -> None:
    assert geometry.is_outside(geometry.polygon_from_box(*box), 100, 50) is expected


def test_a_polygon_has_three_finite_points() -> None:
    assert geometry.is_polygon([0, 0, 4, 0, 4, 3])
    for numbers in ([], [0, 0, 4, 0], [0, 0, 4, 0, 4], [0, 0, 4, 0, 4, 3, 1]):
        assert not geometry.is_polygon(numbers)
    assert not any(
        geometry.is_polygon([0, 0, 4, bad, 4, 3]) for bad in (float("nan"), float("inf"))
    )
