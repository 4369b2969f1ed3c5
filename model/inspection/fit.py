"""How well the labels fit CTPN: what a preset's resize, slices and anchors make of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from manifests.findings import Code, Finding
from manifests.geometry import is_polygon
from manifests.reading import Manifest
from model.anchors import STRIDE
from model.arrays import Bools, Floats, Ints
from model.inspection.codes import (
    LOW,
    NARROW,
    ORIGINAL_LOW,
    OVER_BUDGET,
    TALL,
    TILTED,
)
from model.inspection.geometry import Placed, place, tilts, written_sizes
from model.inspection.totals import WORDS, Amounts, Counts, Preset, amounts_told, counts_told
from model.inspection.worst import Worst
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
    yield from amounts_told(manifest, amounts)
    for preset in presets:
        yield from counts_told(manifest, preset, counts[preset.name], amounts)


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
            message = f"{preset.name}: {values[i]:.1f} px, {WORDS[code.code]} ({limit:g} px)"
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


def _where(row: Row, region: Row | None = None) -> dict[str, Any]:
    where = {"image_id": row["image_id"], "source_uri": row["annotation_uri"]}
    if region is not None:
        where |= {"region_id": region["region_id"], "source_line": region["source_line"]}
    return where
