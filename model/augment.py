"""Random changes to a training image that leave its text readable.

Geometry is one ``View``: a window of the image, scaled, somewhere on the network's training input.
Image and polygons go through it together. Every function takes a NumPy Generator and is a pure
function of its arguments, so a sample is the same for the same seed, whatever process makes it.
Mirroring is left out on purpose: mirrored text is not text.

Shape letters: R regions, n points of a polygon.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Bools, Floats
from model.transforms import Fit, fit, resize_image, resize_polygons

MAX_RATIO = 64.0
"""A picture is enlarged by at most this much: tiny pictures stay tiny."""


@dataclass(frozen=True)
class JitterSettings:
    """Widest change of each kind; 0 turns a kind off."""

    brightness: float = 32.0
    """Added to all channels, in grey levels of 0..255."""
    contrast: float = 0.3
    """Relative change of the distance from mid grey."""
    colour: float = 0.1
    """Relative change of each channel by itself."""


@dataclass(frozen=True)
class AugmentSettings:
    """How training images are changed. As it stands by default: not at all."""

    jitter: float = 0.0
    """Share of the images whose brightness, contrast and colour change."""
    width: int = 0
    """Px of the training input, a multiple of 16; 0: as wide as the network's input."""
    height: int = 0
    scale: tuple[float, float] = (1.0, 1.0)
    """Least and greatest factor on the scale at which the network sees the image in use. The factor
    is drawn evenly on a logarithmic axis. What does not fit the training input is cropped, what
    does not fill it is surrounded by padding."""
    stretch: float = 0.0
    """Largest relative change of width against height, either way."""
    around_text: float = 0.0
    """Share of the images whose window is laid around one of their care regions."""
    least_height: float = 0.0
    """Px of the training input: care regions lower than this become don't-care, for no eye reads
    them."""

    @property
    def moves(self) -> bool:
        """Whether images are scaled, cropped or moved."""
        return self.scale != (1.0, 1.0) or self.stretch > 0 or self.width > 0 or self.height > 0


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

    @property
    def pixels(self) -> tuple[slice, slice]:
        """Rows and columns."""
        return (
            slice(self.top, self.top + self.height),
            slice(self.left, self.left + self.width),
        )


@dataclass(frozen=True)
class View:
    """What of an image is seen, and how it lies on the training input."""

    window: Window
    placed: Fit
    """Of the window, as if it were the whole image."""

    def picture(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """(height, width, 3) uint8 RGB to (input_height, input_width, 3)."""
        return resize_image(image[self.window.pixels], self.placed)

    def polygons(self, polygons: Sequence[Floats]) -> list[npt.NDArray[np.float64]]:
        """(n, 2) arrays in half-open pixels of the image to those of the training input."""
        origin = np.array([self.window.left, self.window.top], dtype=np.float64)
        return resize_polygons([np.asarray(p, np.float64) - origin for p in polygons], self.placed)


def whole_view(width: int, height: int, input_width: int, input_height: int) -> View:
    """The image as the network sees it in use."""
    return View(Window(0, 0, width, height), fit(width, height, input_width, input_height))


def random_view(
    size: tuple[int, int],
    polygons: Sequence[Floats],
    care: Bools,
    network_input: tuple[int, int],
    settings: AugmentSettings,
    rng: np.random.Generator,
) -> View:
    """A view by the settings. size, network_input: width, height in px; polygons: (n, 2) arrays in
    half-open pixels of the image; care: (R,) bool."""
    canvas = settings.width or network_input[0], settings.height or network_input[1]
    base = min(network_input[0] / size[0], network_input[1] / size[1])
    low, high = settings.scale
    factor = low * (high / low) ** rng.uniform()
    stretch = math.sqrt(1 + settings.stretch) ** rng.uniform(-1, 1)
    scales = [min(base * factor * s, MAX_RATIO) for s in (stretch, 1 / stretch)]
    target = _target(polygons, care, settings.around_text, rng)
    spans = [
        _span(
            size[axis], canvas[axis], scales[axis], None if target is None else target[:, axis], rng
        )
        for axis in (0, 1)
    ]
    (x, width, resized_width, left), (y, height, resized_height, top) = spans
    placed = Fit(width, height, resized_width, resized_height, *canvas, left, top)
    return View(Window(x, y, width, height), placed)


def _target(
    polygons: Sequence[Floats], care: Bools, share: float, rng: np.random.Generator
) -> Floats | None:
    """(n, 2) the care region that the window is laid around, if it is to be laid around any."""
    wanted = rng.random() < share
    choices = np.flatnonzero(care)
    if not wanted or not len(choices):
        return None
    return np.asarray(polygons[int(rng.choice(choices))], dtype=np.float64)


def _span(
    size: int, canvas: int, scale: float, target: Floats | None, rng: np.random.Generator
) -> tuple[int, int, int, int]:
    """One axis of a view: start and length of the window in px of the image, its length and its
    place on the canvas. target: (n,) coordinates that the window should show, if any."""
    length = min(size, max(round(canvas / scale), 1))
    low, high = 0, size - length
    if target is not None and target.max() - target.min() <= length:
        low = min(max(math.ceil(target.max()) - length, 0), high)
        high = max(min(math.floor(target.min()), high), low)
    elif target is not None:
        low = high = min(max(round(float(target.mean()) - length / 2), 0), high)
    resized = min(max(round(length * scale), 1), canvas)
    return (
        int(rng.integers(low, high + 1)),
        length,
        resized,
        int(rng.integers(canvas - resized + 1)),
    )


def seen_regions(
    polygons: Sequence[Floats], care: Bools, size: tuple[int, int], view: View, least_height: float
) -> tuple[list[npt.NDArray[np.float64]], Bools]:
    """The regions of an image that a view shows: polygons in pixels of the training input, and
    their care flags.

    polygons: (n, 2) arrays in half-open pixels of the image, whose width and height are ``size``;
    care: (R,) bool. A word that the window cuts becomes don't-care: what remains is neither the
    word nor background; so does one that is now lower than ``least_height``. A polygon keeps its
    full extent, for slices are cut to the picture anyway. What it has outside the image itself was
    never visible and does not count as cut.
    """
    window = view.window
    extent, origin = (window.width, window.height), (window.left, window.top)
    kept, flags = [], []
    for polygon, cared in zip(polygons, care, strict=True):
        seen = np.clip(np.asarray(polygon, dtype=np.float64), 0, size) - origin
        if (seen.max(axis=0) <= 0).any() or (seen.min(axis=0) >= extent).any():
            continue
        whole = bool((seen >= 0).all() and (seen <= extent).all())
        moved = view.polygons([polygon])[0]
        kept.append(moved)
        flags.append(bool(cared) and whole and text_height(moved) >= least_height)
    return kept, np.array(flags, dtype=np.bool_)


def text_height(polygon: Floats) -> float:
    """The shorter side of the smallest rectangle around (n, 2) points."""
    (_, _), sides, _ = cv2.minAreaRect(np.asarray(polygon, dtype=np.float32))
    return float(min(sides))
