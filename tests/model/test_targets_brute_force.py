"""Assignment of anchors against the brute-force version, on random and adversarial layouts.

Defects of the public version that these tests would show in it: don't-care regions that become
positive text, narrow regions that become background, and slices beyond the 256th that are lost.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.slices import cut
from model.targets import TargetSettings, assign
from tests.model.brute_force import DEFAULT, Box, assigned, slices_of

HEIGHTS = (5, 11, 16, 33, 68)
ROWS, COLUMNS = 8, 10
WIDTH, HEIGHT = 16 * COLUMNS, 16 * ROWS

Layout = list[tuple[np.ndarray, bool]]


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=float)


def check(
    layout: Layout,
    width: float = WIDTH,
    height: float = HEIGHT,
    exhaustive: bool = True,
    grid: tuple[int, int, tuple[float, ...]] = (ROWS, COLUMNS, HEIGHTS),
    by: TargetSettings = DEFAULT,
    origin: tuple[float, float] = (0.0, 0.0),
) -> None:
    """The two versions agree; labels exactly, offsets to float32's rounding."""
    regions, care = [region for region, _ in layout], [cared for _, cared in layout]
    found = assign(
        regions, np.array(care, bool), *grid, width, height, exhaustive, by, origin=origin
    )
    picture = Box(*origin, origin[0] + width, origin[1] + height)
    wanted = assigned(regions, care, grid, picture, exhaustive, by)
    assert found.labels.tolist() == wanted.labels.tolist()
    np.testing.assert_allclose(found.vertical, wanted.vertical, atol=2e-5)
    np.testing.assert_allclose(found.side, wanted.side, atol=1e-5)
    assert (found.side_mask == wanted.side_mask).all()


# Quarters of a pixel: all of a box's arithmetic is exact, and ties and thresholds are likely.
quarter_box = st.builds(
    lambda x, y, w, h: box(x / 4, y / 4, (x + w) / 4, (y + h) / 4),
    st.integers(-80, 4 * WIDTH),
    st.integers(-80, 4 * HEIGHT),
    st.integers(0, 360),
    st.integers(0, 280),
)
box_layouts = st.lists(st.tuples(quarter_box, st.booleans()), max_size=10)


@settings(deadline=None, max_examples=60)
@given(box_layouts, st.integers(1, WIDTH), st.integers(1, HEIGHT), st.booleans())
def test_boxes_are_assigned_as_by_brute_force(
    layout: Layout, width: int, height: int, exhaustive: bool
) -> None:
    check(layout, width, height, exhaustive)


def random_polygon(rng: np.random.Generator) -> np.ndarray:
    """A slanted word, or any three to six points, which may cross each other."""
    if rng.random() < 0.3:
        return rng.uniform(-20, (WIDTH + 20, HEIGHT + 20), (rng.integers(3, 7), 2))
    length, tall, angle = rng.uniform(0.1, 150), rng.uniform(0.1, 60), rng.normal(0, 0.4)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (length / 2, tall / 2)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return corners @ turn + rng.uniform(-10, (WIDTH + 10, HEIGHT + 10))


