"""Lines are drawn where they are, as they slant, whatever the picture's size."""

import cv2
import numpy as np
import pytest

from model.detector.results import Detection, Line
from model.predicting.drawing import FOUND, draw_lines, encode_jpeg


def drawn(width: int, height: int, *corners: tuple[float, float]) -> np.ndarray:
    first, second, third, fourth = corners
    found = Detection(width, height, (Line((first, second, third, fourth), 0.876),))
    return draw_lines(np.zeros((height, width, 3), np.uint8), found)


def test_a_slanted_line_is_drawn_slanted() -> None:
    picture = drawn(960, 600, (200, 200), (600, 300), (600, 340), (200, 240))
    assert picture.shape == (600, 960, 3)
    # On the middle of each side, and not where an upright box would have one.
    for x, y in ((400, 250), (600, 320), (400, 290), (200, 220)):
        assert (picture[y - 1 : y + 2, x - 1 : x + 2] == FOUND).all(axis=2).any()
    assert not picture[200, 500].any()


def test_the_score_stands_above_the_line() -> None:
    picture = drawn(960, 600, (200, 200), (600, 200), (600, 240), (200, 240))
    ground = (picture[190:198, 200:230] == FOUND).all(axis=2)
    assert ground.mean() > 0.3


@pytest.mark.parametrize("size", [(1, 1), (1, 20000), (20000, 30), (6000, 4000), (70000, 1)])
def test_pictures_of_any_size_are_drawn_at_their_own(size: tuple[int, int]) -> None:
    width, height = size
    picture = drawn(width, height, (0, 0), (width, 0), (width, height), (0, height))
    zoom = min(max(1, 960 / max(size)), 4, 65500 / max(size))
    assert picture.shape == (max(1, round(height * zoom)), max(1, round(width * zoom)), 3)
    data = encode_jpeg(picture)
    assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape == picture.shape


def thickness(side: int, height: float) -> int:
    """Rows that the outline of a line of a height colours where its top side is crossed."""
    top = side / 2
    across = (0.2 * side, 0.8 * side)
    corners = [(across[0], top), (across[1], top), (across[1], top + height)]
    picture = drawn(side, side, *corners, (across[0], top + height))
    column = picture[side // 2 - side // 10 : side // 2 + round(height / 2), round(0.7 * side)]
    return int((column[:, 0] > FOUND[0] // 2).sum())


def test_outlines_are_as_thick_as_the_picture_is_large_and_thin_on_low_lines() -> None:
    assert thickness(2000, 200) > thickness(960, 200) >= 2
    assert thickness(2000, 12) == thickness(960, 12) == 1


def found(*boxes: tuple[int, int, int, int]) -> Detection:
    lines = (
        Line(((left, top), (right, top), (right, bottom), (left, bottom)), 0.5)
        for left, top, right, bottom in boxes
    )
    return Detection(960, 960, tuple(lines))


def ground(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """(960, 960) bool: where white digits or their ground are, outlines taken away."""
    canvas = draw_lines(np.zeros((960, 960, 3), np.uint8), found(*boxes))
    return cv2.erode((canvas != 0).any(axis=2).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0


def test_scores_cover_no_line() -> None:
    # Columns of lines that touch: the first has room above, the last below, the others none.
    boxes = [(100, top, 500, top + 30) for top in range(300, 420, 30)]
    seen = ground(*boxes)
    assert not seen[303:417, 110:490].any()
    assert seen[:300].any()
    assert seen[420:].any()


def test_scores_cover_no_other_score() -> None:
    one, two = (100, 300, 500, 340), (105, 280, 109, 284)
    assert (ground(one) == ground(one, one)).sum() < 960 * 960  # the second is below
    assert ground(two).sum() == 0


def test_low_lines_have_no_score() -> None:
    assert ground((100, 300, 500, 309)).sum() == 0
    assert ground((100, 300, 500, 312)).sum() > 0


def test_a_score_at_the_upper_border_stands_below() -> None:
    seen = ground((100, 0, 500, 40))
    assert not seen[3:37, 110:490].any()
    assert seen[42:60].any()
