"""Resizing a picture as two weighted sums of neighbours, one along each axis.

OpenCV's INTER_AREA (a picture that shrinks) and INTER_LINEAR (one that does not), which
``model.transforms`` uses, as one table: each pixel of the result is the weighted sum of a few
neighbours, its taps. The graphs that are exported resize so; where the picture's size is known only
when they run, they compute the same table themselves. They sum in float32 and round once, where
OpenCV has fixed-point numbers for INTER_LINEAR, so some pixels differ by 1 of 255.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.transforms import Fit


@dataclass(frozen=True)
class Taps:
    """Along one axis: which pixels of the picture each pixel of the network's input is made of.

    Pixels beyond the resized picture have taps too, which mean nothing: they are padding.
    """

    index: npt.NDArray[np.int64]
    """(input, T) pixels of the picture."""
    weights: npt.NDArray[np.float32]
    """(input, T), which sum to 1."""
    inside: npt.NDArray[np.bool_]
    """(input,) whether it belongs to the picture."""


def taps(length: int, resized: int, padded: int, area: bool) -> Taps:
    """The taps of an axis of ``length`` pixels that becomes ``resized`` of the input's ``padded``.

    Pixel i spans i to i + 1. ``area``: the weight of a pixel is the share of the new pixel's span
    that it covers; else it falls linearly with the distance of the centres, and the border repeats
    its last pixel.
    """
    step = length / resized
    pixel = np.arange(padded, dtype=np.float64)[:, None]
    begin = pixel * step if area else (pixel + 0.5) * step - 0.5
    uneven = step < math.ceil(step)  # spans then begin inside of pixels
    at = np.floor(begin) + np.arange(math.ceil(step) + uneven)
    if area:
        covered = np.minimum(at + 1, begin + step) - np.maximum(at, begin)
        weights = np.maximum(covered, 0) / step
    else:
        weights = np.maximum(1 - np.abs(at - begin), 0)
    index = np.clip(at, 0, length - 1).astype(np.int64)
    return Taps(index, weights.astype(np.float32), pixel[:, 0] < resized)


def both_axes(fit: Fit) -> tuple[Taps, Taps]:
    """The taps of a picture's rows and of its columns."""
    area = max(fit.scale) < 1
    return (
        taps(fit.height, fit.resized_height, fit.input_height, area),
        taps(fit.width, fit.resized_width, fit.input_width, area),
    )
