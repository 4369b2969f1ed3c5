"""The detector that comes with the project, loaded once, and a picture that it finds text in."""

import numpy as np
import pytest
from PIL import Image as Pil
from PIL import ImageDraw, ImageFont

from model import Detector


@pytest.fixture(scope="session")
def lite(mindspore: None) -> Detector:
    """As a person has it, but for an input small enough for tests."""
    return Detector.load(changes=["network.input_width=640", "network.input_height=368"])


@pytest.fixture(scope="session")
def sign() -> np.ndarray:
    """(360, 640, 3) uint8 RGB: the words EXIT and market, about (60, 105) to (280, 145)."""
    picture = Pil.new("RGB", (640, 360), (40, 90, 60))
    draw = ImageDraw.Draw(picture)
    draw.text((60, 100), "EXIT market", fill="white", font=ImageFont.load_default(40))
    return np.asarray(picture)
