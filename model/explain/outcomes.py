"""What became of every ground truth and of every detection under a protocol.

What the protocol says stands, and so do its credits. What it leaves unmatched is told apart by
geometry, which gives and takes no credit. The rules in words: docs/scores.md.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from model.explain.overlaps import Indices, Overlaps, overlaps_of
from model.protocols import PROTOCOLS, evaluate
from model.protocols.inputs import Bools, Detections, Floats, GroundTruths
from model.protocols.results import SPLIT_CREDIT, Matching, MatchType, Score

PART = 0.5
"""A detection lies in a ground truth with so much of itself and more."""
COVERED = 0.8
"""A ground truth is covered with so much of itself and more, which is what the protocols ask."""
TOUCHED = 0.1
"""A ground truth of which so much is covered was seen, if badly."""
_ROUNDING = 1e-9


class TruthOutcome(StrEnum):
    """What became of a ground truth, in the order in which the rules are asked."""

    DONT_CARE = "dont_care"
    MATCHED = "matched"
    SPLIT = "split"
    MERGED = "merged"
    LOW_OVERLAP = "low_overlap"
    MISSED = "missed"


class DetectionOutcome(StrEnum):
    """What a detection is, in the order in which the rules are asked."""

    DONT_CARE = "dont_care"
    MATCHED = "matched"
    PART_OF_SPLIT = "part_of_split"
    MERGE = "merge"
    DUPLICATE = "duplicate"
    BACKGROUND = "background"


CREDITS: Mapping[MatchType, float] = {
    MatchType.ONE_TO_ONE: 1.0,
    MatchType.ONE_TO_MANY: SPLIT_CREDIT,
    MatchType.MANY_TO_ONE: 1.0,
    MatchType.UNMATCHED: 0.0,
    MatchType.DONT_CARE: 0.0,
}
_TRUTH_OF = {
    MatchType.ONE_TO_ONE: TruthOutcome.MATCHED,
    MatchType.ONE_TO_MANY: TruthOutcome.SPLIT,
    MatchType.MANY_TO_ONE: TruthOutcome.MERGED,
    MatchType.DONT_CARE: TruthOutcome.DONT_CARE,
}
_DETECTION_OF = {
    MatchType.ONE_TO_ONE: DetectionOutcome.MATCHED,
    MatchType.ONE_TO_MANY: DetectionOutcome.PART_OF_SPLIT,
    MatchType.MANY_TO_ONE: DetectionOutcome.MERGE,
    MatchType.DONT_CARE: DetectionOutcome.DONT_CARE,
}
_CLAIMED = (TruthOutcome.MATCHED, TruthOutcome.SPLIT, TruthOutcome.MERGED)


@dataclass(frozen=True)
class Side:
    """One side of an image, N ground truths or N detections, in their order."""

    outcomes: tuple[str, ...]
    credits: tuple[float, ...]
    """By the protocol alone."""
    partners: tuple[tuple[int, ...], ...]
    """Positions on the other side of those that made the outcome, rising: of a match, split or
    merge its partners; of ``low_overlap`` what touches it; of ``duplicate`` what it repeats."""

    @property
    def credit(self) -> float:
        """The sum of the credits."""
        return credit_sum(self.credits)

    @property
    def counted(self) -> int:
        """How many the protocol counts: all but don't-care."""
        return sum(outcome != TruthOutcome.DONT_CARE for outcome in self.outcomes)


@dataclass(frozen=True)
class Explanation:
    """One image under one protocol."""

    truths: Side
    detections: Side


@dataclass(frozen=True)
class CorpusOutcomes:
    """A corpus under one protocol: its score, counts by outcome (all six, zeros too), images."""

    score: Score
    truths: Mapping[str, int]
    detections: Mapping[str, int]
    per_image: Mapping[str, Explanation]


def explain_corpus(
    protocol: str,
    truths: Mapping[str, GroundTruths],
    detections: Mapping[str, Detections],
    score: Score | None = None,
    overlaps: Mapping[str, Overlaps] | None = None,
) -> CorpusOutcomes:
    """Score a corpus and say what became of everything.

    ``score``, ``overlaps``: its score by that protocol and the overlaps of its images, where they
    are known already. Raises UserError as ``model.protocols.evaluate`` does.
    """
    score = score or evaluate(protocol, truths, detections)
    nothing, inclusive = Detections(np.empty((0, 4))), not PROTOCOLS[protocol].takes_quadrilaterals
    per_image = {}
    for name, ours in truths.items():
        found = detections.get(name, nothing)
        known = overlaps[name] if overlaps else overlaps_of(ours, found, inclusive)
        per_image[name] = explain(score.per_image[name].matching, known)
    return CorpusOutcomes(
        score,
        count(TruthOutcome, (e.truths for e in per_image.values())),
        count(DetectionOutcome, (e.detections for e in per_image.values())),
        per_image,
    )


def count(kind: type[StrEnum], sides: Iterable[Side]) -> dict[str, int]:
    """How many there are of each outcome, in the order of the rules."""
    found = Counter(outcome for side in sides for outcome in side.outcomes)
    return {outcome.value: found[outcome.value] for outcome in kind}


def explain(matching: Matching, overlaps: Overlaps) -> Explanation:
    """What became of the ground truths and the detections of one image."""
    return _Image(matching, overlaps).explanation()


