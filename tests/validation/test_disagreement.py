"""How the labels of two copies differ."""

from typing import Any

import pytest

from manifests.geometry import polygon_from_box
from validation.disagreement import differences


def region(number: int, *box: float, text: str | None = "a", care: bool = True) -> dict[str, Any]:
    polygon = list(polygon_from_box(*box))
    return {"region_id": f"i#{number}", "polygon": polygon, "text": text, "care": care}


def told(*sides: list[dict[str, Any]], **how: Any) -> list[tuple[Any, ...]]:
    return [
        (d.kind, d.region and d.region["region_id"], d.other and d.other["region_id"], d.value)
        for d in differences(*sides, **how)
    ]


def test_equal_labels_in_another_order_agree() -> None:
    one = [region(1, 0, 0, 40, 10), region(2, 0, 20, 40, 30)]
    assert told(one, one[::-1]) == []
    assert told([], []) == []


@pytest.mark.parametrize("by", [1.0, 0.5])
def test_a_moved_side_is_told_in_pixels(by: float) -> None:
    one, other = [region(1, 0, 0, 40, 10)], [region(1, 0, 0, 40 + by, 10)]
    assert told(one, other) == [("moved", "i#1", "i#1", by)]


def test_thin_regions_a_pixel_apart_are_the_same() -> None:
    one, other = [region(1, 7, 0, 8, 20, text="|")], [region(1, 8, 0, 9, 20, text="|")]
    assert told(one, other) == [("moved", "i#1", "i#1", 1.0)]


def test_of_several_the_best_overlap_is_the_same() -> None:
    one = [region(1, 0, 0, 40, 10), region(2, 10, 0, 50, 10)]
    other = [region(1, 9, 0, 50, 10)]
    assert told(one, other) == [("moved", "i#2", "i#1", 1.0), ("missing", "i#1", None, None)]


def test_text_and_care_are_compared() -> None:
    one = [region(1, 0, 0, 9, 9), region(2, 50, 0, 90, 9), region(3, 0, 50, 90, 90)]
    other = [
        region(1, 0, 0, 9, 9, text="b"),
        region(2, 50, 0, 90, 9, text=None, care=False),
        region(3, 0, 50, 90, 90),
    ]
    assert told(one, other) == [("text", "i#1", "i#1", None), ("care", "i#2", "i#2", None)]


def test_regions_of_one_side_alone_are_missing_on_the_other() -> None:
    one, other = [region(1, 0, 0, 9, 9)], [region(1, 100, 0, 190, 9)]
    assert told(one, other) == [("missing", "i#1", None, None), ("missing", None, "i#1", None)]


def test_another_size_is_scaled_and_its_rounding_forgiven() -> None:
    one = [region(1, 10, 10, 50, 30)]
    assert told(one, [region(1, 20, 21, 100, 60)], scale=(0.5, 0.5)) == []
    moved = told(one, [region(1, 20, 20, 108, 60)], scale=(0.5, 0.5))
    assert moved == [("moved", "i#1", "i#1", 4.0)]
    assert told([region(1, 40, 40, 200, 120)], [region(1, 11, 10, 50, 30)], scale=(4, 4)) == []


def test_another_number_of_points_is_compared_by_bounds() -> None:
    triangle = {**region(1, 0, 0, 1, 1), "polygon": [0.0, 0.0, 40.0, 0.0, 0.0, 12.0]}
    assert told([triangle], [region(1, 0, 0, 40, 10)]) == [("moved", "i#1", "i#1", 2.0)]
