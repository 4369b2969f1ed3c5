"""Labels as the public versions of CTPN read them: what each of their mistakes costs.

Each function takes an image as the shards have it and gives it with its labels spoilt in one way,
for ``python -m benchmarks.twin.train --spoil NAME``.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from model.shards import Sample


def dont_care_as_text(item: Sample) -> Sample:
    """Don't-care regions are text like any other."""
    return replace(item, care=np.ones_like(item.care))


def dont_care_as_background(item: Sample) -> Sample:
    """Don't-care regions are dropped, so that what is written in them is background."""
    polygons = [p for p, care in zip(item.polygons, item.care, strict=True) if care]
    return replace(item, polygons=polygons, care=np.ones(len(polygons), dtype=np.bool_))


def upright_boxes(item: Sample) -> Sample:
    """Every polygon becomes the upright box around it before it is cut into slices."""
    return replace(item, polygons=[_box(polygon) for polygon in item.polygons])


SPOIL: dict[str, Callable[[Sample], Sample]] = {
    function.__name__: function
    for function in (dont_care_as_text, dont_care_as_background, upright_boxes)
}


def _box(polygon: np.ndarray) -> np.ndarray:
    (left, top), (right, bottom) = polygon.min(axis=0), polygon.max(axis=0)
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return np.array(corners, dtype=polygon.dtype)
