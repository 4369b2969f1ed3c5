"""How sure a figure is: percentile bootstrap over images.

Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7(1), 1979. Images
are drawn with replacement, as many as there are, and the figures are computed anew: boxes of one
image are alike, images are not. Two evaluations are compared on the same draws (paired).

Shape letters: N images, B resamples.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from model.protocols.inputs import Floats

RESAMPLES = 1_000
SEED = 1
LEVEL = 95
"""Percent of the resamples that lie in an interval."""
FIGURES = ("precision", "recall", "hmean")
SUMS = ("recall_credit", "truths", "precision_credit", "detections")
FEWEST = 2
"""Of one image nothing can be drawn but itself."""
_CELLS = 1 << 19
"""Of the matrix of counts, at a time: 4 MB."""

Interval = tuple[float, float]


@dataclass(frozen=True)
class Settings:
    """How often to draw, and from which seed."""

    resamples: int = RESAMPLES
    seed: int = SEED


DEFAULT = Settings()


def sums_of(images: pa.Table, protocol: str) -> Floats:
    """(N, 4) credits and counts (``SUMS``) of every image under a protocol."""
    columns = [images[f"{protocol}_{name}"].to_numpy() for name in SUMS]
    return np.stack(columns, axis=1).astype(np.float64)


def figures_of(sums: Floats) -> Floats:
    """(..., 3) precision, recall and hmean of (..., 4) sums; 0 where there is nothing to divide by,
    as the protocols have it."""
    recall_credit, truths, precision_credit, detections = np.moveaxis(sums, -1, 0)
    recall = np.divide(recall_credit, truths, out=np.zeros_like(truths), where=truths > 0)
    precision = np.divide(
        precision_credit, detections, out=np.zeros_like(detections), where=detections > 0
    )
    total = precision + recall
    hmean = np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)
    return np.stack([precision, recall, hmean], axis=-1)


def intervals(sums: Floats, settings: Settings = DEFAULT) -> dict[str, Interval | None]:
    """The interval of each figure by (N, 4) sums; None where there is nothing that could vary:
    fewer than ``FEWEST`` images, no ground truths for recall, no detections for precision."""
    if len(sums) < FEWEST:
        return dict.fromkeys(FIGURES)
    drawn = [figures_of(counts @ sums) for counts in resampled(len(sums), settings)]
    found = zip(FIGURES, interval(np.concatenate(drawn)), strict=True)
    truths, detections = sums[:, 1].any(), sums[:, 3].any()
    known = {"precision": detections, "recall": truths, "hmean": truths}
    return {name: ends if known[name] else None for name, ends in found}


def interval(drawn: Floats) -> list[Interval]:
    """The middle ``LEVEL`` percent of each column of (B, ...) draws."""
    tail = (100 - LEVEL) / 2
    low, high = np.percentile(drawn, (tail, 100 - tail), axis=0)
    return [(float(a), float(b)) for a, b in zip(low, high, strict=True)]


def resampled(images: int, settings: Settings) -> Iterator[Floats]:
    """How often each image is drawn, (some of B, N), a few resamples at a time; the same whatever
    their number at a time."""
    rng = np.random.default_rng(settings.seed)
    share = np.full(images, 1 / images)
    step = max(1, _CELLS // images)
    for start in range(0, settings.resamples, step):
        size = min(step, settings.resamples - start)
        yield rng.multinomial(images, share, size=size).astype(np.float64)
