"""A picture with the lines found in it."""

import cv2
import numpy as np

from manifests.drawing import Colour, Pixels, display_zoom, label, resized
from model.detector.results import Detection

FOUND: Colour = (230, 0, 120)
"""No colour of the labels' (``manifests.drawing``), and rare in streets."""
_QUALITY = 88
_THIN = 480
"""Px of the drawing's long side to one of a line's thickness."""


def draw_lines(pixels: Pixels, found: Detection) -> Pixels:
    """(height, width, 3) uint8 RGB: the lines as they slant, each with its score above it.

    A small picture is enlarged and a large one made smaller, as ``manifests.drawing`` does.
    """
    zoom = display_zoom(found.width, found.height)
    canvas = resized(pixels, zoom)
    thickness = max(1, round(max(canvas.shape[:2]) / _THIN))
    quads = [np.array(line.polygon) * zoom for line in found]
    for quad in quads:
        points = np.rint(quad).astype(np.int32)
        cv2.polylines(canvas, [points], True, FOUND, thickness, cv2.LINE_AA)
    for quad, line in zip(quads, found, strict=True):
        label(canvas, f"{line.score:.2f}", quad.min(axis=0), FOUND)
    return canvas


def encode_jpeg(pixels: Pixels, quality: int = _QUALITY) -> bytes:
    """The JPEG of (height, width, 3) uint8 RGB."""
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    done, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"a picture of {pixels.shape} cannot be written as JPEG")
    return encoded.tobytes()
