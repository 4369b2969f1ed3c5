"""The pictures of README.md are small, there, and of images that the detector never saw."""

import re

import numpy as np
import pytest

from docs.make_pictures import CARE, FOUND, MOST_BYTES, WIDTH, WINDOWS, Window, draw, small_jpeg
from manifests.errors import UserError
from manifests.mixes import load_mix
from model import Detection, Line
from tests.conftest import ROOT

PIXELS = np.zeros((400, 600, 3), np.uint8)


def test_the_readme_shows_what_the_script_makes() -> None:
    shown = re.findall(r"\(docs/pictures/([\w-]+)\.jpg\)", (ROOT / "README.md").read_text())
    assert shown == [Window.parse(text).name for text in WINDOWS]
    for name in shown:
        assert (ROOT / "docs" / "pictures" / f"{name}.jpg").stat().st_size <= MOST_BYTES


def test_the_images_are_held_out() -> None:
    trained, held_out = load_mix("icdar_train"), load_mix("icdar15_val")
    for text in WINDOWS:
        image_id = Window.parse(text).image_id
        assert held_out.member_of(image_id) is not None
        assert trained.member_of(image_id) is None


def test_a_window_shows_its_part_of_the_picture() -> None:
    line = Line(((240.0, 140.0), (340.0, 150.0), (340.0, 180.0), (240.0, 170.0)), 0.9)
    regions = [{"polygon": [210, 110, 230, 110, 230, 120, 210, 120], "care": True}]
    window = Window.parse("x=d/s/i@200,100,320,175")
    picture = draw(PIXELS, regions, Detection(600, 400, (line,)), window)
    assert picture.shape == (300, WIDTH, 3)  # four times as large
    assert np.abs(picture[240, 158:163] - np.array(FOUND)).sum(axis=1).min() < 60
    assert np.abs(picture[40, 80] - np.array(CARE)).sum() < 60
    assert len(small_jpeg(picture)) <= MOST_BYTES


@pytest.mark.parametrize("text", ["img_1", "a=d/s/i@1,2,3", "a=d/s/i@5,0,5,9"])
def test_what_is_no_window_is_told(text: str) -> None:
    with pytest.raises(UserError, match=text):
        Window.parse(text)
