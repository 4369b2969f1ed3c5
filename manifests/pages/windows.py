"""Parts of pictures that pages show: a window around what they are about, and its pixels."""

import math
from collections.abc import Sequence

from PIL import Image as Pil

from manifests.geometry import Box, bounding_box

_CONTEXT = 0.75
_LEAST_CONTEXT = 20.0
_LEAST = (64.0, 48.0)
_BEYOND = 0.5
"""A window reaches out of the picture with its region, by half of the picture's side at most."""
_LARGEST = 5.0
_OUTSIDE = (128, 128, 128)


def window(polygons: Sequence[Sequence[float]], width: float, height: float) -> Box:
    """The part of a picture of ``width`` x ``height`` to show for some polygons with finite points:
    left, top, right, bottom, whole numbers, half-open pixels. All of it where there are none."""
    if not polygons:
        return (0.0, 0.0, float(width), float(height))
    sides = list(zip(*map(bounding_box, polygons), strict=True))
    left, right = _span(min(sides[0]), max(sides[2]), width)
    top, bottom = _span(min(sides[1]), max(sides[3]), height)
    around = max(_LEAST_CONTEXT, _CONTEXT * min(right - left, bottom - top))
    wide = max(right - left + 2 * around, _LEAST[0])
    high = max(bottom - top + 2 * around, _LEAST[1])
    wide, high = max(wide, high * 4 / 3), max(high, wide / 2)
    x0, x1 = _place(left, right, wide, width)
    y0, y1 = _place(top, bottom, high, height)
    return (x0, y0, x1, y1)


def points(polygon: Sequence[float], part: Box, scale: float) -> str:
    """A polygon on a window, as SVG has it, in pixels of the window times ``scale``."""
    pairs = zip(polygon[0::2], polygon[1::2], strict=True)
    return " ".join(f"{(x - part[0]) * scale:.1f},{(y - part[1]) * scale:.1f}" for x, y in pairs)


def meets(box: Box, part: Box) -> bool:
    """True where two boxes share an area."""
    return box[0] < part[2] and box[2] > part[0] and box[1] < part[3] and box[3] > part[1]


def fitting(part: Box, most: tuple[int, int]) -> tuple[float, tuple[int, int]]:
    """The scale at which a window is shown, and its width and height then, at most ``most``."""
    wide, high = part[2] - part[0], part[3] - part[1]
    scale = min(most[0] / wide, most[1] / high, _LARGEST)
    return scale, (max(1, round(wide * scale)), max(1, round(high * scale)))


def cut(picture: Pil.Image, part: Box) -> Pil.Image:
    """A part of the picture, gray where it reaches out of it."""
    left, top, right, bottom = (int(side) for side in part)
    inside = (max(left, 0), max(top, 0), min(right, picture.width), min(bottom, picture.height))
    if inside == (left, top, right, bottom):
        return picture.crop(inside)
    canvas = Pil.new("RGB", (right - left, bottom - top), _OUTSIDE)
    if inside[0] < inside[2] and inside[1] < inside[3]:
        canvas.paste(picture.crop(inside), (inside[0] - left, inside[1] - top))
    return canvas


def _span(low: float, high: float, side: float) -> tuple[float, float]:
    """A region's extent, cut where it is absurdly far out of the picture."""
    least, most = -_BEYOND * side, (1 + _BEYOND) * side
    return min(max(low, least), most), min(max(high, least), most)


def _place(low: float, high: float, size: float, side: float) -> tuple[float, float]:
    """An interval of the size around low..high, inside 0..side as far as low..high allows."""
    start = (low + high - size) / 2
    first, last = min(0.0, low - 8 if low < 0 else 0.0), max(side, high + 8 if high > side else 0.0)
    size = min(size, last - first)
    start = min(max(start, first), last - size)
    return float(math.floor(start)), float(math.ceil(start + size))
