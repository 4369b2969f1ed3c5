"""Ground truths and detections as they are drawn on a picture."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from manifests.geometry import Box, bounding_box, is_polygon
from manifests.pages.windows import meets, points
from model.report.outcomes import DETECTIONS, TRUTHS
from model.report.reading import ImageRows, Row

MOST = 120
"""Marks on one crop."""


@dataclass(frozen=True)
class Mark:
    """One polygon, in pixels of what is shown. ``label``: what it is called, at ``x``, ``y``;
    ``classes``: for the styles; ``points``: as SVG has them."""

    label: str
    classes: str
    points: str
    x: float
    y: float


def image_marks(rows: ImageRows, protocols: Sequence[str]) -> list[Mark]:
    """All of an image, the small ones last and so on top, with a class for each protocol:
    ``p0-missed`` under the first."""
    width, height = rows.image["width"], rows.image["height"]
    size = label_size(width, height)
    sized = [
        (-_area(box), side, row, box)
        for side, row in _all(rows)
        for box in [bounding_box(row["polygon"])]
    ]
    marks = []
    for _, side, row, box in sorted(sized, key=lambda entry: (entry[0], entry[1])):
        outcomes = " ".join(f"p{k}-{row[f'{p}_outcome']}" for k, p in enumerate(protocols))
        x, y = _label_place(side, box, size, width, height)
        shape = points(row["polygon"], (0.0, 0.0, width, height), 1.0)
        marks.append(Mark(rows.labels[side][row["index"]], f"{side} {outcomes}", shape, x, y))
    return marks


def crop_marks(
    rows: ImageRows, protocol: str, about: tuple[str, int], part: Box, scale: float
) -> list[Mark]:
    """What lies in a window under one protocol, the one that it is ``about`` last."""
    marks = []
    for side, row in _all(rows):
        if not meets(bounding_box(row["polygon"]), part):
            continue
        mine = (side, row["index"]) == about
        classes = f"{side} o-{row[f'{protocol}_outcome']}{' about' if mine else ''}"
        shape = points(row["polygon"], part, scale)
        marks.append((mine, Mark(rows.labels[side][row["index"]], classes, shape, 0.0, 0.0)))
    return [mark for _, mark in sorted(marks, key=lambda pair: pair[0])][-MOST:]


def label_size(width: int, height: int) -> float:
    """The height of the labels on a picture, in its pixels."""
    return round(max(max(width, height) / 80, 11.0), 1)


def _all(rows: ImageRows) -> Iterable[tuple[str, Row]]:
    for side, mine in ((TRUTHS, rows.truths), (DETECTIONS, rows.detections)):
        yield from ((side, row) for row in mine if is_polygon(row["polygon"]))


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _label_place(side: str, box: Box, size: float, width: int, height: int) -> tuple[float, float]:
    """Above the left corner of a ground truth, below the right one of a detection, inside."""
    x, y = (box[0], box[1] - 0.2 * size) if side == TRUTHS else (box[2] - size, box[3] + size)
    x, y = min(max(x, 0.0), max(width - 2 * size, 0.0)), min(max(y, size), height - 0.2 * size)
    return round(x, 1), round(y, 1)


def polygons_about(rows: ImageRows, side: str, row: dict[str, Any], protocol: str) -> list[Any]:
    """The polygon of a row and those of its partners under a protocol."""
    others = rows.detections if side == TRUTHS else rows.truths
    partners = set(row[f"{protocol}_partners"])
    found = [row["polygon"], *(o["polygon"] for o in others if o["index"] in partners)]
    return [polygon for polygon in found if is_polygon(polygon)]
