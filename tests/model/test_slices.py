"""Regions cut into slices; defects of the public version that these tests would show in it:
slices of slanted words as tall as their upright box, a limit of 256 slices, zero-thickness boxes
without a slice, and slices off by a column from remainders of floats.
"""

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely.geometry import MultiPoint, Polygon
from shapely.geometry import box as shapely_box

from model.slices import Slices, cut

WIDTH, HEIGHT = 320, 200


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def turned(centre: tuple[float, float], size: tuple[float, float], degrees: float) -> np.ndarray:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.array(size) / 2
    return corners @ turn + centre


def rows(slices: Slices) -> list[tuple[int, float, float]]:
    return list(
        zip(slices.column.tolist(), slices.top.tolist(), slices.bottom.tolist(), strict=True)
    )


def test_an_upright_word_gives_one_slice_for_each_column_it_half_covers() -> None:
    slices = cut([box(20, 30, 90, 50)], WIDTH, HEIGHT)
    assert rows(slices) == [(c, 30, 50) for c in (1, 2, 3, 4, 5)]
    assert slices.left.tolist() == [20] * 5 and slices.right.tolist() == [90] * 5
    assert [array.dtype.name for array in vars(slices).values()] == [
        "int32", "float32", "float32", "int32", "float32", "float32",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("right", "last"), [(64, 3), (71.9, 3), (72, 4), (79, 4), (80, 4), (80.5, 4)]
)
def test_a_column_is_a_slice_from_half_of_its_width_on(right: float, last: int) -> None:
    assert cut([box(32, 0, right, 20)], WIDTH, HEIGHT).column.tolist() == list(range(2, last + 1))


def test_the_needed_share_of_a_column_is_an_argument() -> None:
    word = [box(31, 0, 65, 20)]
    assert cut(word, WIDTH, HEIGHT, min_coverage=0.0).column.tolist() == [1, 2, 3, 4]
    assert cut(word, WIDTH, HEIGHT, min_coverage=1.0).column.tolist() == [2, 3]


