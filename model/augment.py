"""Random changes to a training image that leave its text readable.

Every function takes a NumPy Generator and is a pure function of its arguments, so a sample is the
same for the same seed, whatever process makes it. Mirroring is left out on purpose: mirrored text
is not text. To show words smaller, pass ``zoom`` to ``model.transforms.fit``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Bools, Floats


@dataclass(frozen=True)
class JitterSettings:
    """Widest change of each kind; 0 turns a kind off."""

    brightness: float = 32.0
    """Added to all channels, in grey levels of 0..255."""
    contrast: float = 0.3
    """Relative change of the distance from mid grey."""
    colour: float = 0.1
    """Relative change of each channel by itself."""


def jitter(
    image: npt.NDArray[np.uint8],
    rng: np.random.Generator,
    settings: JitterSettings = JitterSettings(),
) -> npt.NDArray[np.uint8]:
    """Change brightness, contrast and colour: (height, width, 3) uint8 to the same."""
    gain = 1 + rng.uniform(-settings.contrast, settings.contrast)
    gains = gain * (1 + rng.uniform(-settings.colour, settings.colour, size=3))
    shift = rng.uniform(-settings.brightness, settings.brightness)
    levels = np.arange(256.0)[:, None]
    table = np.rint(np.clip((levels - 127.5) * gains + 127.5 + shift, 0, 255)).astype(np.uint8)
    return np.asarray(cv2.LUT(image, table[None]), dtype=np.uint8)


@dataclass(frozen=True)
class Window:
    """A part of an image, whole pixels of the image, origin at its top left."""

    left: int
    top: int
    width: int
    height: int


def random_window(
    width: int, height: int, rng: np.random.Generator, min_share: float = 0.5
) -> Window:
    """A window of the image's aspect ratio whose sides are ``min_share`` to 1 of the image's.

    Fitted to the network's input it shows words up to 1 / ``min_share`` times larger. Raises
    ValueError for a share outside 0 < share <= 1.
    """
    if not 0 < min_share <= 1:
        raise ValueError(f"min_share must be above 0 and at most 1, got {min_share}")
    share = rng.uniform(min_share, 1.0)
    across, down = max(round(width * share), 1), max(round(height * share), 1)
    left = int(rng.integers(0, width - across + 1))
    top = int(rng.integers(0, height - down + 1))
    return Window(left, top, across, down)


def crop(
    image: npt.NDArray[np.uint8], polygons: Sequence[Floats], care: Bools, window: Window
) -> tuple[npt.NDArray[np.uint8], list[npt.NDArray[np.float64]], Bools]:
    """The part of an image and its regions that a window shows.

    polygons: (n, 2) arrays in half-open pixels of the image; care: (R,) bool. Returns the cropped
    image (a view), the polygons that touch the window, moved to its origin, and their care flags.
    A word that the window cuts becomes don't-care: what remains is neither the word nor
    background. Its polygon keeps its full extent, for slices are cut to the picture anyway. What a
    polygon has outside the image itself was never visible and does not count as cut.
    """
    size, origin = (window.width, window.height), (window.left, window.top)
    moved, flags = [], []
    for polygon, cared in zip(polygons, care, strict=True):
        points = np.asarray(polygon, dtype=np.float64)
        seen = np.clip(points, 0, image.shape[1::-1]) - origin
        if (seen.max(axis=0) <= 0).any() or (seen.min(axis=0) >= size).any():
            continue
        whole = bool((seen >= 0).all() and (seen <= size).all())
        moved.append(points - origin)
        flags.append(bool(cared) and whole)
    rows = slice(window.top, window.top + window.height)
    columns = slice(window.left, window.left + window.width)
    return image[rows, columns], moved, np.array(flags, dtype=np.bool_)
