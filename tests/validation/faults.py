"""Faults to plant, one in each image of a manifest, and the rules that each must break.

An edit changes one row of the images table of ``alpha/train``.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from manifests.identity import sha256_bytes

Row = dict[str, Any]
FIRST = "alpha/train/img_0"
FIRST_URI = "alpha/train.zip!img_0.jpg"
FIRST_RULES = {"image_id_unique", "image_uri_unique", "picture_unique"}
"""What the first image breaks, because faults repeat its values."""

_BOX = ("left", "top", "right", "bottom")


@dataclass(frozen=True)
class Fault:
    """``rules``: what the image or its regions break, and nothing else."""

    name: str
    edit: Callable[[Row], Any]
    rules: frozenset[str]
    regions: bool = True


def fault(name: str, edit: Callable[[Row], Any], *rules: str, regions: bool = True) -> Fault:
    """A fault; ``regions=False`` plants it in an image without any."""
    return Fault(name, edit, frozenset(rules), regions)


def _set(**values: Any) -> Callable[[Row], None]:
    return lambda row: row.update(values)


def _region(**values: Any) -> Callable[[Row], None]:
    return lambda row: row["regions"][0].update(values)


def _polygon(*points: float) -> Callable[[Row], None]:
    """Another polygon, with its true bounds for a box where it has any."""

    def edit(row: Row) -> None:
        region = row["regions"][0]
        region["polygon"] = list(points)
        xs, ys = points[0::2], points[1::2]
        if len(points) % 2 == 0 and points and all(map(math.isfinite, points)):
            sides = (min(xs), min(ys), max(xs), max(ys))
            region["box"] = dict(zip(_BOX, sides, strict=True))

    return edit


def _repeat_region_id(row: Row) -> None:
    row["regions"][1]["region_id"] = row["regions"][0]["region_id"]


def _borrow_region_id(row: Row) -> None:
    row["regions"][0]["region_id"] = f"{FIRST}#77"


def _cut_region_id(row: Row) -> None:
    row["regions"][0]["region_id"] = row["image_id"] + "#"


def _shift_box(row: Row) -> None:
    row["regions"][0]["box"]["left"] += 4


FAULTS = (
    fault("id with a space", _set(image_id="alpha/train/a b"), "image_id_form", regions=False),
    fault("id of another set", _set(image_id="beta/train/x"), "image_id_form", regions=False),
    fault("id twice", _set(image_id=FIRST), "image_id_unique", regions=False),
    fault("other dataset", _set(dataset="beta"), "dataset_agrees"),
    fault("other split", _set(split="test"), "split_agrees"),
    fault("absolute URI", _set(image_uri="/etc/img.jpg"), "image_uri_inside"),
    fault("URI that climbs", _set(image_uri="alpha/../../img.jpg"), "image_uri_inside"),
    fault("no URI", _set(image_uri=""), "image_uri_inside"),
    fault("URI twice", _set(image_uri=FIRST_URI), "image_uri_unique"),
    fault("digest in capitals", _set(image_sha256="A" * 64), "sha256_form"),
    fault("digest cut short", _set(image_sha256="a" * 63), "sha256_form"),
    fault("no width", _set(width=0), "width_range", "pixels_range", regions=False),
    fault("negative height", _set(height=-1), "height_range", "pixels_range", regions=False),
    fault("absurd height", _set(width=560, height=70_000), "height_range"),
    fault("too many pixels", _set(width=20_000, height=20_000), "pixels_range"),
    fault("unknown format", _set(format="EXE"), "format_known"),
    fault("region of another image", _borrow_region_id, "region_id_of_image"),
    fault("region without number", _cut_region_id, "region_id_form"),
    fault("region twice", _repeat_region_id, "region_id_unique"),
    fault("line 0", _region(source_line=0), "source_line_range"),
    fault("unknown reason", _region(care=False, ignore_reason="mood"), "ignore_reason_known"),
    fault("unknown granularity", _region(granularity="glyph"), "granularity_known"),
    fault("care with a reason", _region(ignore_reason="marked"), "care_no_reason"),
    fault("don't-care without", _region(care=False), "dont_care_reason"),
    fault("no points", _polygon(), "points"),
    fault("two points", _polygon(10, 10, 50, 30), "points"),
    fault("seven numbers", _polygon(10, 10, 50, 10, 50, 30, 10), "points_pair"),
    fault("not a number", _polygon(math.nan, 10, 50, 10, 50, 30), "finite"),
    fault("infinite", _polygon(10, 10, math.inf, 10, 50, 30), "finite"),
    fault("box beside it", _shift_box, "box_bounds"),
    fault("flat", _polygon(10, 9, 50, 9, 80, 9), "box_height", "in_picture"),
    fault("narrow", _polygon(9, 10, 9, 50, 9, 80), "box_width", "in_picture"),
    fault("right of it", _polygon(700, 10, 760, 10, 760, 30), "in_picture"),
    fault("no annotation", _set(annotation_uri=""), "annotation_named"),
    fault("same picture", _set(image_sha256=sha256_bytes(FIRST.encode())), "picture_unique"),
)
