"""A picture with its regions drawn on it, each with its number."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]

CARE: Colour = (0, 170, 70)
DONT_CARE: Colour = (220, 30, 30)
FOCUS: Colour = (255, 190, 0)
_SMALLEST, _LARGEST, _MOST_ZOOM = 960, 2000, 4
_FONT, _FONT_SCALE = cv2.FONT_HERSHEY_SIMPLEX, 0.45


def draw_regions(
    pixels: Pixels, regions: Sequence[dict[str, Any]], focus: str | None = None
) -> Pixels:
    """The regions (rows of a manifest) on their picture, (height, width, 3) uint8 RGB.

    Green: care; red: don't-care; yellow: the region whose id is ``focus``. The numbers are those of
    the list, from 1. The first corner has a dot: the text begins there. A small picture is enlarged
    and a large one made smaller, so that lines and numbers have a size that can be read.
    """
    zoom = display_zoom(pixels.shape[1], pixels.shape[0])
    canvas = resized(pixels, zoom)
    for region in regions:
        points = np.rint(np.array(region["polygon"]).reshape(-1, 2) * zoom).astype(np.int32)
        colour = _colour(region, focus)
        cv2.polylines(canvas, [points], True, colour, 2, cv2.LINE_AA)
        cv2.circle(canvas, points[0].tolist(), 4, colour, -1, cv2.LINE_AA)
    for number, region in enumerate(regions, 1):
        corner = np.array(region["polygon"]).reshape(-1, 2).min(axis=0) * zoom
        label(canvas, str(number), corner, _colour(region, focus))
    return canvas


def display_zoom(width: int, height: int) -> float:
    """How much a picture is enlarged, or made smaller where below 1, to be looked at."""
    side = max(width, height)
    return min(max(1.0, _SMALLEST / side), _MOST_ZOOM, _LARGEST / side)


def _colour(region: dict[str, Any], focus: str | None) -> Colour:
    if focus is not None and region["region_id"] == focus:
        return FOCUS
    return CARE if region["care"] else DONT_CARE


def resized(pixels: Pixels, zoom: float) -> Pixels:
    """A copy to draw on, ``zoom`` times as large, a pixel at least."""
    height, width = pixels.shape[:2]
    size = (max(1, round(width * zoom)), max(1, round(height * zoom)))
    kind = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
    return np.ascontiguousarray(cv2.resize(pixels, size, interpolation=kind), dtype=np.uint8)


def label(canvas: Pixels, text: str, corner: npt.NDArray[np.float64], colour: Colour) -> None:
    """A short text on its own ground above a corner (x, y), moved inside where it would leave the
    picture."""
    (width, height), _ = cv2.getTextSize(text, _FONT, _FONT_SCALE, 1)
    left = int(np.clip(corner[0], 0, max(0, canvas.shape[1] - width - 4)))
    bottom = int(np.clip(corner[1], height + 5, canvas.shape[0]))
    cv2.rectangle(canvas, (left, bottom - height - 5), (left + width + 4, bottom), colour, -1)
    place = (left + 2, bottom - 3)
    cv2.putText(canvas, text, place, _FONT, _FONT_SCALE, (255, 255, 255), 1, cv2.LINE_AA)
