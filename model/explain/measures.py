"""Sizes, shapes, places and brightness of ground truths and detections, measured alike."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from manifests.quantities import tilts

Floats = npt.NDArray[np.float64]
Polygons = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Brightness:
    """Mean luma, 0 to 255, of a picture and of boxes in it; NaN where a box has no pixel."""

    picture: float
    truths: Floats
    detections: Floats


def brightness_of(pixels: npt.NDArray[np.uint8], truths: Floats, detections: Floats) -> Brightness:
    """Luma (ITU-R BT.601) of (height, width, 3) uint8 RGB, and of the pixels that (N, 4) half-open
    boxes touch."""
    luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return Brightness(float(luma.mean()), _means(luma, truths), _means(luma, detections))


def _means(luma: npt.NDArray[np.uint8], boxes: Floats) -> Floats:
    height, width = luma.shape
    limits = (width, height, width, height)
    means = np.full(len(boxes), np.nan)
    whole = np.concatenate([np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])], axis=1)
    inside = np.clip(whole, 0, limits).astype(int).tolist()
    for number, (left, top, right, bottom) in enumerate(inside):
        part = luma[top:bottom, left:right]
        if part.size:
            means[number] = part.mean()
    return means


def upright_boxes(polygons: Polygons) -> Floats:
    """(N, 4) left, top, right, bottom around polygons, each x, y in turn."""
    ends = [
        (min(points[::2]), min(points[1::2]), max(points[::2]), max(points[1::2]))
        for points in polygons
    ]
    return np.array(ends, dtype=np.float64).reshape(-1, 4)


def shapes_of(polygons: Polygons, sizes: Floats) -> dict[str, Floats]:
    """``height``, ``width``, ``aspect``, ``tilt``, ``position_x`` and ``position_y`` of N polygons,
    as ``model.explain.tables`` describes them; NaN where one has none.

    ``sizes``: (N, 2) width and height of the picture that each lies in.
    """
    boxes = upright_boxes(polygons)
    width, height = (boxes[:, 2:] - boxes[:, :2]).T
    aspect = np.divide(width, height, out=np.full_like(width, np.nan), where=height > 0)
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2 / sizes.reshape(-1, 2)
    tilt = tilts(pa.array(polygons, pa.list_(pa.float64()))) if len(boxes) else np.empty(0)
    return {
        "height": height,
        "width": width,
        "aspect": aspect,
        "tilt": tilt,
        "position_x": middle[:, 0],
        "position_y": middle[:, 1],
    }
