"""Resizing a picture as two weighted sums of neighbours, one along each axis.

OpenCV's INTER_AREA (a picture that shrinks) and INTER_LINEAR (one that does not), which
``model.transforms`` uses, as one table: each pixel of the result is the weighted sum of a few
neighbours, its taps. The graphs that are exported resize so; ``model.export.onnx_picture`` computes
the same table inside the graph. It is in float32 and rounds once, where OpenCV has fixed-point
numbers for INTER_LINEAR, so single pixels differ by 1 of 255.
"""

import math

import numpy as np
import numpy.typing as npt

from model.transforms import Fit


def shrinks(fit: Fit) -> bool:
    """Whether a picture becomes smaller in both directions, so that its pixels are averaged."""
    return max(fit.scale) < 1


def taps(
    length: int, resized: int, area: bool
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Which pixels each of ``resized`` pixels is made of, and their weights.

    Both (resized, T): indices 0 to length - 1, and weights that sum to 1. Pixel i spans i to i + 1.
    ``area``: the weight of a pixel is the share of the new pixel's span that it covers; else it
    falls linearly with the distance of the centres, and the border repeats its last pixel.
    """
    step = length / resized
    pixel = np.arange(resized, dtype=np.float64)[:, None]
    begin = pixel * step if area else (pixel + 0.5) * step - 0.5
    uneven = step < math.ceil(step)  # spans then begin inside of pixels
    at = np.floor(begin) + np.arange(math.ceil(step) + uneven)
    if area:
        covered = np.minimum(at + 1, begin + step) - np.maximum(at, begin)
        weights = np.maximum(covered, 0) / step
    else:
        weights = np.maximum(1 - np.abs(at - begin), 0)
    return np.clip(at, 0, length - 1).astype(np.int64), weights.astype(np.float32)
