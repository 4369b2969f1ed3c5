"""How well the labels fit CTPN: what a preset's resize, slices and anchors make of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from manifests.findings import Code, Finding
from manifests.geometry import is_polygon
from manifests.reading import Manifest
from model.anchors import STRIDE
from model.arrays import Bools, Floats, Ints
from model.config import Config
from model.inspection.codes import (
    LOW,
    NARROW,
    ORIGINAL_LOW,
    ORIGINAL_NARROW,
    OVER_BUDGET,
    SUMMARY,
    TALL,
    TEXT_AMOUNT,
    TILTED,
    UNREACHED,
)
from model.inspection.geometry import Placed, grid_of, place, tilts, written_sizes
from model.inspection.worst import Worst
from model.matching import Grid
from model.transforms import fit

_OF_REGION = ("region_id", "polygon", "box", "text", "care", "source_line", "raw")
COLUMNS = [
    "image_id",
    "width",
    "height",
    "annotation_uri",
    *(f"regions.list.element.{name}" for name in _OF_REGION),
]

Row = Mapping[str, Any]


_WORDS = {
    NARROW.code: "narrower than a slice",
    LOW.code: "lower than the lowest anchor",
    TALL.code: "taller than the tallest anchor",
}


@dataclass(frozen=True)
class Preset:
    """A preset and what follows from it."""

    name: str
    config: Config
    grid: Grid

    @classmethod
    def of(cls, name: str, config: Config) -> "Preset":
        return cls(name, config, grid_of(config.network))


@dataclass
class Counts:
    """Of one split and preset: care regions and slices, and how many of them fit badly."""

    bad: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_WORDS, 0))
    any_bad: int = 0
    regions: int = 0
    slices: int = 0
    unreached: int = 0
    over_budget: int = 0


@dataclass
class Amounts:
    """Of one split, whatever the preset."""

    images: int = 0
    empty: int = 0
    regions: int = 0
    narrow: int = 0
    low: int = 0
    tilted: int = 0
    shares: list[float] = field(default_factory=list)


def inspect_fit(
    manifest: Manifest, presets: Sequence[Preset], rows: Iterable[Row] | None = None
) -> Iterator[Finding]:
    """The findings of a split: the worst regions and images of each kind, and the split's shares.

    Don't-care regions are no text to learn and are left out. ``rows``: of ``COLUMNS``, for tests.
    """
    worst, amounts = Worst(), Amounts()
    counts = {preset.name: Counts() for preset in presets}
    for row in manifest.rows(COLUMNS) if rows is None else rows:
        # One without an outline breaks a rule of the gate, which tells of it.
        regions = [r for r in row["regions"] if r["care"] and is_polygon(r["polygon"])]
        polygons = [np.array(region["polygon"]).reshape(-1, 2) for region in regions]
        _add_amounts(amounts, row, regions, polygons)
        tilted = _add_tilts(worst, manifest, amounts, row, regions, polygons)
        for preset in presets:
            network = preset.config.network
            placed = fit(row["width"], row["height"], network.input_width, network.input_height)
            found = place(polygons, placed, preset.grid, preset.config.targets.positive_iou)
            _add_regions(worst, manifest, preset, counts[preset.name], row, regions, found, tilted)
    yield from worst
    yield from _amounts_told(manifest, amounts)
    for preset in presets:
        yield from _counts_told(manifest, preset, counts[preset.name], amounts)


def too_far(found: Placed, preset: Preset) -> dict[Code, tuple[Floats, float, Floats]]:
    """By code: the (R,) values, the threshold, and (R,) by how much each value is beyond it;
    what is not above 0 is no finding."""
    low, tall = (f(preset.config.network.anchor_heights) for f in (min, max))
    return {
        NARROW: (found.width, STRIDE, STRIDE - found.width),
        LOW: (found.height, low, low - found.height),
        TALL: (found.height, tall, found.height - tall),
    }


def _add_regions(
    worst: Worst,
    manifest: Manifest,
    preset: Preset,
    counts: Counts,
    row: Row,
    regions: Sequence[Row],
    found: Placed,
    tilted: Bools,
) -> None:
    bad = tilted.copy()
    for code, (values, limit, beyond) in too_far(found, preset).items():
        over = np.nan_to_num(beyond) > 0
        bad |= over
        counts.bad[code.code] += int(over.sum())
        for i in np.flatnonzero(over):
            message = f"{preset.name}: {values[i]:.1f} px, {_WORDS[code.code]} ({limit:g} px)"
            where = _where(row, regions[i]) | {"value": float(values[i]), "threshold": limit}
            finding = code.finding(manifest.dataset, manifest.split, message, **where)
            worst.add((code.code, preset.name), float(beyond[i]), finding)
    counts.any_bad += int(bad.sum())
    counts.regions += len(regions)
    counts.slices += int(found.slices.sum())
    counts.unreached += int(found.unreached.sum())
    _add_budget(worst, manifest, preset, counts, row, found.slices)


def _add_tilts(
    worst: Worst,
    manifest: Manifest,
    amounts: Amounts,
    row: Row,
    regions: Sequence[Row],
    polygons: Sequence[Floats],
) -> Bools:
    """(R,) which regions are tilted: the same for all presets, which keep the aspect ratio."""
    tilt = tilts(polygons, [region["text"] for region in regions])
    tilted = np.abs(tilt) > (TILTED.threshold or 0)
    amounts.tilted += int(tilted.sum())
    for i in np.flatnonzero(tilted):
        message = f"runs {'down' if tilt[i] > 0 else 'up'} by {abs(tilt[i]):.0f} degrees"
        where = _where(row, regions[i]) | {"value": float(abs(tilt[i]))}
        finding = TILTED.finding(manifest.dataset, manifest.split, message, **where)
        worst.add(TILTED.code, float(abs(tilt[i])), finding)
    return np.asarray(tilted)


def _add_budget(
    worst: Worst, manifest: Manifest, preset: Preset, counts: Counts, row: Row, slices: Ints
) -> None:
    total, limit = int(slices.sum()), preset.config.sample.max_positive
    if total <= limit:
        return
    counts.over_budget += 1
    message = f"{preset.name}: {total} slices, and {limit} anchors of text are learnt from at most"
    finding = OVER_BUDGET.finding(
        manifest.dataset, manifest.split, message, **_where(row), value=total, threshold=limit
    )
    worst.add((OVER_BUDGET.code, preset.name), total - limit, finding)


def _add_amounts(
    amounts: Amounts, row: Row, regions: Sequence[Row], polygons: Sequence[Floats]
) -> None:
    boxes = np.array([[r["box"][s] for s in ("left", "top", "right", "bottom")] for r in regions])
    sizes = written_sizes(boxes.reshape(-1, 4), [r["raw"] for r in regions])
    amounts.images += 1
    amounts.empty += not regions
    amounts.regions += len(regions)
    amounts.narrow += int((sizes[:, 0] < STRIDE).sum())
    amounts.low += int((sizes[:, 1] < (ORIGINAL_LOW.threshold or 0)).sum())
    area = sum(shapely.Polygon(polygon).area for polygon in polygons)
    amounts.shares.append(area / (row["width"] * row["height"]))


def _amounts_told(manifest: Manifest, amounts: Amounts) -> Iterator[Finding]:
    where = (manifest.dataset, manifest.split)
    for code, count, word in (
        (ORIGINAL_NARROW, amounts.narrow, "narrower than 16 px"),
        (ORIGINAL_LOW, amounts.low, "lower than 8 px"),
    ):
        if count:
            message = f"{_of(count, amounts.regions)} care regions are {word} in the original"
            yield code.finding(*where, message, value=count, threshold=None)
    if amounts.images:
        median, most = np.quantile(amounts.shares, (0.5, 0.9))
        message = (
            f"text covers {median:.1%} of a picture (median), {most:.1%} or more of one in ten;"
            f" {_of(amounts.empty, amounts.images)} have no care region"
        )
        yield TEXT_AMOUNT.finding(*where, message, value=float(median))


def _counts_told(
    manifest: Manifest, preset: Preset, counts: Counts, amounts: Amounts
) -> Iterator[Finding]:
    where, name = (manifest.dataset, manifest.split), preset.name
    network = preset.config.network
    size = f"{network.input_width}x{network.input_height}"
    if counts.any_bad:
        told = ", ".join(f"{counts.bad[code]} {word}" for code, word in _WORDS.items())
        told += f", {amounts.tilted} tilted"
        message = (
            f"{name} ({size}): {_of(counts.any_bad, counts.regions)} care regions fit badly: {told}"
        )
        yield SUMMARY.finding(*where, message, value=counts.any_bad / counts.regions)
    if counts.unreached:
        message = (
            f"{name} ({size}): {_of(counts.unreached, counts.slices)} slices have no anchor "
            f"with an IoU above {preset.config.targets.positive_iou:g}"
        )
        yield UNREACHED.finding(*where, message, value=counts.unreached / counts.slices)
    if counts.over_budget:
        message = (
            f"{name}: {_of(counts.over_budget, amounts.images)} images have more slices than the "
            f"{preset.config.sample.max_positive} anchors of text that are learnt from at a step"
        )
        yield OVER_BUDGET.finding(*where, message, value=None, threshold=None)


def _of(count: int, total: int) -> str:
    return f"{count} of {total} ({count / max(total, 1):.1%})"


def _where(row: Row, region: Row | None = None) -> dict[str, Any]:
    where = {"image_id": row["image_id"], "source_uri": row["annotation_uri"]}
    if region is not None:
        where |= {"region_id": region["region_id"], "source_line": region["source_line"]}
    return where
