"""Slanted text comes out as slanted quadrilaterals, through the real network."""

import cv2
import numpy as np
import pytest
from PIL import Image as Pil
from PIL import ImageDraw, ImageFont

from model import Detector

MIDDLE = (320, 180)


def photo(word: str, tilt: float) -> tuple[np.ndarray, np.ndarray]:
    """(360, 640, 3) uint8 RGB, a word turned by ``tilt`` degrees on uneven, noisy ground; and the
    (4, 2) corners of what it covers."""
    random = np.random.default_rng(0)
    patches = random.integers(60, 140, (6, 9, 3), dtype=np.uint8)
    ground = cv2.resize(patches, (640, 360), interpolation=cv2.INTER_CUBIC)
    noisy = np.clip(ground + random.normal(0, 6, ground.shape), 0, 255).astype(np.uint8)
    picture, mask = Pil.fromarray(noisy), Pil.new("L", (640, 360))
    font = ImageFont.load_default(44)
    ImageDraw.Draw(mask).text(MIDDLE, word, fill=255, font=font, anchor="mm")
    left, top, right, bottom = mask.getbbox() or (0, 0, 0, 0)
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)
    turn = cv2.getRotationMatrix2D(MIDDLE, tilt, 1)
    mask = mask.rotate(tilt, Pil.Resampling.BICUBIC, center=MIDDLE)
    picture.paste(Pil.new("RGB", picture.size, "white"), mask=mask)
    return np.asarray(picture), corners @ turn[:, :2].T + turn[:, 2]


def iou(one: np.ndarray, other: np.ndarray) -> float:
    shared = cv2.intersectConvexConvex(one.astype(np.float32), other.astype(np.float32))[0]
    areas = [cv2.contourArea(corners.astype(np.float32)) for corners in (one, other)]
    return float(shared / (sum(areas) - shared))


@pytest.mark.parametrize("tilt", [-15, 0, 12])
def test_a_word_is_found_as_it_slants(lite: Detector, tilt: float) -> None:
    picture, wanted = photo("Restaurant", tilt)
    (line,) = lite.detect(picture)
    quad = np.array(line.polygon)
    across, up = quad[1] - quad[0]
    assert np.degrees(np.arctan2(-up, across)) == pytest.approx(tilt, abs=3)
    left, top, right, bottom = line.box
    upright = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    assert iou(quad, wanted) > 0.6
    assert tilt == 0 or iou(quad, wanted) > iou(upright, wanted) + 0.15
