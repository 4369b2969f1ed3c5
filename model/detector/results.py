"""What a detector finds, in plain Python values."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]
_DECIMALS, _SCORE_DECIMALS = 2, 4
"""Of written values: a hundredth of a pixel is far below what a detector can tell."""


@dataclass(frozen=True)
class Line:
    """One text line; half-open pixels of the original picture, EXIF's rotation applied."""

    polygon: Quad
    """(x, y) clockwise from the top left, inside the picture."""
    score: float
    """Mean text probability of its proposals, 0 to 1."""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of the upright box around the polygon."""
        across, down = zip(*self.polygon, strict=True)
        return min(across), min(down), max(across), max(down)

    def to_dict(self) -> dict[str, Any]:
        """``polygon`` (x1, y1, ..., x4, y4), ``box`` and ``score``, rounded, ready for JSON."""
        return {
            "polygon": [round(value, _DECIMALS) for point in self.polygon for value in point],
            "box": [round(value, _DECIMALS) for value in self.box],
            "score": round(self.score, _SCORE_DECIMALS),
        }


@dataclass(frozen=True)
class Detection:
    """The text lines of one picture; ``len()`` and iteration are those of ``lines``."""

    width: int
    """Px of the original picture, EXIF's rotation applied."""
    height: int
    lines: tuple[Line, ...]
    """By falling score."""

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)

    def to_dict(self) -> dict[str, Any]:
        """``width``, ``height`` and ``lines``, ready for JSON."""
        lines = [line.to_dict() for line in self.lines]
        return {"width": self.width, "height": self.height, "lines": lines}


def detection_of(
    width: int, height: int, quads: npt.NDArray[np.float32], scores: npt.NDArray[np.float32]
) -> Detection:
    """(L, 4, 2) corners and (L,) scores as a ``Detection``, in their order."""
    corners = [_quad(quad) for quad in quads.tolist()]
    found = zip(corners, scores.tolist(), strict=True)
    return Detection(width, height, tuple(Line(polygon, score) for polygon, score in found))


def _quad(corners: list[list[float]]) -> Quad:
    first, second, third, fourth = ((x, y) for x, y in corners)
    return first, second, third, fourth
