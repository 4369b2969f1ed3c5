"""Random changes to training images: picture and polygons move as one, no word is cut silently."""

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model.augment import (
    AugmentSettings,
    JitterSettings,
    View,
    Window,
    jitter,
    random_view,
    seen_regions,
    text_height,
    whole_view,
)
from model.transforms import FILL, Fit

IMAGE = np.arange(40 * 60 * 3, dtype=np.uint32).reshape(40, 60, 3).astype(np.uint8)
CANVAS = (160, 96)
WILD = AugmentSettings(width=160, height=96, scale=(0.5, 3.0), stretch=0.5, around_text=0.5)

seeds = st.integers(0, 2**32 - 1)
sizes = st.tuples(st.integers(1, 400), st.integers(1, 400))


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=float)


def window_view(left: int, top: int, width: int, height: int) -> View:
    """A part of an image as it is, without scaling."""
    return View(Window(left, top, width, height), Fit(width, height, width, height, width, height))


def random_quad(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A slanted rectangle somewhere about the image, at times across its border."""
    centre = rng.uniform(0, size)
    long, short = rng.uniform(4, 60), rng.uniform(4, 30)
    corners = np.array([[-long, -short], [long, -short], [long, short], [-long, short]]) / 2
    angle = rng.uniform(-0.6, 0.6)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return centre + corners @ turn


def mask(polygon: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(height, width) 0 or 255: the polygon's pixels, at a 16th of a pixel."""
    canvas = np.zeros((size[1], size[0]), dtype=np.uint8)
    points = np.rint((polygon - 0.5) * 16).astype(np.int32)
    return cv2.fillPoly(canvas, [points], 255, shift=4)


def covered(quad: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(height, width) bool: pixels with their centre inside a convex quad, clockwise on screen; a
    mask has pixels of its outline too, some of which lie outside it."""
    columns, rows = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5)
    inside = np.ones((size[1], size[0]), dtype=bool)
    for (x, y), (to_x, to_y) in zip(quad, np.roll(quad, -1, axis=0), strict=True):
        inside &= (to_x - x) * (rows - y) - (to_y - y) * (columns - x) >= 0
    return inside


@settings(max_examples=80, deadline=None)
@given(seeds, st.tuples(st.integers(24, 400), st.integers(24, 400)))
def test_a_polygon_and_its_mask_move_as_one(seed: int, size: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    quad = random_quad(rng, size)
    view = random_view(size, [quad], np.array([True]), CANVAS, WILD, rng)
    picture = np.repeat(mask(quad, size)[..., None], 3, axis=2)
    moved_mask = view.picture(picture)[..., 0] > 127
    placed = view.placed
    inside = np.zeros(moved_mask.shape, dtype=bool)
    rows = slice(placed.top, placed.top + placed.resized_height)
    columns = slice(placed.left, placed.left + placed.resized_width)
    inside[rows, columns] = True
    # Outlines are drawn to whole pixels, here and on the image, whose pixels are wider or narrower;
    # the margin holds the outline of what lies just beyond the canvas.
    reach = int(np.ceil(1.5 * max(placed.scale))) + 1
    around = (CANVAS[0] + 2 * reach, CANVAS[1] + 2 * reach)
    wanted = mask(view.polygons([quad])[0] + reach, around)
    square = np.ones((2 * reach + 1, 2 * reach + 1))
    surely = cv2.erode(wanted, square)[reach:-reach, reach:-reach] > 0
    possibly = cv2.dilate(wanted, square)[reach:-reach, reach:-reach] > 0
    assert not (inside & surely & ~moved_mask).any()
    assert not (inside & moved_mask & ~possibly).any()


@settings(max_examples=80, deadline=None)
@given(seeds, sizes)
def test_a_view_lies_in_the_image_and_on_the_canvas(seed: int, size: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    quad = random_quad(rng, size)
    view = random_view(size, [quad], np.array([True]), CANVAS, WILD, rng)
    window, placed = view.window, view.placed
    assert window.left >= 0 and window.left + window.width <= size[0] and window.width >= 1
    assert window.top >= 0 and window.top + window.height <= size[1] and window.height >= 1
    assert placed.left >= 0 and placed.left + placed.resized_width <= CANVAS[0]
    assert placed.top >= 0 and placed.top + placed.resized_height <= CANVAS[1]
    assert view.picture(np.zeros((size[1], size[0], 3), np.uint8)).shape == (96, 160, 3)


@settings(max_examples=80, deadline=None)
@given(seeds, sizes)
@example(389, (389, 4))
def test_no_word_is_cut_without_its_rest_becoming_dont_care(
    seed: int, size: tuple[int, int]
) -> None:
    """The share of a care word's visible pixels that the canvas shows is all or nothing."""
    rng = np.random.default_rng(seed)
    quads = [random_quad(rng, size) for _ in range(4)]
    view = random_view(size, quads, np.ones(4, bool), CANVAS, WILD, rng)
    for quad in quads:
        kept, care = seen_regions([quad], np.array([True]), size, view, 0.0)
        visible = covered(quad, size)
        rows, columns = view.window.pixels
        shown = visible[rows, columns].sum()
        if care.any():
            assert shown == visible.sum()
        if not kept:
            assert shown == 0


def test_a_window_around_text_shows_the_whole_word_where_it_can() -> None:
    word = box(300, 200, 340, 212)
    sure = AugmentSettings(width=160, height=96, scale=(4.0, 4.0), around_text=1.0)
    lefts = set()
    for seed in range(50):
        rng = np.random.default_rng(seed)
        view = random_view((640, 384), [word], np.array([True]), CANVAS, sure, rng)
        _, care = seen_regions([word], np.array([True]), (640, 384), view, 0.0)
        assert care.tolist() == [True]
        lefts.add(view.window.left)
    assert len(lefts) > 10


def test_a_word_larger_than_the_window_is_shown_by_its_middle() -> None:
    word = box(100, 100, 600, 140)
    sure = AugmentSettings(width=160, height=96, scale=(4.0, 4.0), around_text=1.0)
    view = random_view((640, 384), [word], np.array([True]), CANVAS, sure, np.random.default_rng(0))
    assert view.window.left + view.window.width / 2 == pytest.approx(350, abs=1)


def test_dont_care_text_is_never_what_a_window_is_laid_around() -> None:
    word = box(600, 370, 630, 380)
    sure = AugmentSettings(width=160, height=96, scale=(4.0, 4.0), around_text=1.0)
    views = [
        random_view((640, 384), [word], np.array([False]), CANVAS, sure, np.random.default_rng(s))
        for s in range(20)
    ]
    assert any(view.window.left + view.window.width < 600 for view in views)


def test_scales_stay_in_their_range_and_reach_its_ends() -> None:
    wanted = AugmentSettings(width=160, height=96, scale=(0.5, 2.0))
    rng = np.random.default_rng(3)
    views = [random_view((160, 96), [], np.zeros(0, bool), CANVAS, wanted, rng) for _ in range(300)]
    scales = np.array([view.placed.scale for view in views])
    assert scales.min() > 0.48 and scales.max() < 2.05
    assert scales.min() < 0.55 and scales.max() > 1.85
    small = [view.placed for view in views if view.placed.resized_width < 120]
    assert len({placed.left for placed in small}) > 10  # the picture stands anywhere


def test_padding_has_its_colour() -> None:
    wanted = AugmentSettings(width=160, height=96, scale=(0.5, 0.5))
    view = random_view((160, 96), [], np.zeros(0, bool), CANVAS, wanted, np.random.default_rng(1))
    out = view.picture(np.full((96, 160, 3), 7, np.uint8))
    assert (out == 7).all(axis=2).sum() == view.placed.resized_width * view.placed.resized_height
    assert ((out == 7) | (out == FILL)).all()


def test_the_whole_view_is_what_the_network_sees_in_use() -> None:
    view = whole_view(60, 40, 120, 96)
    assert view.window == Window(0, 0, 60, 40)
    assert view.placed == Fit(60, 40, 120, 80, 120, 96)


def test_regions_move_with_the_window_and_drop_out_of_it() -> None:
    polygons = [box(20, 12, 30, 18), box(0, 0, 9, 9), box(50, 10, 60, 20)]
    view = window_view(10, 10, 40, 25)
    moved, care = seen_regions(polygons, np.ones(3, bool), (60, 40), view, 0.0)
    assert (view.picture(IMAGE) == IMAGE[10:35, 10:50]).all()
    assert [m.tolist() for m in moved] == [box(10, 2, 20, 8).tolist()]
    assert care.tolist() == [True]


def test_a_word_that_the_window_cuts_becomes_dont_care() -> None:
    polygons = [box(5, 12, 30, 18), box(12, 12, 30, 18), box(12, 20, 30, 24)]
    flags = np.array([True, True, False])
    _, care = seen_regions(polygons, flags, (60, 40), window_view(10, 10, 40, 25), 0.0)
    assert care.tolist() == [False, True, False]


def test_a_word_that_the_image_itself_cuts_stays_care() -> None:
    view = window_view(0, 0, 40, 25)
    _, care = seen_regions([box(-4, -2, 20, 9)], np.array([True]), (60, 40), view, 0.0)
    assert care.tolist() == [True]


def test_words_too_low_to_read_become_dont_care() -> None:
    polygons = [box(2, 2, 30, 8), box(2, 12, 30, 20)]
    view = window_view(0, 0, 60, 40)
    _, care = seen_regions(polygons, np.ones(2, bool), (60, 40), view, 7.0)
    assert care.tolist() == [False, True]


def test_the_height_of_slanted_text_is_measured_across_its_run() -> None:
    angle = np.pi / 6
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    assert text_height(box(0, 0, 50, 8) @ turn) == pytest.approx(8, abs=1e-3)


def test_no_regions() -> None:
    moved, care = seen_regions([], np.zeros(0, bool), (60, 40), window_view(0, 0, 40, 25), 0.0)
    assert moved == [] and care.dtype == np.bool_ and len(care) == 0


def test_jitter_changes_the_image_the_same_way_for_the_same_generator() -> None:
    one, two = (jitter(IMAGE, np.random.default_rng(5)) for _ in range(2))
    other = jitter(IMAGE, np.random.default_rng(6))
    assert (one == two).all() and one.shape == IMAGE.shape and one.dtype == np.uint8
    assert (one != other).any() and (one != IMAGE).any()


def test_jitter_of_nothing_changes_nothing() -> None:
    none = JitterSettings(brightness=0, contrast=0, colour=0)
    assert (jitter(IMAGE, np.random.default_rng(0), none) == IMAGE).all()


def test_jitter_keeps_the_order_of_grey_levels() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    for seed in range(20):
        out = jitter(ramp, np.random.default_rng(seed)).astype(int)
        assert (np.diff(out, axis=1) >= 0).all()
