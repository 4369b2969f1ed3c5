"""Crops of a picture: random ones to learn from, the middle one to be evaluated on."""

import math
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

_RATIO = 4 / 3
_ATTEMPTS = 10


class Box(NamedTuple):
    """Whole pixels of the picture, inside it."""

    left: int
    top: int
    width: int
    height: int


def random_box(width: int, height: int, min_area: float, rng: np.random.Generator) -> Box:
    """A box of ``min_area`` to all of a picture, 3:4 to 4:3, anywhere in it.

    Where ten tries do not fit, the largest middle box of those proportions. (Szegedy et al. 2015,
    "Going Deeper with Convolutions", section 6.)
    """
    for _ in range(_ATTEMPTS):
        area = width * height * rng.uniform(min_area, 1)
        ratio = math.exp(rng.uniform(-math.log(_RATIO), math.log(_RATIO)))
        w, h = max(1, round(math.sqrt(area * ratio))), max(1, round(math.sqrt(area / ratio)))
        if w <= width and h <= height:
            left, top = rng.integers(width - w + 1), rng.integers(height - h + 1)
            return Box(int(left), int(top), w, h)
    w, h = min(width, round(height * _RATIO)), min(height, round(width * _RATIO))
    return _middle(width, height, w, h)


def middle_box(width: int, height: int, share: float) -> Box:
    """The middle square with ``share`` of the short side."""
    side = max(1, round(min(width, height) * share))
    return _middle(width, height, side, side)


def cut(
    image: npt.NDArray[np.uint8], box: Box, size: int, mirror: bool = False
) -> npt.NDArray[np.uint8]:
    """The box of a (height, width, 3) picture as (size, size, 3) uint8, mirrored if so asked."""
    part = image[box.top : box.top + box.height, box.left : box.left + box.width]
    shrinks = min(box.width, box.height) > size
    resized = cv2.resize(
        part, (size, size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    )
    return np.ascontiguousarray(resized[:, ::-1] if mirror else resized, dtype=np.uint8)


def _middle(width: int, height: int, w: int, h: int) -> Box:
    w, h = max(1, w), max(1, h)
    return Box((width - w) // 2, (height - h) // 2, w, h)
