"""Regions stand on the picture where they are, in the colours that were promised."""

from typing import Any

import numpy as np
import pytest

from manifests.drawing import CARE, DONT_CARE, FOCUS, display_zoom, draw_regions
from manifests.geometry import polygon_from_box


def region(number: int, left: float, care: bool = True) -> dict[str, Any]:
    box = polygon_from_box(left, 200, left + 100, 260)
    return {"region_id": f"a/b/c#{number}", "polygon": list(box), "care": care}


def drawn(**options: Any) -> np.ndarray:
    grey = np.full((960, 960, 3), 128, np.uint8)
    return draw_regions(grey, [region(1, 100), region(2, 400, care=False)], **options)


def test_outlines_have_the_colour_of_their_kind() -> None:
    picture = drawn()
    assert tuple(picture[260, 150]) == CARE
    assert tuple(picture[260, 450]) == DONT_CARE
    assert tuple(picture[230, 150]) == (128, 128, 128)
    focused = drawn(focus="a/b/c#2")
    assert tuple(focused[260, 450]) == FOCUS and tuple(focused[260, 150]) == CARE


def test_the_first_corner_has_a_dot() -> None:
    picture = drawn()
    assert tuple(picture[200, 96]) == CARE
    assert tuple(picture[260, 96]) == (128, 128, 128)


def test_the_picture_given_is_not_drawn_on() -> None:
    grey = np.full((960, 960, 3), 128, np.uint8)
    draw_regions(grey, [region(1, 100)])
    assert (grey == 128).all()


@pytest.mark.parametrize(
    ("size", "zoom"),
    [((100, 80), 4), ((480, 100), 2), ((1500, 900), 1), ((4000, 100), 0.5), ((1, 1), 4)],
)
def test_small_pictures_grow_and_large_ones_shrink(size: tuple[int, int], zoom: float) -> None:
    assert display_zoom(*size) == zoom
    width, height = size
    shape = draw_regions(np.zeros((height, width, 3), np.uint8), []).shape
    assert shape == (max(1, round(height * zoom)), max(1, round(width * zoom)), 3)


def test_numbers_of_regions_at_the_edge_stay_inside() -> None:
    picture = np.full((960, 960, 3), 128, np.uint8)
    at_edge = {**region(1, 0), "polygon": [-20.0, -20, 980, -20, 980, 30, -20, 30]}
    assert (draw_regions(picture, [at_edge])[2:8, 0:4] != 128).any()
