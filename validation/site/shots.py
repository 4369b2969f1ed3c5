"""Which part of which picture shows a finding: a window around its regions, or all of it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from manifests.findings import Finding
from manifests.geometry import Box, bounding_box, is_polygon
from manifests.pages.windows import meets, points
from manifests.pages.windows import window as around

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
    polygons = [p for p in named(row, shot).values() if is_polygon(p)]
    return around(polygons, row["width"], row["height"])


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
        Outline(points(region["polygon"], part, scale), "care" if region["care"] else "ignored")
        for region in row["regions"]
        if region["region_id"] not in about
        and is_polygon(region["polygon"])
        and meets(bounding_box(region["polygon"]), part)
    ]
    mine = [
        Outline(points(polygon, part, scale), role)
        for role, polygon in reversed(named(row, shot).items())
        if is_polygon(polygon)
    ]
    return (*others[:OUTLINES], *mine)


def file_name(shot: Shot, part: Box) -> str:
    """The name of the picture's file; the same part of one picture has one file."""
    digest = hashlib.sha256(f"{shot.image_id} {part}".encode()).hexdigest()
    return f"{digest[:2]}/{digest[2:18]}.jpg"
