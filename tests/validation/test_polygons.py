"""Measures of polygons against the scalar geometry of the contract."""

import math

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from manifests.geometry import bounding_box, is_degenerate
from validation.polygons import polygon_columns

_POINT = st.tuples(*[st.floats(-1e4, 1e4, width=32)] * 2)
_POLYGONS = st.lists(st.lists(_POINT, min_size=3, max_size=12), max_size=8)


def _columns(polygons: list[list[float]]) -> dict[str, np.ndarray]:
    return polygon_columns(pa.array(polygons, pa.list_(pa.float32())))


@given(_POLYGONS)
def test_bounds_are_those_of_the_contract(polygons: list[list[tuple[float, float]]]) -> None:
    flat = [[value for point in points for value in point] for points in polygons]
    columns = _columns(flat)
    found = np.stack([columns[side] for side in ("left", "top", "right", "bottom")], axis=1)
    assert [tuple(box) for box in found.tolist()] == [bounding_box(polygon) for polygon in flat]
    assert columns["coordinates"].tolist() == [len(polygon) for polygon in flat]


def test_thickness_tells_lines_from_areas() -> None:
    square = [0, 0, 2, 0, 2, 2, 0, 2]
    slanted_line = [0, 0, 100, 50, 200, 100, 50, 25]
    crossing = [0, 0, 10, 10, 10, 0, 0, 10]
    thickness = _columns([square, slanted_line, crossing])["thickness"]
    assert thickness[0] == 1.0
    assert thickness[1] < 1e-6
    assert thickness[2] == 5.0
    assert [is_degenerate(p) for p in (square, slanted_line, crossing)] == [False, True, False]


def test_what_cannot_be_measured_is_counted_and_disturbs_no_other() -> None:
    good = [1, 2, 3, 2, 3, 5]
    polygons = [good, [], [1, 2, 3], [1, math.nan, math.inf, 2, 3, 4], good]
    columns = _columns(polygons)
    assert columns["coordinates"].tolist() == [6, 0, 3, 6, 6]
    assert columns["unpaired"].tolist() == [0, 0, 1, 0, 0]
    assert columns["non_finite"].tolist() == [0, 0, 0, 2, 0]
    assert np.isnan(columns["left"]).tolist() == [False, True, True, True, False]
    for side, value in {"left": 1, "top": 2, "right": 3, "bottom": 5}.items():
        assert columns[side][[0, 4]].tolist() == [value, value]


def test_no_polygons() -> None:
    assert {len(column) for column in _columns([]).values()} == {0}