@pytest.mark.parametrize("left", [0, 3.7, 15.5, 16, 100, WIDTH - 1])
def test_a_region_one_pixel_wide_gives_one_slice(left: float) -> None:
    slices = cut([box(left, 40, left + 1, 60)], WIDTH, HEIGHT)
    assert len(slices) == 1
    assert rows(slices)[0] == (int(left // 16), 40, 60)


def test_a_narrow_region_lies_in_the_column_that_holds_most_of_it() -> None:
    assert cut([box(13, 0, 18, 9)], WIDTH, HEIGHT).column.tolist() == [0]
    assert cut([box(15, 0, 18, 9)], WIDTH, HEIGHT).column.tolist() == [1]
    assert cut([box(14, 0, 18, 9)], WIDTH, HEIGHT).column.tolist() == [0]


def test_a_region_one_pixel_high_gives_slices_one_pixel_high() -> None:
    slices = cut([box(16, 77, 64, 78)], WIDTH, HEIGHT)
    assert rows(slices) == [(c, 77, 78) for c in (1, 2, 3)]


@pytest.mark.parametrize("top", [0.0, 0.1, 50.3, HEIGHT - 0.2])
def test_a_region_lower_than_a_pixel_is_grown_to_one_inside_the_image(top: float) -> None:
    slices = cut([box(0, top, 32, top + 0.2)], WIDTH, HEIGHT)
    assert np.allclose(slices.bottom - slices.top, 1)
    assert (slices.top >= 0).all() and (slices.bottom <= HEIGHT).all()
    assert (slices.top <= top + 1e-4).all() and (slices.bottom >= top + 0.2 - 1e-4).all()


def test_regions_without_any_thickness_give_valid_slices() -> None:
    upright, level, point = box(40, 10, 40, 30), box(0, 50, 32, 50), box(100, 60, 100, 60)
    slices = cut([upright, level, point], WIDTH, HEIGHT)
    assert slices.region.tolist() == [0, 1, 1, 2]
    assert (slices.bottom - slices.top >= 1).all()
    assert slices.column.tolist() == [2, 0, 1, 6]


@pytest.mark.parametrize("degrees", [-40, -15, 10, 30])
def test_slices_of_a_slanted_word_are_as_high_as_the_word(degrees: float) -> None:
    word = turned((160, 100), (180, 20), degrees)
    slices = cut([word], WIDTH, HEIGHT)
    inner = slices.take(slice(2, -2))  # type: ignore[arg-type]
    vertical = 20 / np.cos(np.radians(degrees))
    assert len(inner) >= 5
    assert np.allclose(inner.bottom - inner.top, vertical, atol=1e-4)
    assert (inner.bottom - inner.top < 0.6 * np.ptp(word[:, 1])).all()
    steps = np.diff((inner.top + inner.bottom) / 2)
    assert np.allclose(steps, 16 * np.tan(np.radians(degrees)), atol=1e-4)


def test_a_trapezium_narrows_with_its_outlines() -> None:
    slices = cut([np.array([[0, 0], [64, 16], [64, 48], [0, 64]])], WIDTH, HEIGHT)
    assert rows(slices) == [(0, 2, 62), (1, 6, 58), (2, 10, 54), (3, 14, 50)]


def test_a_region_that_crosses_itself_inside_a_column_has_its_mean_height_there() -> None:
    bow_tie = np.array([[0, 20], [48, 60], [48, 20], [0, 60]])
    slices = cut([bow_tie], WIDTH, HEIGHT)
    # Its outlines are 40 / 24 * |x - 24| apart; the mean of that over 16..32 is 4 * 40 / 24.
    assert np.allclose(slices.bottom - slices.top, [160 / 6, 40 / 6, 160 / 6])
    assert np.allclose((slices.bottom + slices.top) / 2, 40)


def test_a_curved_word_is_followed() -> None:
    x = np.linspace(16, 176, 21)
    arch = 60 - 30 * np.sin((x - 16) / 160 * np.pi)
    band = np.concatenate([np.stack([x, arch], 1), np.stack([x, arch + 20], 1)[::-1]])
    slices = cut([band], WIDTH, HEIGHT)
    assert slices.column.tolist() == list(range(1, 11))
    assert np.allclose(slices.bottom - slices.top, 20, atol=1e-4)
    assert slices.top[4] < slices.top[0] - 20


def test_the_direction_of_turn_does_not_matter() -> None:
    word = turned((150, 90), (120, 30), 20)
    assert rows(cut([word], WIDTH, HEIGHT)) == rows(cut([word[::-1]], WIDTH, HEIGHT))


def test_regions_are_cut_to_the_image() -> None:
    slices = cut([box(-50, -10, 40, 20), box(300, 190, 400, 260)], WIDTH, HEIGHT)
    assert rows(slices) == [(0, 0, 20), (1, 0, 20), (2, 0, 20), (19, 190, 200)]
    assert slices.left.tolist() == [0, 0, 0, 300]
    assert slices.right.tolist() == [40, 40, 40, 320]


def test_a_region_outside_the_image_gives_no_slice_and_shifts_no_other() -> None:
    outside = [
        box(-90, 10, -20, 30),
        box(10, -90, 30, -20),
        box(400, 0, 500, 9),
        box(0, 200, 9, 220),
    ]
    slices = cut([outside[0], box(0, 0, 16, 9), *outside[1:], box(16, 0, 32, 9)], WIDTH, HEIGHT)
    assert slices.region.tolist() == [1, 5]


def test_no_region_gives_no_slice() -> None:
    slices = cut([], WIDTH, HEIGHT)
    assert len(slices) == 0 and slices.column.dtype == np.int32


def test_an_image_of_one_pixel() -> None:
    slices = cut([box(0, 0, 1, 1)], 1, 1)
    assert rows(slices) == [(0, 0, 1)]
    assert (slices.left[0], slices.right[0]) == (0, 1)


def test_four_hundred_regions_keep_all_their_slices() -> None:
    regions = [box(64 * i, 8 * j, 64 * i + 48, 8 * j + 6) for i in range(5) for j in range(80)]
    slices = cut(regions, 320, 640)
    assert len(slices) == 400 * 3
    assert (np.bincount(slices.region) == 3).all()


@pytest.mark.parametrize("broken", [np.zeros((2, 2)), np.zeros((4, 3)), np.zeros(8)])
def test_a_polygon_of_another_shape_is_named(broken: np.ndarray) -> None:
    with pytest.raises(ValueError, match="region 1"):
        cut([box(0, 0, 9, 9), broken], WIDTH, HEIGHT)


def test_a_coordinate_that_is_no_number_is_named() -> None:
    with pytest.raises(ValueError, match="region 0: a coordinate"):
        cut([box(0, 0, np.nan, 9)], WIDTH, HEIGHT)


coordinate = st.floats(0, WIDTH, allow_nan=False).filter(lambda x: x == 0 or x > 1e-9)


@given(coordinate, coordinate)
def test_columns_are_those_of_exact_arithmetic(one: float, other: float) -> None:
    left, right = sorted((one, other))
    assume(right - left > 1e-2)
    slices = cut([box(left, 10, right, 30)], WIDTH, HEIGHT)
    low, high = Fraction(left), Fraction(right)
    cover = {c: min(high, 16 * c + 16) - max(low, 16 * c) for c in range(floor(low / 16), 21)}
    half = [c for c, covered in cover.items() if covered >= 8]
    expected = half or [max(cover, key=lambda c: (cover[c], -c))]
    # Differences of two doubles are rounded: at exactly half a column both answers are right.
    if all(abs(covered - 8) > Fraction(1, 10**9) for covered in cover.values()):
        assert slices.column.tolist() == expected


@pytest.mark.parametrize("scale", [0.1, 0.3, 0.7, 1.1, 960 / 1280, 960 / 964])
def test_word_borders_on_column_borders_stay_there_after_a_resize(scale: float) -> None:
    for column in range(1, 19):
        edge = (16 * column / scale) * scale
        slices = cut([box(edge - 16, 0, edge, 9)], WIDTH, HEIGHT)
        assert slices.column.tolist() == [column - 1]


point = st.tuples(st.floats(-60, WIDTH + 60), st.floats(-60, HEIGHT + 60))


# Shapely cuts wrongly where coordinates are next to zero, like 1e-200; these are 1/64 px apart.
pixel = st.tuples(st.integers(-4000, 24000), st.integers(-4000, 17000)).map(
    lambda xy: (xy[0] / 64, xy[1] / 64)
)


@given(st.lists(pixel, min_size=3, max_size=8))
def test_slices_hold_the_area_of_a_convex_region(points: list[tuple[float, float]]) -> None:
    hull = MultiPoint(points).convex_hull
    assume(isinstance(hull, Polygon) and hull.area > 50)
    visible = hull.intersection(shapely_box(0, 0, WIDTH, HEIGHT))
    slices = cut([np.array(hull.exterior.coords[:-1])], WIDTH, HEIGHT, min_coverage=0.0)
    if visible.area < 1:
        return
    left, right = visible.bounds[0], visible.bounds[2]
    assert np.allclose(slices.left, left, atol=1e-3)
    assert np.allclose(slices.right, right, atol=1e-3)
    for column, top, bottom in rows(slices):
        strip = visible.intersection(shapely_box(16 * column, 0, 16 * column + 16, HEIGHT))
        if strip.area < 20:
            continue
        width = strip.bounds[2] - strip.bounds[0]
        assert bottom - top == pytest.approx(max(strip.area / width, 1), rel=1e-3, abs=1e-3)
        # Area below the upper outline less area below the lower one, without the middle term.
        assert (top + bottom) / 2 == pytest.approx(mean_middle(strip), rel=1e-2, abs=0.2)


def mean_middle(strip: Polygon) -> float:
    """Mean over x of the middle between a convex polygon's outlines, by sampling."""
    left, _, right, _ = strip.bounds
    middles = []
    for x in left + (np.arange(40) + 0.5) * (right - left) / 40:
        line = strip.intersection(shapely_box(x, -1, x + 1e-6, HEIGHT + 1))
        middles.append((line.bounds[1] + line.bounds[3]) / 2)
    return float(np.mean(middles))


@given(st.lists(st.lists(point, min_size=3, max_size=7), max_size=6))
def test_any_polygon_gives_valid_slices(regions: list[list[tuple[float, float]]]) -> None:
    """Concave and self-crossing ones too."""
    slices = cut([np.array(points) for points in regions], WIDTH, HEIGHT)
    assert (slices.bottom - slices.top >= 1 - 1e-3).all()
    assert (slices.top >= 0).all() and (slices.bottom <= HEIGHT).all()
    assert (slices.column >= 0).all() and (slices.column < WIDTH / 16).all()
    assert (slices.right > slices.left).all()
    keys = list(zip(slices.region.tolist(), slices.column.tolist(), strict=True))
    assert keys == sorted(set(keys))


def test_cutting_many_regions_is_cutting_each() -> None:
    rng = np.random.default_rng(3)
    regions = [rng.uniform(-20, 220, (rng.integers(3, 7), 2)) for _ in range(40)]
    together = cut(regions, WIDTH, HEIGHT)
    apart = [rows(cut([region], WIDTH, HEIGHT)) for region in regions]
    assert rows(together) == [row for piece in apart for row in piece]
