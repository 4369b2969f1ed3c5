"""Two evaluations of the same data side by side: what differs, and whether chance explains it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from model.explain.bootstrap import (
    DEFAULT,
    FIGURES,
    SUMS,
    Interval,
    Settings,
    figures_of,
    interval,
    resampled,
    sums_of,
)
from model.explain.folder import StoredEvaluation
from model.explain.strata import Stratum, strata
from model.protocols.inputs import Floats

FEWEST = 10
"""With fewer images an interval says little of others like them, so no verdict is given."""
_ROUNDING = 1e-12

BETTER, WORSE, SAME, FEW = "better", "worse", "no difference to be seen", "too few images to tell"


@dataclass(frozen=True)
class Difference:
    """A figure of A and of B, B - A with its interval, and what that says of B."""

    protocol: str
    figure: str
    a: float
    b: float
    difference: float
    interval: Interval | None
    verdict: str


@dataclass(frozen=True)
class Change:
    """A bin in A and in B."""

    a: Stratum
    b: Stratum

    @property
    def gained(self) -> float:
        """Ground truths more, by their credit, that B finds in the bin."""
        return self.b.recall_credit - self.a.recall_credit

    @property
    def false(self) -> float:
        """Detections more, by the credit they lack, that B has in the bin for nothing."""
        return _false(self.b) - _false(self.a)

    @property
    def size(self) -> float:
        """How much changed in the bin, in boxes."""
        return abs(self.gained) + abs(self.false)


@dataclass(frozen=True)
class Moved:
    """An image: what its change alone does to the hmean of A, and its sums in both."""

    image_id: str
    effect: float
    a: Mapping[str, float]
    """Credits and counts by name: ``model.explain.bootstrap.SUMS``."""
    b: Mapping[str, float]


@dataclass(frozen=True)
class Comparison:
    """Two evaluations under one protocol."""

    protocol: str
    images: int
    figures: tuple[Difference, ...]
    became: dict[str, dict[str, int]]
    """Outcome in A -> outcome in B -> ground truths."""
    changes: tuple[Change, ...]
    """Bins, of those that hold not all, in which B differs, the largest change first."""
    moved: tuple[Moved, ...]
    """Images whose credits differ, the largest effect first."""


def compare(
    a: StoredEvaluation,
    b: StoredEvaluation,
    protocol: str,
    settings: Settings = DEFAULT,
) -> Comparison:
    """Set B beside A, which must be of the same data (``model.explain.same_data``)."""
    first, second = (sums_of(one.tables["images"], protocol) for one in (a, b))
    return Comparison(
        protocol,
        len(first),
        tuple(differences(first, second, protocol, settings)),
        _became(a, b, protocol),
        tuple(_changes(a, b, protocol)),
        tuple(_moved(a.tables["images"]["image_id"].to_pylist(), first, second)),
    )


def differences(
    a: Floats, b: Floats, protocol: str, settings: Settings = DEFAULT
) -> list[Difference]:
    """Each figure by (N, 4) sums of the same N images in the same order (paired bootstrap)."""
    whole = [figures_of(sums.sum(axis=0)) for sums in (a, b)]
    ends: Sequence[Interval | None] = [None] * len(FIGURES)
    if len(a) >= FEWEST:
        drawn = [
            figures_of(counts @ b) - figures_of(counts @ a)
            for counts in resampled(len(a), settings)
        ]
        ends = interval(np.concatenate(drawn))
    return [
        Difference(protocol, figure, float(old), float(new), float(new - old), end, _verdict(end))
        for figure, old, new, end in zip(FIGURES, *whole, ends, strict=True)
    ]


def _verdict(ends: Interval | None) -> str:
    if ends is None:
        return FEW
    if ends[0] > _ROUNDING:
        return BETTER
    return WORSE if ends[1] < -_ROUNDING else SAME


def _became(a: StoredEvaluation, b: StoredEvaluation, protocol: str) -> dict[str, dict[str, int]]:
    """Rows of both stand by image id and index, so they pair as they stand."""
    column = f"{protocol}_outcome"
    pairs = zip(
        a.tables["truths"][column].to_pylist(), b.tables["truths"][column].to_pylist(), strict=True
    )
    found: dict[str, dict[str, int]] = {}
    for (old, new), times in sorted(Counter(pairs).items()):
        found.setdefault(old, {})[new] = times
    return found


def _changes(a: StoredEvaluation, b: StoredEvaluation, protocol: str) -> list[Change]:
    first, second = (
        {
            (stratum.quantity, stratum.bin): stratum
            for stratum in strata(one.tables["truths"], one.tables["detections"], protocol)
        }
        for one in (a, b)
    )
    whole = sum(
        stratum.ground_truths for stratum in first.values() if stratum.quantity == "dataset"
    )
    shared = [Change(first[key], second[key]) for key in first if key in second]
    changed = [
        change for change in shared if change.size > _ROUNDING and change.a.ground_truths < whole
    ]
    return sorted(changed, key=lambda change: -change.size)


def _false(stratum: Stratum) -> float:
    return (stratum.detections or 0) - (stratum.precision_credit or 0.0)


def _moved(names: Sequence[str], a: Floats, b: Floats) -> list[Moved]:
    total = a.sum(axis=0)
    effects = figures_of(total + (b - a))[:, -1] - figures_of(total)[-1]
    changed = np.flatnonzero((np.abs(b - a) > _ROUNDING).any(axis=1))
    found = [
        Moved(names[at], float(effects[at]), _named(a[at]), _named(b[at]))
        for at in changed.tolist()
    ]
    return sorted(found, key=lambda moved: -abs(moved.effect))


def _named(sums: Floats) -> dict[str, float]:
    return dict(zip(SUMS, sums.tolist(), strict=True))
