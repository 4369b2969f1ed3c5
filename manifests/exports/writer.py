"""What a format's writer must do."""

import abc
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np

Row = dict[str, Any]


class Writer(abc.ABC):
    """Writes one export below ``folder``: ``place`` and ``add`` for each image, then ``finish``.

    ``notes``: what a format could not hold as it stands, counted by what was done about it.
    """

    losses: ClassVar[dict[str, str]] = {}
    """What each key of ``notes`` means."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes: Counter[str] = Counter()

    @abc.abstractmethod
    def place(self, dataset: str, split: str, stem: str) -> str:
        """Where the picture goes: relative to ``folder``, without a suffix."""

    @abc.abstractmethod
    def add(self, row: Row, picture: str) -> int:
        """Write the labels of an image, whose picture stands at ``picture``; returns how many
        regions were written. Raises UserError where the format cannot hold one."""

    def finish(self) -> None:
        """Write what can be written only at the end."""
        return


def as_quadrilateral(polygon: Sequence[float]) -> tuple[list[float], bool]:
    """Four corners, x, y in turn, and whether they are other than the polygon: then they are those
    of the smallest rectangle, at any angle, around it."""
    if len(polygon) == 8:
        return list(polygon), False
    points = np.array(polygon, dtype=np.float32).reshape(-1, 2)
    corners = cv2.boxPoints(cv2.minAreaRect(points))
    return [float(value) for value in _from_top_left(corners).reshape(-1)], True


def _from_top_left(corners: Any) -> Any:
    """The corners clockwise, as OpenCV gives them, from the one nearest to the top left on."""
    return np.roll(corners, -int(np.argmin(corners.sum(axis=1))), axis=0)
