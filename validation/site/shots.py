"""Which part of which picture shows a finding: a window around its regions, or all of it."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from manifests.findings import Finding
from manifests.geometry import Box, bounding_box, is_polygon

_CONTEXT = 0.75
_LEAST_CONTEXT = 20.0
_LEAST = (64.0, 48.0)
_BEYOND = 0.5
"""A window reaches out of the picture with its region, by half of the picture's side at most."""
OUTLINES = 150


@dataclass(frozen=True)
class Shot:
    """One picture of a finding. ``region``, ``other``: the regions it is about, if any; ``place``:
    a polygon that is no region, x, y in turn, half-open pixels of the picture."""

    image_id: str
    region: str | None = None
    other: str | None = None
    place: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Outline:
    """A polygon on a thumbnail. ``points``: as SVG has them, in pixels of the thumbnail.
    ``role``: ``region``, ``other`` and ``place`` of the finding, else ``care`` or ``ignored``."""

    points: str
    role: str


def shots(finding: Finding) -> tuple[Shot, ...]:
    """The pictures that show a finding: none, one, or the two of a pair."""
    first, second = finding.image_id, finding.other_image_id
    if first is None:
        return ()
    place = None if finding.polygon is None else tuple(finding.polygon)
    if second is None or second == first:
        return (Shot(first, finding.region_id, finding.other_region_id, place),)
    return Shot(first, finding.region_id, place=place), Shot(second, other=finding.other_region_id)


def window(row: dict[str, Any], shot: Shot) -> Box:
    """The part of the picture to show, in its pixels: left, top, right, bottom, whole numbers.

    All of it where the finding names no region, or none that the row has with finite corners.
    """
    width, height = float(row["width"]), float(row["height"])
    boxes = [bounding_box(p) for p in named(row, shot).values() if is_polygon(p)]
    if not boxes:
        return (0.0, 0.0, width, height)
    sides = list(zip(*boxes, strict=True))
    left, right = _span(min(sides[0]), max(sides[2]), width)
    top, bottom = _span(min(sides[1]), max(sides[3]), height)
    around = max(_LEAST_CONTEXT, _CONTEXT * min(right - left, bottom - top))
    wide = max(right - left + 2 * around, _LEAST[0])
    high = max(bottom - top + 2 * around, _LEAST[1])
    wide, high = max(wide, high * 4 / 3), max(high, wide / 2)
    x0, x1 = _place(left, right, wide, width)
    y0, y1 = _place(top, bottom, high, height)
    return (x0, y0, x1, y1)


def named(row: dict[str, Any], shot: Shot) -> dict[str, Sequence[float]]:
    """The polygons that a shot is about, by role."""
    polygons = {region["region_id"]: region["polygon"] for region in row["regions"]}
    ids = {"region": shot.region, "other": shot.other}
    found = {role: polygons[name] for role, name in ids.items() if name in polygons}
    return found if shot.place is None else {**found, "place": shot.place}


def outlines(row: dict[str, Any], shot: Shot, part: Box, scale: float) -> tuple[Outline, ...]:
    """The regions inside a window, those of the finding last, so that they are on top."""
    about = {shot.region, shot.other}
    others = [
        Outline(_points(region["polygon"], part, scale), "care" if region["care"] else "ignored")
        for region in row["regions"]
        if region["region_id"] not in about
        and is_polygon(region["polygon"])
        and _meets(bounding_box(region["polygon"]), part)
    ]
    mine = [
        Outline(_points(polygon, part, scale), role)
        for role, polygon in reversed(named(row, shot).items())
        if is_polygon(polygon)
    ]
    return (*others[:OUTLINES], *mine)


def file_name(shot: Shot, part: Box) -> str:
    """The name of the picture's file; the same part of one picture has one file."""
    digest = hashlib.sha256(f"{shot.image_id} {part}".encode()).hexdigest()
    return f"{digest[:2]}/{digest[2:18]}.jpg"


def _span(low: float, high: float, side: float) -> tuple[float, float]:
    """A region's extent, cut where it is absurdly far out of the picture."""
    least, most = -_BEYOND * side, (1 + _BEYOND) * side
    return min(max(low, least), most), min(max(high, least), most)


def _place(low: float, high: float, size: float, side: float) -> tuple[float, float]:
    """An interval of the size around low..high, inside 0..side as far as low..high allows."""
    start = (low + high - size) / 2
    first, last = min(0.0, low - 8 if low < 0 else 0.0), max(side, high + 8 if high > side else 0.0)
    size = min(size, last - first)
    start = min(max(start, first), last - size)
    return float(math.floor(start)), float(math.ceil(start + size))


def _meets(box: Box, part: Box) -> bool:
    return box[0] < part[2] and box[2] > part[0] and box[1] < part[3] and box[3] > part[1]


def _points(polygon: Sequence[float], part: Box, scale: float) -> str:
    pairs = zip(polygon[0::2], polygon[1::2], strict=True)
    return " ".join(f"{(x - part[0]) * scale:.1f},{(y - part[1]) * scale:.1f}" for x, y in pairs)
