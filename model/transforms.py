"""The way from an original image to the network's input, and back.

The image keeps its aspect ratio, is scaled to fit the input and is padded at the right and at the
bottom; while training it may stand anywhere on the input (``model.augment``). Coordinates are
half-open (pixel i spans i to i + 1), in which scaling is one multiplication and OpenCV's linear
interpolation, which samples at pixel centres, agrees with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Floats

FILL = (124, 116, 104)
"""Padding colour, RGB: the mean of ImageNet rounded, which normalisation turns into nearly 0."""


@dataclass(frozen=True)
class Fit:
    """How an image of ``width`` x ``height`` px lies in the network's input."""

    width: int
    height: int
    resized_width: int
    """Of the picture without its padding."""
    resized_height: int
    input_width: int
    input_height: int
    left: int = 0
    """Where the picture begins on the input."""
    top: int = 0

    @property
    def scale(self) -> tuple[float, float]:
        """Resized over original pixels in x and in y: equal but for rounding to whole pixels."""
        return self.resized_width / self.width, self.resized_height / self.height

    @property
    def origin(self) -> tuple[int, int]:
        """Left and top of the picture on the input."""
        return self.left, self.top

    @property
    def pixels(self) -> tuple[slice, slice]:
        """Rows and columns of the input that hold the picture; the others are padding."""
        return (
            slice(self.top, self.top + self.resized_height),
            slice(self.left, self.left + self.resized_width),
        )


def fit(width: int, height: int, input_width: int, input_height: int) -> Fit:
    """The largest picture of the same aspect ratio that the input holds, at its top left.

    A side never falls below one pixel. Raises ValueError for an empty image or input.
    """
    if min(width, height, input_width, input_height) < 1:
        raise ValueError(f"cannot fit {width}x{height} into {input_width}x{input_height}")
    scale = min(input_width / width, input_height / height)
    resized_width = min(max(round(width * scale), 1), input_width)
    resized_height = min(max(round(height * scale), 1), input_height)
    return Fit(width, height, resized_width, resized_height, input_width, input_height)


def resize_image(
    image: npt.NDArray[np.uint8], fit: Fit, fill: tuple[int, int, int] = FILL
) -> npt.NDArray[np.uint8]:
    """Scale and pad: (height, width, 3) uint8 RGB to (input_height, input_width, 3) uint8 RGB.

    Raises ValueError for an image that is not of the size the fit was made for.
    """
    if image.shape != (fit.height, fit.width, 3) or image.dtype != np.uint8:
        raise ValueError(
            f"expected a ({fit.height}, {fit.width}, 3) uint8 image, "
            f"got {image.shape} {image.dtype}"
        )
    # Averaging when shrinking keeps thin strokes, which linear interpolation would skip.
    method = cv2.INTER_AREA if max(fit.scale) < 1 else cv2.INTER_LINEAR
    size = (fit.resized_width, fit.resized_height)
    resized = cv2.resize(image, size, interpolation=method)
    right = fit.input_width - fit.left - fit.resized_width
    below = fit.input_height - fit.top - fit.resized_height
    borders = (fit.top, below, fit.left, right)
    padded = cv2.copyMakeBorder(resized, *borders, cv2.BORDER_CONSTANT, value=fill)
    return np.asarray(padded, dtype=np.uint8)


def resize_polygons(polygons: Sequence[Floats], fit: Fit) -> list[npt.NDArray[np.float64]]:
    """(n, 2) x, y arrays from half-open pixels of the original image to those of the resized."""
    origin = np.array(fit.origin, dtype=np.float64)
    return [np.asarray(polygon, dtype=np.float64) * fit.scale + origin for polygon in polygons]


def restore_polygons(polygons: Sequence[Floats], fit: Fit) -> list[npt.NDArray[np.float64]]:
    """The inverse of ``resize_polygons``: from the resized image back to the original.

    Works on one (L, n, 2) array as on a list of (n, 2) arrays. Nothing is clipped.
    """
    origin = np.array(fit.origin, dtype=np.float64)
    return [(np.asarray(polygon, dtype=np.float64) - origin) / fit.scale for polygon in polygons]
