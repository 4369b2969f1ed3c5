"""What differs between two versions of a manifest, told image by image and region by region.

A version is a list of Parquet files of images: a manifest's own, or a copy of the columns in
``COLUMNS`` (``slim``). Both are walked side by side, so no more than a few images are held.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from manifests.geometry import bounding_box
from manifests.matching import Region, pair_regions
from manifests.ordered import Row, rows_by_id

REGION_COLUMNS = ("region_id", "polygon", "text", "care", "ignore_reason", "source_line")
COLUMNS = (
    *("image_id", "image_sha256", "width", "height", "annotation_uri", "exhaustive"),
    *(f"regions.list.element.{name}" for name in REGION_COLUMNS),
)
"""All that is compared, as Parquet names it."""

KINDS = {
    "images_added": "images added",
    "images_removed": "images removed",
    "pictures_replaced": "pictures replaced (other bytes)",
    "exhaustive_changed": "images that became, or are no more, exhaustively labelled",
    "regions_added": "regions added",
    "regions_removed": "regions removed",
    "regions_moved": "regions moved",
    "regions_reread": "regions re-read (other text)",
    "care_changed": "regions whose don't-care changed",
    "regions_renumbered": "regions with another number, otherwise found again",
}
"""Kinds of change. One region may have moved, been re-read and be renumbered at once."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. ``before``, ``after``: the values, where there are any in a few words;
    ``by``: how far a region moved, in pixels (see ``shift``); ``source_uri``, ``source_line``: of
    the new version, or of the old where that is all there is; ``regions``: of an image that came
    or went as a whole, how many came or went with it; ``was``: the polygon of a region that moved
    or is gone, as it was."""

    kind: str
    image_id: str
    region_id: str | None = None
    before: str | None = None
    after: str | None = None
    by: float | None = None
    source_uri: str | None = None
    source_line: int | None = None
    regions: int = 0
    was: tuple[float, ...] | None = None

    def row(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {name: getattr(self, name) for name in self.__slots__}

    def __str__(self) -> str:
        where = self.region_id or self.image_id
        line = f" (line {self.source_line})" if self.source_line is not None else ""
        return f"{where}{line}{self._what()}"

    def _what(self) -> str:
        if self.by is not None:
            return f": by {self.by:.1f} px"
        if self.kind in ("images_added", "images_removed"):
            return f": with {self.regions} regions"
        told = [value for value in (self.before, self.after) if value is not None]
        return f": {' -> '.join(told)}" if told else ""


@dataclass
class Differences:
    """How many changes of each kind, and the first few of each."""

    counts: Counter[str] = field(default_factory=Counter)
    listed: list[Change] = field(default_factory=list)
    farthest: float = 0.0
    """The longest way that a region moved, pixels."""

    def to_json(self) -> dict[str, Any]:
        """Counts of all kinds, whatever was listed."""
        return {
            "counts": {kind: self.counts[kind] for kind in KINDS},
            "farthest_move_px": self.farthest,
            "listed": [change.row() for change in self.listed],
        }


def gather(changes: Iterable[Change], limit: int) -> Differences:
    """Count changes, and keep the first ``limit`` of each kind."""
    found, kept = Differences(), Counter[str]()
    for change in changes:
        found.counts[change.kind] += 1
        if change.regions:
            found.counts[change.kind.replace("images", "regions")] += change.regions
        found.farthest = max(found.farthest, change.by or 0.0)
        if kept[change.kind] < limit:
            kept[change.kind] += 1
            found.listed.append(change)
    return found


def compare(old: Sequence[Path], new: Sequence[Path]) -> Iterator[Change]:
    """Every change from the images of ``old`` to those of ``new``, by image id."""
    for before, after in _side_by_side(rows_by_id(old, COLUMNS), rows_by_id(new, COLUMNS)):
        if before and after:
            yield from compare_images(before, after)
        else:
            row = after or before
            assert row is not None
            kind = "images_added" if after else "images_removed"
            uri, count = row["annotation_uri"], len(row["regions"])
            yield Change(kind, row["image_id"], source_uri=uri, regions=count)


def compare_images(before: Row, after: Row) -> Iterator[Change]:
    """Every change between two rows of one image."""
    name, uri = after["image_id"], after["annotation_uri"]
    if before["image_sha256"] != after["image_sha256"]:
        yield Change("pictures_replaced", name, None, _size(before), _size(after), source_uri=uri)
    if before["exhaustive"] != after["exhaustive"]:
        was, now = (str(row["exhaustive"]).lower() for row in (before, after))
        yield Change("exhaustive_changed", name, None, was, now, source_uri=uri)
    pairing = pair_regions(before["regions"], after["regions"])
    for pair in pairing.pairs:
        yield from _compare_regions(name, uri, *pair)
    for region in pairing.removed:
        told = {"before": _quoted(region["text"]), "was": tuple(region["polygon"])}
        yield _change("regions_removed", name, uri, region, **told)
    for region in pairing.added:
        yield _change("regions_added", name, uri, region, after=_quoted(region["text"]))


def shift(old: Sequence[float], new: Sequence[float]) -> float:
    """The longest way of a point in pixels; of a side of the box where the points are not as many.

    Polygons are x, y in turn.
    """
    if len(old) == len(new):
        ways = (math.hypot(new[i] - old[i], new[i + 1] - old[i + 1]) for i in range(0, len(old), 2))
        return max(ways, default=0.0)
    sides = zip(bounding_box(old), bounding_box(new), strict=True)
    return max(abs(b - a) for a, b in sides)


def _compare_regions(name: str, uri: str, old: Region, new: Region) -> Iterator[Change]:
    if old["polygon"] != new["polygon"]:
        by, was = shift(old["polygon"], new["polygon"]), tuple(old["polygon"])
        yield _change("regions_moved", name, uri, new, by=by, was=was)
    for kind, told in (
        ("regions_reread", lambda region: _quoted(region["text"])),
        ("care_changed", _care),
        ("regions_renumbered", lambda region: region["region_id"]),
    ):
        if told(old) != told(new):
            yield _change(kind, name, uri, new, before=told(old), after=told(new))


def _change(kind: str, name: str, uri: str, region: Region, **what: Any) -> Change:
    line = region["source_line"]
    return Change(kind, name, region["region_id"], source_uri=uri, source_line=line, **what)


def _quoted(text: str | None) -> str:
    return "no text" if text is None else repr(text)


def _care(region: Region) -> str:
    return "care" if region["care"] else f"don't-care ({region['ignore_reason']})"


def _size(row: Row) -> str:
    return f"{row['image_sha256'][:12]} {row['width']}x{row['height']}"


def _side_by_side(
    old: Iterator[Row], new: Iterator[Row]
) -> Iterator[tuple[Row | None, Row | None]]:
    """Rows of one id together; both streams in the order of ids."""
    a, b = next(old, None), next(new, None)
    while a or b:
        if b is None or (a and a["image_id"] < b["image_id"]):
            yield a, None
            a = next(old, None)
        elif a is None or b["image_id"] < a["image_id"]:
            yield None, b
            b = next(new, None)
        else:
            yield a, b
            a, b = next(old, None), next(new, None)
