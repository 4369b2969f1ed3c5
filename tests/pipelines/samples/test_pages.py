"""Drawn pages: outlines sit tight around the ink, words keep apart."""

import itertools

import numpy as np
import pytest

from manifests.geometry import bounding_box
from pipelines.samples import pages
from pipelines.samples.fonts import random_font
from pipelines.samples.pages import Style, draw_page
from pipelines.samples.words import random_word

LEVEL = Style(blur=0.0)
SLANTED = Style(slant=20.0, blur=0.0)


@pytest.mark.parametrize("style", [LEVEL, SLANTED])
def test_outlines_lie_inside_and_apart(style: Style) -> None:
    for seed in range(25):
        page = draw_page(np.random.default_rng(seed), style)
        width, height = page.size
        assert page.words
        for word in page.words:
            left, top, right, bottom = word.box
            assert left >= 0 and top >= 0 and right <= width and bottom <= height
        if style is LEVEL:
            for one, other in itertools.combinations((word.box for word in page.words), 2):
                apart_x = one[2] <= other[0] or other[2] <= one[0]
                assert apart_x or one[3] <= other[1] or other[3] <= one[1]


@pytest.fixture
def black(monkeypatch: pytest.MonkeyPatch) -> None:
    """Black grounds, so that whatever is not black is ink."""

    def paint(rng: np.random.Generator, width: int, height: int, light: bool) -> np.ndarray:
        return np.zeros((height, width, 3), np.float32)

    monkeypatch.setattr(pages, "random_background", paint)
    monkeypatch.setattr(pages, "random_colour", lambda rng, light: np.full(3, 255.0))


@pytest.mark.usefixtures("black")
def test_level_boxes_are_whole_pixels_and_tight() -> None:
    """All visible ink is inside the boxes, and every side of a box touches visible ink."""
    for seed in range(25):
        page = draw_page(np.random.default_rng(seed), LEVEL)
        ink = page.pixels[..., 0] >= 64
        covered = np.zeros_like(ink)
        for word in page.words:
            left, top, right, bottom = (int(side) for side in word.box)
            assert (left, top, right, bottom) == word.box
            inside = ink[top:bottom, left:right]
            assert inside[0].any() and inside[-1].any(), (seed, word.text)
            assert inside[:, 0].any() and inside[:, -1].any(), (seed, word.text)
            covered[top:bottom, left:right] = True
        assert not (ink & ~covered).any()


@pytest.mark.usefixtures("black")
def test_slanted_outlines_hold_the_ink_and_reach_it_on_every_side() -> None:
    for seed in range(25):
        page = draw_page(np.random.default_rng(seed), SLANTED)
        rows, columns = np.nonzero(page.pixels[..., 0] >= 96)
        points = np.stack([columns + 0.5, rows + 0.5], axis=1)
        held = np.zeros(len(points), bool)
        for word in page.words:
            depths = _depths(word.polygon, points)
            inside = (depths > -0.75).all(axis=1)
            held |= inside
            assert (depths[inside].min(axis=0) < 3).all(), (seed, word.text)
        assert held.all()


def _depths(polygon: tuple[float, ...], points: np.ndarray) -> np.ndarray:
    """(N, 4) distance of points from the sides, in pixels, positive inside."""
    corners = np.array(polygon).reshape(4, 2)
    along = np.roll(corners, -1, axis=0) - corners
    normals = np.stack([-along[:, 1], along[:, 0]], axis=1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return ((points[:, None] - corners[None]) * normals[None]).sum(axis=2)


def test_slanted_outlines_run_clockwise_from_the_top_left_of_the_text() -> None:
    seen = False
    for seed in range(25):
        for word in draw_page(np.random.default_rng(seed), SLANTED).words:
            x0, y0, x1, y1, x2, y2, x3, y3 = word.polygon
            along, down = np.array([x1 - x0, y1 - y0]), np.array([x3 - x0, y3 - y0])
            assert along[0] > 0 and down[1] > 0
            assert abs(along @ down) < 1e-6 * (along @ along)
            assert (x2 - x1, y2 - y1) == pytest.approx(tuple(down))
            assert abs(np.degrees(np.arctan2(along[1], along[0]))) <= 20
            seen |= abs(along[1]) > 3
    assert seen


def test_given_texts_are_all_there() -> None:
    page = draw_page(np.random.default_rng(1), LEVEL, ["$5,000", "CAFÉ", "Genaxis Theatre"])
    assert [word.text for word in page.words[:3]] == ["$5,000", "CAFÉ", "Genaxis Theatre"]


def test_a_text_that_cannot_fit_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="no room"):
        draw_page(np.random.default_rng(1), LEVEL, ["endless " * 30])


def test_letters_are_as_high_as_the_style_says() -> None:
    style = Style(sizes=((960, 576),), letters=(20.0, 24.0), lines=(1, 1), words=(1, 1), blur=0.0)
    heights = []
    for seed in range(20):
        box = bounding_box(draw_page(np.random.default_rng(seed), style, ["HHH"]).words[0].polygon)
        heights.append(box[3] - box[1])
    assert min(heights) > 34 and max(heights) < 62  # 960 wide: twice the size in the frame


def test_a_word_without_ink_is_an_error() -> None:
    with pytest.raises(ValueError, match="no visible ink"):
        random_font(np.random.default_rng(1), 20.0)(" ")


def test_words_are_printable_and_varied() -> None:
    rng = np.random.default_rng(1)
    words = [random_word(rng) for _ in range(200)]
    assert all(word.isascii() and word.isprintable() and len(word) >= 3 for word in words)
    assert len(set(words)) > 120
