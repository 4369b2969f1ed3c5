"""Grounds for sample pictures: plain, gradients, clouds, shapes; all dark or all light, so that
text of the other kind stands out everywhere."""

from collections.abc import Callable

import cv2
import numpy as np

_DARK = (10, 95)
_LIGHT = (165, 245)


def random_colour(rng: np.random.Generator, light: bool) -> np.ndarray:
    """(3,) float RGB of a luminance in the light or in the dark range."""
    low, high = _LIGHT if light else _DARK
    colour = rng.uniform(0, 255, 3)
    colour += (float(colour.mean()) - colour) * rng.uniform(0, 0.9)  # most colours are dull
    wanted = rng.uniform(low, high)
    luminance = float(colour @ (0.299, 0.587, 0.114))
    scaled = np.clip(colour * (wanted / max(luminance, 1.0)), 0, 255)
    rest = wanted - float(scaled @ (0.299, 0.587, 0.114))  # what the clipping took
    return np.clip(scaled + rest, 0, 255)


def random_background(rng: np.random.Generator, width: int, height: int, light: bool) -> np.ndarray:
    """(height, width, 3) float32 RGB, 0 to 255."""
    paint = _PAINTERS[int(rng.integers(0, len(_PAINTERS)))]
    pixels = paint(rng, width, height, light).astype(np.float32)
    noise = rng.uniform(0, 7)
    grain = rng.standard_normal((height // 2 + 1, width // 2 + 1), np.float32) * noise
    pixels += cv2.resize(grain, (width, height), interpolation=cv2.INTER_LINEAR)[..., None]
    return np.clip(pixels, 0, 255)


def _plain(rng: np.random.Generator, width: int, height: int, light: bool) -> np.ndarray:
    return np.tile(random_colour(rng, light), (height, width, 1))


def _gradient(rng: np.random.Generator, width: int, height: int, light: bool) -> np.ndarray:
    corners = np.stack([random_colour(rng, light) for _ in range(4)]).reshape(2, 2, 3)
    return _smooth(corners, width, height)


def _clouds(rng: np.random.Generator, width: int, height: int, light: bool) -> np.ndarray:
    base = random_colour(rng, light)
    grid = base + rng.normal(0, 18, (int(rng.integers(4, 12)), int(rng.integers(5, 16)), 3))
    return _smooth(grid, width, height)


def _shapes(rng: np.random.Generator, width: int, height: int, light: bool) -> np.ndarray:
    pixels = _gradient(rng, width, height, light)
    pixels = np.ascontiguousarray(pixels, dtype=np.float32)
    for _ in range(int(rng.integers(3, 10))):
        colour = random_colour(rng, light).tolist()
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        size = int(rng.integers(width // 20, width // 3))
        if rng.random() < 0.5:
            cv2.rectangle(pixels, (x, y), (x + size, y + size // 2), colour, -1)
        else:
            cv2.circle(pixels, (x, y), size // 2, colour, -1, cv2.LINE_AA)
    return pixels


def _boards(rng: np.random.Generator, width: int, height: int, light: bool) -> np.ndarray:
    """Planks or bricks: long straight edges, which are the commonest thing mistaken for text."""
    pixels = np.ascontiguousarray(_clouds(rng, width, height, light), dtype=np.float32)
    step, colour = int(rng.integers(24, 90)), random_colour(rng, light).tolist()
    thick = int(rng.integers(1, 4))
    upright = rng.random() < 0.5
    for at in range(int(rng.integers(0, step)), width if upright else height, step):
        ends = ((at, 0), (at, height)) if upright else ((0, at), (width, at))
        cv2.line(pixels, *ends, colour, thick)
    return pixels


def _smooth(grid: np.ndarray, width: int, height: int) -> np.ndarray:
    return cv2.resize(grid.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)


_Painter = Callable[[np.random.Generator, int, int, bool], np.ndarray]
_PAINTERS: tuple[_Painter, ...] = (_plain, _gradient, _clouds, _shapes, _boards)
