"""A view puts every pixel of a picture, and of a polygon on it, exactly where it belongs."""

import numpy as np
import pytest

from model.augment import View, Window
from model.transforms import FILL, Fit

SIZE = (40, 24)
WINDOW = Window(5, 3, 12, 8)
CANVAS = (64, 48)
PLACES = [(0, 0), (7, 11), (CANVAS[0] - 36, CANVAS[1] - 24)]
BOXES = [(8, 5, 14, 9), (8, 5, 9, 6), (5, 3, 17, 11), (0, 0, 7, 5), (13, 8, 30, 20)]
"""Inside the window, one pixel, the whole window, and across two of its corners."""
SLANTED = np.array([[6.3, 4.2], [15.1, 5.9], [14.6, 9.7], [5.7, 7.4]])

each_view = pytest.mark.parametrize(
    ("scale", "place"), [(scale, place) for scale in (1, 2, 3) for place in PLACES]
)


def view_of(scale: int, place: tuple[int, int]) -> View:
    """WINDOW, ``scale`` times as large, with its top left at ``place`` on CANVAS."""
    width, height = WINDOW.width * scale, WINDOW.height * scale
    return View(WINDOW, Fit(WINDOW.width, WINDOW.height, width, height, *CANVAS, *place))


def repeated(image: np.ndarray, scale: int) -> np.ndarray:
    """The window's pixels, each ``scale`` x ``scale`` times."""
    part = image[WINDOW.top : WINDOW.top + WINDOW.height, WINDOW.left : WINDOW.left + WINDOW.width]
    return np.repeat(np.repeat(part, scale, axis=0), scale, axis=1)


def laid(large: np.ndarray, place: tuple[int, int], around: object) -> np.ndarray:
    """An array at ``place`` on a canvas that holds ``around`` everywhere else."""
    canvas = np.empty((CANVAS[1], CANVAS[0], *large.shape[2:]), large.dtype)
    canvas[:] = around
    canvas[place[1] : place[1] + large.shape[0], place[0] : place[0] + large.shape[1]] = large
    return canvas


def alone(large: np.ndarray) -> np.ndarray:
    """(height, width) pixels that equal all 8 around them, so that interpolation, which blends an
    enlarged pixel with the one next to it, cannot change them."""
    height, width = large.shape[:2]
    wide = np.pad(large, ((1, 1), (1, 1), (0, 0)), mode="edge")
    around = [wide[y : y + height, x : x + width] for y in range(3) for x in range(3)]
    return np.all([(other == large).all(axis=2) for other in around], axis=0)


def inside(polygon: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(len(y), len(x)) whether a point lies in a convex polygon, clockwise on the screen."""
    sides = []
    for (x1, y1), (x2, y2) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        sides.append((x2 - x1) * (y[:, None] - y1) - (y2 - y1) * (x[None] - x1) > 0)
    return np.all(sides, axis=0)


def corners(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=float)


def box_mask(box: tuple[int, int, int, int]) -> np.ndarray:
    left, top, right, bottom = box
    mask = np.zeros((SIZE[1], SIZE[0]), bool)
    mask[top:bottom, left:right] = True
    return mask


@each_view
def test_pixels_of_the_picture(scale: int, place: tuple[int, int]) -> None:
    colours = np.random.default_rng(4).integers(0, 256, (12, 20, 3), dtype=np.uint8)
    image = np.repeat(np.repeat(colours, 2, axis=0), 2, axis=1)
    large = repeated(image, scale)
    seen, wanted = view_of(scale, place).picture(image), laid(large, place, FILL)
    compared = laid(alone(large) if scale > 1 else np.ones(large.shape[:2], bool), place, True)
    assert compared.mean() > 0.5
    np.testing.assert_array_equal(seen[compared], wanted[compared])


@each_view
@pytest.mark.parametrize("box", BOXES)
def test_pixels_of_a_polygon_and_of_its_mask(
    scale: int, place: tuple[int, int], box: tuple[int, int, int, int]
) -> None:
    view, mask = view_of(scale, place), box_mask(box)
    wanted = laid(repeated(mask, scale), place, False)
    picture = view.picture(np.repeat(mask[..., None], 3, axis=2).astype(np.uint8) * 255)
    content = laid(repeated(np.ones_like(mask), scale), place, False)
    # A pixel inside at a corner keeps (2 / 3)^2 at least, one outside has at most 1 / 3.
    np.testing.assert_array_equal((picture[..., 0] > 0.4 * 255) & content, wanted)
    (moved,) = view.polygons([corners(*box)])
    x, y = np.arange(CANVAS[0]) + 0.5, np.arange(CANVAS[1]) + 0.5
    np.testing.assert_array_equal(inside(moved, x, y) & content, wanted)


@each_view
def test_pixels_of_a_slanted_polygon(scale: int, place: tuple[int, int]) -> None:
    x, y = np.arange(SIZE[0]) + 0.5, np.arange(SIZE[1]) + 0.5
    wanted = inside(SLANTED, x, y)
    assert 20 < wanted.sum() < 50
    (moved,) = view_of(scale, place).polygons([SLANTED])
    on_canvas = ((x - WINDOW.left) * scale + place[0], (y - WINDOW.top) * scale + place[1])
    np.testing.assert_array_equal(inside(moved, *on_canvas), wanted)
