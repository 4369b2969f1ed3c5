"""The three passes that DetEval and the ICDAR 2013 script share, over inclusive rectangles.

Wolf and Jolion, "Object count/area graphs for the evaluation of object detection and segmentation
algorithms", IJDAR 8(4), 2006; Karatzas et al., "ICDAR 2013 robust reading competition", ICDAR
2013. The two scripts of the competition's Task 2.1 differ in the four points that ``Rules`` names.

Both scripts also ask of a one-to-one match that 2 * centre distance / (diagonal of the ground truth
+ diagonal of the detection) < 1. That follows from recall >= 0.8: boxes of width w and W that
overlap have centres less than (w + W) / 2 apart in x, in y alike, and the vector (w + W, h + H) is
no longer than the two diagonals together (triangle inequality). So the code does not compute it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np

from model.protocols.corpus import Corpus, Indices
from model.protocols.inputs import Bools, Floats
from model.protocols.results import CODES, Codes, Matches, MatchType, initial_types

RECALL_THRESHOLD = 0.8
PRECISION_THRESHOLD = 0.4
DONT_CARE_PRECISION = 0.4
SLACK = 1e-3
"""More than rounding, of either kind, can add to a sum."""


@dataclass(frozen=True)
class Rules:
    """Where the two scripts differ.

    - ``sole_overlap``: a one-to-one match may overlap no other care box on either side;
    - ``several_overlaps``: a split ground truth must overlap at least two care detections, a
      merging detection at least two care ground truths;
    - ``sole_partner_is_one_to_one``: a split or merge that ends with one partner counts as such;
    - ``sum_digits``: decimals to which the sums of the second and third pass are rounded, or None.
    """

    sole_overlap: bool
    several_overlaps: bool
    sole_partner_is_one_to_one: bool
    sum_digits: int | None

    def reaches(self, total: float, threshold: float) -> bool:
        """Whether a sum of recall or precision, rounded if these rules round, is large enough."""
        rounded = total if self.sum_digits is None else round(total, self.sum_digits)
        return rounded >= threshold


def match_rectangles(corpus: Corpus, rules: Rules) -> Matches:
    """Run the three passes over all images; a UserError where a shape is not a rectangle."""
    truths, detections = corpus.rectangles()
    near = corpus.touching(_half_open(truths), _half_open(detections))
    found = [_Pairs.of(truths, detections, g, d) for g, d in near]
    passes = _Passes(_Pairs.joined(found), corpus.care, len(detections), rules)
    passes.one_to_one()
    passes.splits()
    passes.merges()
    return Matches(passes.gt_types, passes.det_types, np.concatenate(passes.pairs))


@dataclass(frozen=True, eq=False)
class _Pairs:
    """P pairs that have pixels in common, by ground truth and then by detection."""

    g: Indices
    d: Indices
    recall: Floats
    precision: Floats

    @classmethod
    def of(cls, truths: Floats, detections: Floats, g: Indices, d: Indices) -> "_Pairs":
        """Those of the pairs (g, d) of inclusive rectangles that have pixels in common."""
        one, other = truths[g], detections[d]
        span = np.minimum(one[:, 2:], other[:, 2:]) - np.maximum(one[:, :2], other[:, :2]) + 1
        shared = np.maximum(span[:, 0], 0) * np.maximum(span[:, 1], 0)
        return cls(g, d, shared / _areas(one), shared / _areas(other))

    @classmethod
    def joined(cls, parts: "list[_Pairs]") -> "_Pairs":
        """All parts, in their order."""
        none = np.empty(0, dtype=np.intp)
        empty = cls(none, none, np.empty(0), np.empty(0))
        names = ("g", "d", "recall", "precision")
        columns = (np.concatenate([getattr(part, n) for part in (empty, *parts)]) for n in names)
        return cls(*columns)

    def take(self, index: Indices | Bools) -> "_Pairs":
        """Those at ``index``."""
        return _Pairs(self.g[index], self.d[index], self.recall[index], self.precision[index])


def _half_open(boxes: Floats) -> Floats:
    """(N, 4) inclusive rectangles as half-open ones."""
    return boxes + np.array([0, 0, 1, 1])


def _areas(boxes: Floats) -> Floats:
    """(N,) areas of inclusive rectangles, in pixels."""
    sides: Floats = boxes[:, 2:] - boxes[:, :2] + 1.0
    return sides[:, 0] * sides[:, 1]


class _Passes:
    """The state between the passes: what each of G ground truths and D detections is matched to.

    Only boxes whose partners could reach a sum at all are visited one by one.
    """

    def __init__(self, pairs: _Pairs, care: Bools, detections: int, rules: Rules) -> None:
        self.rules, self.gt_care = rules, care
        self.det_care = np.ones(detections, dtype=bool)
        on_dont_care = ~care[pairs.g] & (pairs.precision > DONT_CARE_PRECISION)
        self.det_care[pairs.d[on_dont_care]] = False
        self.all = pairs
        self.care = pairs.take(care[pairs.g] & self.det_care[pairs.d])
        self.gt_overlaps = np.bincount(pairs.g[self.det_care[pairs.d]], minlength=len(care))
        self.det_overlaps = np.bincount(pairs.d[care[pairs.g]], minlength=detections)
        self.gt_types = initial_types(care)
        self.det_types = initial_types(self.det_care)
        self.pairs: list[Indices] = []

    def one_to_one(self) -> None:
        """Pass 1: the only detection that qualifies for a ground truth, and the other way round."""
        every = self.all
        good = (every.recall >= RECALL_THRESHOLD) & (every.precision >= PRECISION_THRESHOLD)
        g, d = every.g[good], every.d[good]
        # Each row and column is left with one candidate at most, so no order of visits matters.
        sole = np.bincount(g, minlength=len(self.gt_care))[g] == 1
        sole &= np.bincount(d, minlength=len(self.det_care))[d] == 1
        sole &= self.gt_care[g] & self.det_care[d]
        if self.rules.sole_overlap:
            sole &= (self.gt_overlaps[g] == 1) & (self.det_overlaps[d] == 1)
        g, d = g[sole], d[sole]
        self.gt_types[g] = self.det_types[d] = CODES[MatchType.ONE_TO_ONE]
        self.pairs.append(np.stack([g, d], axis=1))

    def splits(self) -> None:
        """Pass 2: a ground truth that several detections cover together."""
        pairs = self._open(self.care.precision >= PRECISION_THRESHOLD)
        count = self.gt_overlaps if self.rules.several_overlaps else None
        found = self._reaching(pairs.g, pairs.d, pairs.recall, RECALL_THRESHOLD, count)
        self._close(found, self.gt_types, self.det_types, MatchType.ONE_TO_MANY)
        self.pairs.append(found)

    def merges(self) -> None:
        """Pass 3: a detection that covers several ground truths."""
        pairs = self._open(self.care.recall >= RECALL_THRESHOLD)
        pairs = pairs.take(np.argsort(pairs.d, kind="stable"))
        count = self.det_overlaps if self.rules.several_overlaps else None
        found = self._reaching(pairs.d, pairs.g, pairs.precision, PRECISION_THRESHOLD, count)
        self._close(found, self.det_types, self.gt_types, MatchType.MANY_TO_ONE)
        self.pairs.append(found[:, ::-1])

    def _open(self, fit: Bools) -> _Pairs:
        """Those of the fitting pairs of care boxes of which no pass has used either."""
        unmatched = CODES[MatchType.UNMATCHED]
        fit = fit & (self.gt_types[self.care.g] == unmatched)
        return self.care.take(fit & (self.det_types[self.care.d] == unmatched))

    def _reaching(
        self,
        boxes: Indices,
        partners: Indices,
        shares: Floats,
        least: float,
        overlaps: Indices | None,
    ) -> Indices:
        """(Q, 2) each box, in order, beside its still open partners, whose shares sum to ``least``.

        ``boxes``, ``partners`` and ``shares`` are (P,), by box. A partner is used once: where two
        boxes want it they are visited one by one, as the scripts visit all.
        """
        if not len(boxes):
            return np.empty((0, 2), dtype=np.intp)
        sums = np.bincount(boxes, shares)  # which adds in order, as the scripts do
        hopeful = sums >= least - SLACK
        if overlaps is not None:
            hopeful &= overlaps[: len(hopeful)] >= 2
        kept = hopeful[boxes]
        boxes, partners, shares = boxes[kept], partners[kept], shares[kept]
        rivals = np.zeros(len(sums), dtype=bool)
        rivals[boxes[np.bincount(partners)[partners] > 1]] = True
        for box in np.flatnonzero(hopeful & ~rivals & (sums < least + SLACK)).tolist():
            hopeful[box] = self.rules.reaches(float(sums[box]), least)
        alone = hopeful[boxes] & ~rivals[boxes]
        contested = rivals[boxes]
        columns = (column[contested].tolist() for column in (boxes, partners, shares))
        won = np.array(list(self._in_turn(zip(*columns, strict=True), least)), dtype=np.intp)
        found = np.stack([boxes[alone], partners[alone]], axis=1)
        both = np.concatenate([found, won.reshape(-1, 2)])
        return both[np.argsort(both[:, 0], kind="stable")]

    def _in_turn(
        self, entries: Iterator[tuple[int, int, float]], least: float
    ) -> Iterator[tuple[int, int]]:
        """Box by box, the pairs of those whose partners, if no box before used them, suffice."""
        used: set[int] = set()
        for box, of_box in groupby(entries, itemgetter(0)):
            found = [entry for entry in of_box if entry[1] not in used]
            total = 0.0
            for _, _, share in found:
                total += share  # in order: near a threshold it matters
            if self.rules.reaches(total, least):
                used.update(partner for _, partner, _ in found)
                yield from ((box, partner) for _, partner, _ in found)

    def _close(self, pairs: Indices, boxes: Codes, partners: Codes, match_type: MatchType) -> None:
        """Note what the boxes and partners of a pass are matched as, by (P, 2) pairs of both."""
        sole = CODES[MatchType.ONE_TO_ONE if self.rules.sole_partner_is_one_to_one else match_type]
        sizes = np.bincount(pairs[:, 0])[pairs[:, 0]]
        codes = np.where(sizes == 1, sole, CODES[match_type])
        boxes[pairs[:, 0]], partners[pairs[:, 1]] = codes, codes
