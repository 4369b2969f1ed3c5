"""What is counted of a split's labels as a whole, and the findings that tell it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from manifests.findings import Finding
from manifests.reading import Manifest
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
    UNREACHED,
)
from model.inspection.geometry import grid_of
from model.matching import Grid

WORDS = {
    NARROW.code: "narrower than a slice",
    LOW.code: "lower than the lowest anchor",
    TALL.code: "taller than the tallest anchor",
}
"""Codes of single regions that depend on the preset, in words."""


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

    bad: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WORDS, 0))
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


def amounts_told(manifest: Manifest, amounts: Amounts) -> Iterator[Finding]:
    """The findings about a split as a whole, whatever the preset."""
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


def counts_told(
    manifest: Manifest, preset: Preset, counts: Counts, amounts: Amounts
) -> Iterator[Finding]:
    """The findings about a split as a whole, as a preset meets it."""
    where, name = (manifest.dataset, manifest.split), preset.name
    network = preset.config.network
    size = f"{network.input_width}x{network.input_height}"
    if counts.any_bad:
        told = ", ".join(f"{counts.bad[code]} {word}" for code, word in WORDS.items())
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