class _Image:
    """The rules over the pairs of one image. Masks are (P,) over the pairs that touch."""

    def __init__(self, matching: Matching, overlaps: Overlaps) -> None:
        self.matching, self.overlaps = matching, overlaps
        self.g, self.d = overlaps.truths, overlaps.detections
        self.recall, self.precision = overlaps.recall, overlaps.precision
        self.care = ~_are(matching.ground_truths, MatchType.DONT_CARE)
        self.open_truths = _are(matching.ground_truths, MatchType.UNMATCHED)
        self.open_detections = _are(matching.detections, MatchType.UNMATCHED)

    def explanation(self) -> Explanation:
        parts, merges = self._parts(), self._merges()
        merged = merges & self.open_truths[self.g]
        touched = _least(self.recall, TOUCHED) & self.open_truths[self.g]
        truths = self._truths(
            [
                (TruthOutcome.LOW_OVERLAP, touched),
                (TruthOutcome.MERGED, merged),
                (TruthOutcome.SPLIT, parts),
            ]
        )
        claimed = np.isin(truths.outcomes, _CLAIMED) if truths.outcomes else self.care
        repeats = _least(self.precision, PART) & claimed[self.g] & self.open_detections[self.d]
        detections = self._detections(
            [
                (DetectionOutcome.DUPLICATE, repeats),
                (DetectionOutcome.MERGE, merges),
                (DetectionOutcome.PART_OF_SPLIT, parts),
            ]
        )
        return Explanation(truths, detections)

    def _parts(self) -> Bools:
        """Pairs of a ground truth and a part of it, where the parts cover it together."""
        inside = _least(self.precision, PART) & self.open_truths[self.g]
        inside &= self.open_detections[self.d]
        total = np.bincount(self.g[inside], self.recall[inside], len(self.care))
        several = np.bincount(self.g[inside], minlength=len(self.care)) > 1
        enough = several & _least(total, COVERED)  # as the union cannot be more
        pairs = np.flatnonzero(inside & enough[self.g])
        found, starts = np.unique(self.g[pairs], return_index=True)
        split = np.zeros(len(self.care), dtype=bool)
        for truth, some in zip(found.tolist(), np.split(self.d[pairs], starts[1:]), strict=False):
            split[truth] = _least(self.overlaps.covered_together(truth, some), COVERED)
        return np.asarray(inside & split[self.g])

    def _merges(self) -> Bools:
        """Pairs of a ground truth and a detection that covers it and another."""
        covers = _least(self.recall, COVERED) & self.care[self.g] & self.open_detections[self.d]
        several = np.bincount(self.d[covers], minlength=len(self.open_detections)) > 1
        return np.asarray(covers & several[self.d])

    def _truths(self, rules: list[tuple[TruthOutcome, Bools]]) -> Side:
        return _side(
            [_TRUTH_OF.get(kind) for kind in self.matching.ground_truths],
            self.matching.ground_truths,
            [(g, d) for g, d in self.matching.pairs],
            TruthOutcome.MISSED,
            [(outcome, self.g[mask], self.d[mask]) for outcome, mask in rules],
        )

    def _detections(self, rules: list[tuple[DetectionOutcome, Bools]]) -> Side:
        return _side(
            [_DETECTION_OF.get(kind) for kind in self.matching.detections],
            self.matching.detections,
            [(d, g) for g, d in self.matching.pairs],
            DetectionOutcome.BACKGROUND,
            [(outcome, self.d[mask], self.g[mask]) for outcome, mask in rules],
        )


def _side(
    known: Sequence[StrEnum | None],
    types: Sequence[MatchType],
    pairs: Iterable[tuple[int, int]],
    otherwise: StrEnum,
    rules: Iterable[tuple[StrEnum, Indices, Indices]],
) -> Side:
    """One side. ``known``: what the protocol says of each, None where it says nothing; ``pairs``:
    its pairs, (own, other); ``rules``: outcome, own and other positions of pairs for those of which
    it says nothing, a later rule going before an earlier one."""
    outcomes = [otherwise if outcome is None else outcome for outcome in known]
    partners: list[set[int]] = [set() for _ in known]
    for outcome, own, other in rules:
        for position in np.unique(own).tolist():
            if known[position] is None:
                outcomes[position], partners[position] = outcome, set()
        for position, partner in zip(own.tolist(), other.tolist(), strict=True):
            if known[position] is None:
                partners[position].add(partner)
    for position, partner in pairs:
        partners[position].add(partner)
    return Side(
        tuple(outcome.value for outcome in outcomes),
        tuple(CREDITS[kind] for kind in types),
        tuple(tuple(sorted(found)) for found in partners),
    )


def _least(values: npt.ArrayLike, threshold: float) -> Bools:
    """Whether shares reach a threshold, but for what rounding takes away."""
    return np.asarray(np.asarray(values) >= threshold - _ROUNDING, dtype=bool)


def _are(types: Sequence[MatchType], kind: MatchType) -> npt.NDArray[np.bool_]:
    return np.array([found is kind for found in types], dtype=bool)


def credit_sum(credits: npt.ArrayLike) -> float:
    """The sum of credits as the protocols make it, equal to the last digit: credits are counted
    before they are weighted."""
    values: Floats = np.asarray(credits, dtype=np.float64)
    found, times = np.unique(values, return_counts=True)
    counts = dict(zip(found.tolist(), times.tolist(), strict=True))
    return float(counts.get(1.0, 0) + SPLIT_CREDIT * counts.get(SPLIT_CREDIT, 0))
