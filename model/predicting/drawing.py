"""A picture with the lines found in it.

What is drawn is to show the text, not to hide it: outlines of low lines are thin, and a score that
would cover a line, or be too small to read, is left out.
"""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from manifests.drawing import Colour, Pixels, resized
from model.detector.results import Detection

Floats = npt.NDArray[np.float32]

FOUND: Colour = (230, 0, 120)
"""No colour of the labels' (``manifests.drawing``), and rare in streets."""
_QUALITY = 88
_SMALLEST, _MOST_ZOOM, _LARGEST = 960, 4, 65_500
"""Px of a drawing's long side: smaller pictures are enlarged, at most four times. JPEG ends at
65,535."""
_THIN, _OUTLINE = 480, 12
"""An outline is at most a 480th of the drawing's long side thick, and a 12th of the line's height;
a pixel at least."""
_SMALL, _LETTER, _LOWEST = 96, 0.6, 6
"""Digits are at most a 96th of the long side high, and 0.6 of the line; below 6 px there are
none."""
_FONT, _FONT_HEIGHT = cv2.FONT_HERSHEY_SIMPLEX, 21
_WHITE = (255, 255, 255)


def draw_lines(pixels: Pixels, found: Detection) -> Pixels:
    """(height, width, 3) uint8 RGB of the picture's own size, a small one enlarged: the lines as
    they slant, each with its score above or below it where there is room."""
    side = max(found.width, found.height)
    zoom = min(max(1.0, _SMALLEST / side), _MOST_ZOOM, _LARGEST / side)
    canvas = resized(pixels, zoom)
    side = max(canvas.shape[:2])
    quads = [np.array(line.polygon, np.float32) * np.float32(zoom) for line in found]
    for quad in quads:
        thickness = max(1, round(min(side / _THIN, _height(quad) / _OUTLINE)))
        points = np.rint(quad).astype(np.int32)
        cv2.polylines(canvas, [points], True, FOUND, thickness, cv2.LINE_AA)
    taken = _Taken(quads)
    for quad, line in zip(quads, found, strict=True):
        digits = min(side / _SMALL, _height(quad) * _LETTER)
        if digits >= _LOWEST:
            _score(canvas, f"{line.score:.2f}", quad, digits / _FONT_HEIGHT, taken)
    return canvas


class _Taken:
    """The places of a drawing that no score may cover: lines, and scores that were drawn."""

    def __init__(self, quads: list[Floats]) -> None:
        self._shapes = list(quads)
        self._boxes = [np.concatenate([quad.min(0), quad.max(0)]) for quad in quads]

    def free(self, shape: Floats) -> bool:
        """Whether an upright box, as its corners, touches none of them."""
        if not self._boxes:
            return True
        (left, top), (right, bottom) = shape.min(0), shape.max(0)
        boxes = np.stack(self._boxes).T
        near = (boxes[0] < right) & (boxes[2] > left) & (boxes[1] < bottom) & (boxes[3] > top)
        return not any(
            cv2.intersectConvexConvex(self._shapes[i], shape)[0] > 0 for i in np.flatnonzero(near)
        )

    def add(self, shape: Floats) -> None:
        """Take a place."""
        self._shapes.append(shape)
        self._boxes.append(np.concatenate([shape.min(0), shape.max(0)]))


def _score(canvas: Pixels, text: str, quad: Floats, scale: float, taken: _Taken) -> None:
    """The score on its own ground at the first free place; nowhere where there is none."""
    pen = max(1, round(1.5 * scale))
    (width, height), _ = cv2.getTextSize(text, _FONT, scale, pen)
    margin = max(1, round(height / 4))
    size = width + 2 * margin, height + 2 * margin
    for left, top in _places(quad, size, canvas):
        right, bottom = left + size[0], top + size[1]
        shape = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)
        if taken.free(shape):
            taken.add(shape)
            cv2.rectangle(canvas, (left, top), (right, bottom), FOUND, -1)
            place = (left + margin, bottom - margin)
            cv2.putText(canvas, text, place, _FONT, scale, _WHITE, pen, cv2.LINE_AA)
            return


def _places(quad: Floats, size: tuple[int, int], canvas: Pixels) -> Iterator[tuple[int, int]]:
    """(left, top) of a box above and below a line, inside the picture."""
    left = int(np.clip(quad[:, 0].min(), 0, max(0, canvas.shape[1] - size[0] - 1)))
    for top in (int(np.floor(quad[:, 1].min())) - size[1], int(np.ceil(quad[:, 1].max()))):
        if 0 <= top <= canvas.shape[0] - size[1] - 1:
            yield left, top


def _height(quad: Floats) -> float:
    """Px from the top to the bottom side of a line, of its two ends the mean."""
    return float(np.linalg.norm(quad[[3, 2]] - quad[[0, 1]], axis=1).mean())


def encode_jpeg(pixels: Pixels, quality: int = _QUALITY) -> bytes:
    """The JPEG of (height, width, 3) uint8 RGB."""
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    done, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"a picture of {pixels.shape} cannot be written as JPEG")
    return encoded.tobytes()
