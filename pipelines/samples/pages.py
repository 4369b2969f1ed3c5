"""Sample pictures: lines of words on a ground, with the exact outline of every word."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from manifests.geometry import Box, Polygon, bounding_box, polygon_from_box
from pipelines.samples.backgrounds import random_background, random_colour
from pipelines.samples.fonts import Ink, random_font
from pipelines.samples.words import random_word

# letters are sized for a reader that fits pictures into this frame
_FRAME = (480, 288)
_PLACES = 12
# a line is set anew, larger or smaller, until it fits
_TRIES = 4
_TRIES_GIVEN = 80


@dataclass(frozen=True)
class Style:
    """How the pictures of a dataset look.

    ``sizes``: (width, height) to draw from. ``letters``: height of capitals in pixels once the
    picture is fitted into 480 x 288. ``lines``, ``words``: least and most. ``gap``: between the
    words of a line, in heights. ``slant``: largest angle of a line in degrees; half of the lines
    of a slanted style are level all the same. ``blur``: largest sigma in pixels.
    """

    sizes: Sequence[tuple[int, int]] = ((480, 288), (640, 384), (640, 480), (800, 480), (960, 576))
    letters: tuple[float, float] = (14.0, 44.0)
    lines: tuple[int, int] = (2, 5)
    words: tuple[int, int] = (1, 3)
    gap: tuple[float, float] = (0.6, 2.0)
    slant: float = 0.0
    blur: float = 0.8


@dataclass(frozen=True)
class Word:
    """A word of a picture. ``polygon``: four corners clockwise from the top left of the text,
    half-open pixels; the tight upright box of the ink where the line is level."""

    text: str
    polygon: Polygon

    @property
    def box(self) -> Box:
        """(left, top, right, bottom), half-open pixels."""
        return bounding_box(self.polygon)


@dataclass
class Page:
    """A picture. ``pixels``: (height, width, 3) uint8 RGB."""

    pixels: np.ndarray
    words: list[Word] = field(default_factory=list)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.pixels.shape[1], self.pixels.shape[0]


def draw_page(rng: np.random.Generator, style: Style, texts: Sequence[str] = ()) -> Page:
    """A new picture. ``texts`` are in it for certain, one a line; the rest is drawn at random.

    A style of one line or more gives one word at least. Raises RuntimeError where the given texts
    do not fit the style's pictures.
    """
    sheet = _Sheet(rng, style)
    for text in texts:
        sheet.add_line([text], _TRIES_GIVEN)
        if len(sheet.words) == 0 or sheet.words[-1].text != text:
            raise RuntimeError(f"no room for {text!r} in a picture of {sheet.canvas.shape[:2]}")
    for _ in range(int(rng.integers(*style.lines, endpoint=True)) - len(texts)):
        count = int(rng.integers(*style.words, endpoint=True))
        sheet.add_line([random_word(rng) for _ in range(count)], _TRIES)
    while style.lines[0] > 0 and not sheet.words:
        sheet.add_line([random_word(rng)], _TRIES)
    return Page(sheet.finish(), sheet.words)


@dataclass(frozen=True)
class _Line:
    """Words side by side on a baseline. ``lefts``: of each word, from the start of the line."""

    inks: list[Ink]
    lefts: list[int]

    @property
    def extent(self) -> Box:
        """Box around all ink, origin at the start of the baseline."""
        right = self.lefts[-1] + self.inks[-1].mask.shape[1]
        bottom = max(ink.top + ink.mask.shape[0] for ink in self.inks)
        return (0, min(ink.top for ink in self.inks), right, bottom)


class _Sheet:
    """A picture that is being drawn. ``canvas``: (height, width, 3) float32 RGB."""

    def __init__(self, rng: np.random.Generator, style: Style) -> None:
        self.rng, self.style = rng, style
        width, height = style.sizes[int(rng.integers(0, len(style.sizes)))]
        self.light = bool(rng.random() < 0.5)
        self.canvas = random_background(rng, width, height, self.light)
        self.words: list[Word] = []
        self.taken: list[Box] = []

    def add_line(self, texts: list[str], tries: int) -> None:
        """Draw a line of words, set anew at each try; nothing where it fits nowhere."""
        for _ in range(tries):
            line = _set_line(self.rng, self.style, self.canvas, texts)
            angle = self._angle()
            place = _find_room(self.rng, line, angle, self.canvas, self.taken)
            if place is not None:
                self._draw(texts, line, place, angle)
                return

    def finish(self) -> np.ndarray:
        """The picture, (height, width, 3) uint8 RGB."""
        sigma = float(self.rng.uniform(0, self.style.blur))
        if sigma > 0.3:
            self.canvas = cv2.GaussianBlur(self.canvas, (0, 0), sigma)
        return np.clip(self.canvas + 0.5, 0, 255).astype(np.uint8)

    def _angle(self) -> float:
        if self.style.slant == 0 or self.rng.random() < 0.5:
            return 0.0
        return math.radians(float(self.rng.uniform(-self.style.slant, self.style.slant)))

    def _draw(self, texts: list[str], line: _Line, place: tuple[int, int], angle: float) -> None:
        colour = random_colour(self.rng, not self.light)
        for text, ink, left in zip(texts, line.inks, line.lefts, strict=True):
            x, y = _turn(left, ink.top, angle)
            outline = _paint(self.canvas, ink, (place[0] + x, place[1] + y), angle, colour)
            self.words.append(Word(text, outline))


def _set_line(
    rng: np.random.Generator, style: Style, canvas: np.ndarray, texts: list[str]
) -> _Line:
    height, width = canvas.shape[:2]
    scale = max(width / _FRAME[0], height / _FRAME[1])
    low, high = np.log(style.letters)
    letter = scale * float(np.exp(rng.uniform(low, high)))
    font = random_font(rng, letter)
    inks = [font(text) for text in texts]
    lefts, at = [], 0
    for ink in inks:
        lefts.append(at)
        at += ink.mask.shape[1] + round(letter * float(rng.uniform(*style.gap)))
    return _Line(inks, lefts)


def _find_room(
    rng: np.random.Generator, line: _Line, angle: float, canvas: np.ndarray, taken: list[Box]
) -> tuple[int, int] | None:
    """Where to put the start of the baseline, so that the line stands clear of all others."""
    height, width = canvas.shape[:2]
    left, top, right, bottom = _turned_box(line.extent, angle)
    pad = 0.4 * (line.extent[3] - line.extent[1])
    low_x, high_x = math.ceil(2 - left), math.floor(width - 2 - right)
    low_y, high_y = math.ceil(2 - top), math.floor(height - 2 - bottom)
    if high_x < low_x or high_y < low_y:
        return None
    for _ in range(_PLACES):
        x, y = int(rng.integers(low_x, high_x + 1)), int(rng.integers(low_y, high_y + 1))
        box = (x + left - pad, y + top - pad, x + right + pad, y + bottom + pad)
        if not any(_overlap(box, other) for other in taken):
            taken.append(box)
            return x, y
    return None


def _paint(
    canvas: np.ndarray, ink: Ink, corner: tuple[float, float], angle: float, colour: np.ndarray
) -> Polygon:
    """Mix a word into the canvas, its top left at ``corner``; its outline, half-open pixels."""
    height, width = ink.mask.shape
    around = _turned_box((0, 0, width, height), angle)
    left, top = math.floor(corner[0] + around[0]), math.floor(corner[1] + around[1])
    right, bottom = math.ceil(corner[0] + around[2]), math.ceil(corner[1] + around[3])
    mask = ink.mask
    if angle:
        start, size = (corner[0] - left, corner[1] - top), (right - left, bottom - top)
        mask = _rotate(mask, angle, start, size)
    share = (mask.astype(np.float32) / 255)[..., None]
    part = canvas[top:bottom, left:right]
    part += share * (colour.astype(np.float32) - part)
    turned = _turned((0, 0, width, height), angle)
    return tuple(value + corner[i % 2] for i, value in enumerate(turned))


def _rotate(
    mask: np.ndarray, angle: float, corner: tuple[float, float], size: tuple[int, int]
) -> np.ndarray:
    cos, sin = math.cos(angle), math.sin(angle)
    # OpenCV puts whole numbers at the centres of pixels; corners of pixels are half a pixel off
    x = corner[0] + 0.5 * (cos - sin) - 0.5
    y = corner[1] + 0.5 * (sin + cos) - 0.5
    matrix = np.array([[cos, -sin, x], [sin, cos, y]], np.float64)
    return cv2.warpAffine(mask, matrix, size, flags=cv2.INTER_LINEAR)


def _turn(x: float, y: float, angle: float) -> tuple[float, float]:
    cos, sin = math.cos(angle), math.sin(angle)
    return (x * cos - y * sin, x * sin + y * cos)


def _turned(box: Box, angle: float) -> Polygon:
    corners = polygon_from_box(*box)
    points = zip(corners[0::2], corners[1::2], strict=True)
    return tuple(value for x, y in points for value in _turn(x, y, angle))


def _turned_box(box: Box, angle: float) -> Box:
    return bounding_box(_turned(box, angle))


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
