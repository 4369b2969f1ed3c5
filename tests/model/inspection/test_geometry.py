"""Sizes, tilts and the best anchor of a slice, against loops over every anchor."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifests.geometry import polygon_from_box
from model.anchors import anchor_grid
from model.config import load_config
from model.inspection import geometry
from model.inspection.geometry import best_iou, grid_of, place, tilts, widths, written_sizes
from model.slices import cut
from model.transforms import fit
from tests.model.plain_preset import PLAIN

NETWORK = load_config(PLAIN, ["network.input_width=160", "network.input_height=96"]).network
GRID = grid_of(NETWORK)


def points(*numbers: float) -> np.ndarray:
    return np.array(numbers, dtype=np.float64).reshape(-1, 2)


def _best(column: int, top: float, bottom: float) -> float:
    """Over every anchor of the grid, as boxes."""
    best = 0.0
    for left, up, right, down in anchor_grid(6, 10, NETWORK.anchor_heights).reshape(-1, 4):
        across = min(right, 16 * (column + 1)) - max(left, 16 * column)
        shared = max(across, 0) * max(min(down, bottom) - max(up, top), 0)
        area = 16 * (bottom - top) + (right - left) * (down - up) - shared
        best = max(best, shared / area)
    return best


_BOX = st.tuples(*[st.floats(-20, 170, width=32)] * 2, *[st.floats(0.5, 120, width=32)] * 2)


@settings(max_examples=25)
@given(st.lists(_BOX, min_size=1, max_size=4), st.sampled_from([1, 3, 1000]))
def test_the_best_anchor_of_each_slice(
    boxes: list[tuple[float, float, float, float]], at_once: int
) -> None:
    polygons = [points(*polygon_from_box(x, y, x + w, y + h)) for x, y, w, h in boxes]
    slices = cut(polygons, 160, 96)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(geometry, "SLICES_AT_ONCE", at_once)
        found = best_iou(slices, GRID)
    wanted = [
        _best(column, top, bottom)
        for column, top, bottom in zip(slices.column, slices.top, slices.bottom, strict=True)
    ]
    assert found.tolist() == pytest.approx(wanted, abs=1e-6)


def test_a_region_is_measured_on_the_network_s_input() -> None:
    """320 x 160 is halved; 33 px is an anchor's height."""
    placed = fit(320, 160, 160, 96)
    centre = 40.0  # of the third row of anchors, on the input
    good = points(*polygon_from_box(64, 2 * centre - 33, 128, 2 * centre + 33))
    outside = points(*polygon_from_box(400, 10, 460, 30))
    found = place([good, outside], placed, GRID, 0.7)
    assert found.width.tolist() == [32, 0]
    assert found.height[0] == pytest.approx(33)
    assert math.isnan(found.height[1])
    assert found.slices.tolist() == [2, 0]
    assert found.unreached.tolist() == [0, 0]
    low = points(*polygon_from_box(64, 2 * 24, 128, 2 * 32))  # between two rows
    assert place([low], placed, GRID, 0.7).unreached.tolist() == [2]


def test_no_regions() -> None:
    found = place([], fit(320, 160, 160, 96), GRID, 0.7)
    assert [len(x) for x in (found.width, found.height, found.slices, found.unreached)] == [0] * 4
    assert len(tilts([], [])) == 0


def test_widths_end_at_the_picture_s_borders() -> None:
    boxes = [polygon_from_box(*box) for box in ((-8, 0, 8, 9), (90, 0, 120, 9), (5, 0, 9, 9))]
    assert widths([points(*box) for box in boxes], 100).tolist() == [8, 10, 4]


@pytest.mark.parametrize(
    ("polygon", "text", "degrees"),
    [
        (points(0, 0, 40, 0, 40, 10, 0, 10), "word", 0),
        (points(0, 0, 40, 40, 30, 50, -10, 10), "word", 45),
        (points(0, 0, 40, -20, 45, -10, 5, 10), "word", -26.57),
        (points(40, 10, 0, 10, 0, 0, 40, 0), "word", 0),  # upside down
        (points(0, 10, 0, 0, 40, 0, 40, 10), "word", 0),  # begun at another corner
        (points(0, 0, 0, 10, 40, 10, 40, 0), "word", 0),  # the other way round
        (points(0, 0, 20, 0, 20, 60, 0, 60), "word", 90),
        (points(0, 0, 20, 0, 20, 60, 0, 60), "I", 0),
        (points(0, 0, 20, 0, 20, 60, 0, 60), None, 0),
        (points(0, 0, 20, 0, 20, 25, 0, 25), "its", 0),
        (points(0, 0, 20, 20, 40, 40, 38, 42, 18, 22, -2, 2), "word", 45),
        (points(0, 0, 10, 0, 10, 60, 10, 100, 0, 100), "word", 90),
        (points(0, 0, 10, 0, 10, 60, 10, 100, 0, 100), "I", 0),
    ],
)
def test_tilts(polygon: np.ndarray, text: str | None, degrees: float) -> None:
    (tilt,) = tilts([polygon], [text])
    assert min(abs(tilt - degrees), 180 - abs(tilt - degrees)) == pytest.approx(0, abs=3)


@pytest.mark.parametrize(
    ("raw", "width"),
    [
        ('10, 20, 25, 40, "word"', 15),
        ("10 20 25 40 word", 15),
        ("10,20,26,20,26,41,10,41,word", 16),
        ('10,20,16,21,"word"', 16),
        ("<taggedRectangle height='21' width='16' x='10' y='20'>", 16),
        ("", 16),
    ],
)
def test_sizes_are_those_that_the_source_writes(raw: str, width: int) -> None:
    """Our box is 10, 20, 26, 41, half-open."""
    sizes = written_sizes(np.array([[10.0, 20.0, 26.0, 41.0]]), [raw])
    assert sizes.tolist() == [[width, width + 5]]
    assert written_sizes(np.zeros((0, 4)), []).shape == (0, 2)
