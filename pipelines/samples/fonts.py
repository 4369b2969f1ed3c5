"""Words as ink: masks drawn with the fonts that come with Pillow and OpenCV."""

import functools
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

# a pixel less covered than this is not seen as ink once it is mixed with its background
_VISIBLE = 64

_HERSHEY = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
)


@dataclass(frozen=True)
class Ink:
    """One word as drawn. ``mask``: (height, width) uint8 coverage, cropped to the visible ink.
    ``top``: of the mask, in pixels below the baseline (negative above it)."""

    mask: np.ndarray
    top: int


Font = Callable[[str], Ink]
"""Draws a word. Raises ValueError where no pixel is visible."""


def random_font(rng: np.random.Generator, height: float) -> Font:
    """A font whose capitals are about ``height`` pixels high, stretched and slanted at random.

    The fonts have ASCII letters alone: an accent is not drawn, nor is any other sign.
    """
    stretch, shear = float(rng.uniform(0.85, 1.25)), 0.0
    if rng.random() < 0.2:
        shear = float(rng.uniform(0.1, 0.3))
    if rng.random() < 0.5:
        face, weight = int(rng.choice(_HERSHEY)), float(rng.uniform(0.08, 0.16))
        draw = functools.partial(_draw_hershey, face=face, height=height, weight=weight)
    else:
        stroke = round(height * float(rng.choice([0, 0, 0.03, 0.06])))
        draw = functools.partial(_draw_pillow, height=height, stroke=stroke)
    return lambda text: _crop(*_deform(*draw(_drawable(text)), stretch, shear))


def _drawable(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().strip()


@functools.lru_cache(maxsize=256)
def _load(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("this Pillow was built without FreeType; install a wheel of it")
    return font


def _draw_pillow(text: str, height: float, stroke: int) -> tuple[np.ndarray, int]:
    """Mask and the row of the baseline in it."""
    font = _load(max(8, round(height / 0.7)))  # capitals of this font are 0.7 of its size
    left, top, right, bottom = font.getbbox(text, stroke_width=stroke, anchor="ls")
    image = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4))
    origin = (2 - left, 2 - top)
    ImageDraw.Draw(image).text(origin, text, 255, font, "ls", stroke_width=stroke)
    return np.asarray(image), round(2 - top)


def _draw_hershey(text: str, face: int, height: float, weight: float) -> tuple[np.ndarray, int]:
    """Mask and the row of the baseline in it."""
    thickness = max(1, round(height * weight))
    scale = cv2.getFontScaleFromHeight(face, max(8, round(height)), thickness)
    (width, rise), drop = cv2.getTextSize(text, face, scale, thickness)
    pad = thickness + 4
    mask = np.zeros((rise + drop + 2 * pad, width + 2 * pad), np.uint8)
    cv2.putText(mask, text, (pad, pad + rise), face, scale, 255, thickness, cv2.LINE_AA)
    return mask, pad + rise


def _deform(
    mask: np.ndarray, baseline: int, stretch: float, shear: float
) -> tuple[np.ndarray, int]:
    """Stretch along x and lean to the right; rows stay where they are."""
    height, width = mask.shape
    lean = shear * height
    matrix = np.array([[stretch, -shear, lean], [0, 1, 0]], np.float64)
    size = (int(width * stretch + lean) + 2, height)
    return cv2.warpAffine(mask, matrix, size, flags=cv2.INTER_LINEAR), baseline


def _crop(mask: np.ndarray, baseline: int) -> Ink:
    rows, columns = (np.flatnonzero((mask >= _VISIBLE).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        raise ValueError("the word has no visible ink")
    top, left = int(rows[0]), int(columns[0])
    return Ink(mask[top : rows[-1] + 1, left : columns[-1] + 1], top - baseline)
