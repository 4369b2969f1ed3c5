"""What the protocols read: the ground truths and the detections of one image, as arrays.

Coordinates are pixels of the original image, y downwards, in the convention of the competition's
own files: a rectangle is ``xmin, ymin, xmax, ymax`` and **inclusive** (``0, 0, 0, 0`` is one
pixel), a quadrilateral is its four points as they stand. ``inclusive_rectangles`` converts
half-open boxes.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from manifests.errors import UserError

DONT_CARE_TEXT = "###"

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Detections:
    """The detections of one image, in the order in which the protocols visit them.

    ``shapes`` is (D, 4) float64, inclusive rectangles, or (D, 8) float64, quadrilaterals
    ``x1, y1, ..., x4, y4``. Anything array-like is taken; a copy is kept, read-only. Raises
    ValueError for another shape, a value that is not finite or a rectangle turned inside out.
    """

    shapes: Floats

    def __post_init__(self) -> None:
        object.__setattr__(self, "shapes", _checked_shapes(self.shapes))

    def __len__(self) -> int:
        return len(self.shapes)


@dataclass(frozen=True, eq=False)
class GroundTruths:
    """The ground truths of one image, in the order in which the protocols visit them.

    ``shapes`` as in ``Detections``, (G, 4) or (G, 8); ``care`` is (G,) bool, False for don't-care;
    ``texts`` has G entries, None where there is no transcription (the protocols do not read them).
    """

    shapes: Floats
    care: Bools
    texts: tuple[str | None, ...]

    def __post_init__(self) -> None:
        shapes = _checked_shapes(self.shapes)
        care = np.array(self.care, dtype=bool)
        care.setflags(write=False)
        if care.shape != (len(shapes),) or len(self.texts) != len(shapes):
            raise ValueError(
                f"{len(shapes)} shapes need as many care flags and texts, "
                f"not {care.shape} and {len(self.texts)}"
            )
        object.__setattr__(self, "shapes", shapes)
        object.__setattr__(self, "care", care)
        object.__setattr__(self, "texts", tuple(self.texts))

    @classmethod
    def from_texts(cls, shapes: ArrayLike, texts: list[str]) -> Self:
        """Ground truths that are don't-care where the text is exactly ``###``."""
        care = np.array([text != DONT_CARE_TEXT for text in texts], dtype=bool)
        return cls(np.asarray(shapes, dtype=np.float64), care, tuple(texts))

    def __len__(self) -> int:
        return len(self.shapes)


def rectangles(shapes: Floats) -> Floats:
    """The (N, 4) inclusive rectangles; a UserError where the shapes are quadrilaterals."""
    if len(shapes) and shapes.shape[1] != 4:
        raise UserError(
            "this protocol compares axis-aligned rectangles (4 numbers) and was given "
            "quadrilaterals (8 numbers): use the protocol iou, or their bounding rectangles"
        )
    return shapes.reshape(-1, 4)


def quadrilaterals(shapes: Floats) -> Floats:
    """(N, 4, 2) points, clockwise from the top left; a rectangle counts as its four corners."""
    if shapes.shape[1] == 4:
        shapes = shapes[:, [0, 1, 2, 1, 2, 3, 0, 3]]
    return shapes.reshape(-1, 4, 2)


def inclusive_rectangles(boxes: ArrayLike) -> Floats:
    """Inclusive rectangles of half-open boxes, in whole pixels.

    ``boxes`` is (N, 4) ``left, top, right, bottom``, half-open; every edge goes to the nearest
    pixel border and a box keeps at least one pixel. Returns (N, 4) float64 ``xmin, ymin, xmax,
    ymax``.
    """
    edges = np.rint(np.asarray(boxes, dtype=np.float64).reshape(-1, 4))
    low, high = edges[:, :2], edges[:, 2:]
    return np.concatenate([low, np.maximum(high - 1, low)], axis=1)


def _checked_shapes(shapes: ArrayLike) -> Floats:
    """A read-only float64 copy, (N, 4) or (N, 8)."""
    array = np.array(shapes, dtype=np.float64)
    if array.shape in {(0,), (0, 0)}:
        array = array.reshape(0, 4)
    if array.ndim != 2 or array.shape[1] not in {4, 8}:
        raise ValueError(f"shapes are (N, 4) rectangles or (N, 8) points, not {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError("shapes hold a value that is not finite")
    if array.shape[1] == 4 and (array[:, 2:] < array[:, :2]).any():
        raise ValueError("a rectangle is turned inside out: xmax < xmin or ymax < ymin")
    array.setflags(write=False)
    return array