@pytest.mark.parametrize("seed", range(40))
def test_polygons_are_assigned_as_by_brute_force(seed: int) -> None:
    """Points in general position, so that no threshold is met but by rounding."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(0, 12))
    layout = [(random_polygon(rng), bool(rng.random() < 0.7)) for _ in range(count)]
    check(layout, rng.uniform(1, WIDTH), rng.uniform(1, HEIGHT), bool(seed % 3))


@pytest.mark.parametrize("seed", range(20))
def test_a_picture_may_lie_anywhere_on_the_grid(seed: int) -> None:
    rng = np.random.default_rng(500 + seed)
    layout = [(random_polygon(rng), bool(rng.random() < 0.7)) for _ in range(8)]
    left, top = rng.uniform(0, (WIDTH - 2, HEIGHT - 2))
    size = rng.uniform(1, WIDTH - left), rng.uniform(1, HEIGHT - top)
    check(layout, *size, bool(seed % 2), origin=(left, top))


@pytest.mark.parametrize("seed", range(60))
def test_slices_are_those_of_exact_arithmetic(seed: int) -> None:
    rng = np.random.default_rng(1000 + seed)
    regions = [random_polygon(rng) for _ in range(10)]
    found, wanted = cut(regions, WIDTH, HEIGHT), slices_of(regions, Box(0, 0, WIDTH, HEIGHT))
    assert found.region.tolist() == [piece.region for piece in wanted]
    assert found.column.tolist() == [piece.column for piece in wanted]
    for name in ("top", "bottom"):
        values = [getattr(piece.box, name) for piece in wanted]
        np.testing.assert_allclose(getattr(found, name), values, atol=1e-4, err_msg=name)
    for name in ("left", "right"):
        values = [getattr(piece, name) for piece in wanted]
        np.testing.assert_allclose(getattr(found, name), values, atol=1e-4, err_msg=name)


def stacked(count: int, step: float, height: float) -> list[np.ndarray]:
    return [box(0, step * i, WIDTH, step * i + height) for i in range(count)]


LAYOUTS = {
    "none": [],
    "pixel": [box(80, 64, 81, 65)],
    "wide": [box(0, 50, WIDTH, 70)],
    "wider than the image": [box(-40, 50, WIDTH + 40, 70)],
    "all": [box(0, 0, WIDTH, HEIGHT)],
    "equal": [box(32, 32, 64, 48)] * 5,
    "dense": stacked(40, 3, 2),
    "rows": stacked(8, 16, 16),
    "overlapping": [box(32, 32, 64, 48), box(32, 40, 64, 56)],
    "crossing": [box(0, 60, WIDTH, 68), box(70, 0, 90, HEIGHT)],
    "nested": [box(20, 20, 140, 100), box(40, 50, 120, 60), box(60, 54, 70, 57)],
    "corners": [
        box(0, 0, 20, 9), box(140, 0, WIDTH, 9),
        box(0, 120, 20, HEIGHT), box(140, 120, WIDTH, HEIGHT),
    ],
    "borders from outside": [
        box(-30, 40, 0, 60), box(WIDTH, 40, WIDTH + 30, 60),
        box(40, -20, 80, 0), box(40, HEIGHT, 80, HEIGHT + 20),
    ],
    "half outside": [box(-30, -10, 10, 10), box(150, 118, 200, 140)],
    "thinner than a pixel": [box(50, 30, 50.25, 60), box(90, 70, 130, 70.25)],
    "without any size": [box(50, 30, 50, 60), box(90, 70, 130, 70), box(8, 8, 8, 8)],
    "in the outermost pixel": [box(WIDTH - 1, HEIGHT - 1, WIDTH, HEIGHT), box(0, 0, 1, 1)],
    "on a border of columns": [box(63, 20, 65, 40), box(79.5, 60, 80.5, 80)],
    "upright": [box(70, 0, 74, HEIGHT)],
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("pattern", [[True], [False], [True, False], [False, True]])
def test_adversarial_layouts(name: str, pattern: list[bool]) -> None:
    regions = LAYOUTS[name]
    layout = list(zip(regions, (pattern * len(regions))[: len(regions)], strict=True))
    for exhaustive in (True, False):
        check(layout, exhaustive=exhaustive)


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("size", [(77, 50), (1, 1), (16.5, HEIGHT)])
def test_words_in_the_padding(name: str, size: tuple[float, float]) -> None:
    """The picture ends before the grid does: words beyond it are none, others are cut."""
    layout = [(region, i % 3 != 1) for i, region in enumerate(LAYOUTS[name])]
    check(layout, *size)
    check(layout, *size, exhaustive=False)


@pytest.mark.parametrize("cares", [1.0, 0.5, 0.0])
def test_four_hundred_regions(cares: float) -> None:
    rng = np.random.default_rng(4)
    corners = rng.integers(0, (4 * 480, 4 * 288), (400, 2)) / 4
    sizes = rng.integers(1, (240, 100), (400, 2)) / 4
    layout = [
        (box(*corner, *(corner + size)), bool(rng.random() < cares))
        for corner, size in zip(corners, sizes, strict=True)
    ]
    check(layout, 480, 288, grid=(18, 30, (8, 16, 33)))


def test_every_setting_is_followed() -> None:
    by = TargetSettings(0.6, 0.3, 0.8, 0.9, 20.0, False, 0.4)
    for seed in range(8):
        rng = np.random.default_rng(2000 + seed)
        layout = [(random_polygon(rng), bool(rng.random() < 0.7)) for _ in range(8)]
        check(layout, WIDTH - 20.5, HEIGHT - 9.5, bool(seed % 2), by=by)
