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
def test_pictures_of_any_size_are_drawn(size: tuple[int, int]) -> None:
    width, height = size
    picture = drawn(width, height, (0, 0), (width, 0), (width, height), (0, height))
    assert max(picture.shape) <= 2000
    data = encode_jpeg(picture)
    assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape == picture.shape


def test_lines_of_large_drawings_are_thicker() -> None:
    def pixels(width: int) -> float:
        corners = [(0.2, 0.2), (0.8, 0.2), (0.8, 0.6), (0.2, 0.6)]
        picture = drawn(width, width, *((x * width, y * width) for x, y in corners))
        return float((picture[picture.shape[0] * 2 // 5] == FOUND).all(axis=1).sum())

    assert pixels(2000) > pixels(960)
