"""The three passes that DetEval and the ICDAR 2013 script share, over inclusive rectangles.

Wolf and Jolion, "Object count/area graphs for the evaluation of object detection and segmentation
algorithms", IJDAR 8(4), 2006; Karatzas et al., "ICDAR 2013 robust reading competition", ICDAR
2013. The two scripts of the competition's Task 2.1 differ in the four points that ``Rules`` names.

Both scripts also ask of a one-to-one match that 2 * centre distance / (diagonal of the ground truth
+ diagonal of the detection) < 1. That follows from recall >= 0.8: boxes of width w and W that
overlap have centres less than (w + W) / 2 apart in x, in y alike, and the vector (w + W, h + H) is
no longer than the two diagonals together (triangle inequality). So the code does not compute it.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from model.protocols.inputs import Bools, Detections, Floats, GroundTruths, rectangles
from model.protocols.results import Matching, MatchType, initial_types

RECALL_THRESHOLD = 0.8
PRECISION_THRESHOLD = 0.4
DONT_CARE_PRECISION = 0.4


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


def match_rectangles(gt: GroundTruths, detections: Detections, rules: Rules) -> Matching:
    """Run the three passes over one image; a UserError where a shape is not a rectangle."""
    gt_boxes, det_boxes = rectangles(gt.shapes), rectangles(detections.shapes)
    recall, precision = overlap_ratios(gt_boxes, det_boxes)
    det_care = ~(precision[~gt.care] > DONT_CARE_PRECISION).any(axis=0)
    passes = _Passes(recall, precision, gt.care, det_care, rules)
    passes.one_to_one()
    passes.splits()
    passes.merges()
    return passes.matching()


def overlap_ratios(gt: Floats, detections: Floats) -> tuple[Floats, Floats]:
    """Intersection over the area of the ground truth (recall) and of the detection (precision).

    ``gt`` is (G, 4) and ``detections`` (D, 4), inclusive rectangles; returns two (G, D) float64.
    """
    low = np.maximum(gt[:, None, :2], detections[None, :, :2])
    high = np.minimum(gt[:, None, 2:], detections[None, :, 2:])
    intersection = np.clip(high - low + 1, 0, None).prod(axis=2)
    return intersection / _areas(gt)[:, None], intersection / _areas(detections)[None, :]


def _areas(boxes: Floats) -> Floats:
    """(N,) areas of inclusive rectangles, in pixels."""
    return (boxes[:, 2:] - boxes[:, :2] + 1).prod(axis=1)


def _sum_in_order(values: Floats) -> float:
    """Left to right, as the scripts add: a sum that ends near a threshold depends on the order."""
    total = 0.0
    for value in values.tolist():
        total += value
    return total


@dataclass
class _Passes:
    """The state of one image between the passes: G ground truths, D detections.

    ``recall`` and ``precision`` are (G, D); ``open`` flags the care boxes that no pass has used.
    """

    recall: Floats
    precision: Floats
    gt_care: Bools
    det_care: Bools
    rules: Rules
    pairs: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        overlaps = self.recall > 0
        self.gt_overlaps: NDArray[np.intp] = overlaps[:, self.det_care].sum(axis=1)
        self.det_overlaps: NDArray[np.intp] = overlaps[self.gt_care].sum(axis=0)
        self.gt_open, self.det_open = self.gt_care.copy(), self.det_care.copy()
        self.gt_types = initial_types(self.gt_care)
        self.det_types = initial_types(self.det_care)

    def one_to_one(self) -> None:
        """Pass 1: the only detection that qualifies for a ground truth, and the other way round."""
        qualifies = (self.recall >= RECALL_THRESHOLD) & (self.precision >= PRECISION_THRESHOLD)
        # Each row and column is left with one candidate at most, so no order of visits matters.
        sole = (qualifies.sum(axis=1) == 1)[:, None] & (qualifies.sum(axis=0) == 1)[None, :]
        sole &= qualifies & self.gt_care[:, None] & self.det_care[None, :]
        if self.rules.sole_overlap:
            sole &= (self.gt_overlaps == 1)[:, None] & (self.det_overlaps == 1)[None, :]
        for g, d in np.argwhere(sole).tolist():
            self._close([g], [d], MatchType.ONE_TO_ONE)

    def splits(self) -> None:
        """Pass 2: a ground truth that several detections cover together."""
        covering = self.precision >= PRECISION_THRESHOLD
        for g in np.flatnonzero(self.gt_open).tolist():
            if self.rules.several_overlaps and self.gt_overlaps[g] < 2:
                continue
            partners = np.flatnonzero(self.det_open & covering[g])
            if self.rules.reaches(_sum_in_order(self.recall[g, partners]), RECALL_THRESHOLD):
                self._close([g], partners.tolist(), MatchType.ONE_TO_MANY)

    def merges(self) -> None:
        """Pass 3: a detection that covers several ground truths."""
        covered = self.recall >= RECALL_THRESHOLD
        for d in np.flatnonzero(self.det_open).tolist():
            if self.rules.several_overlaps and self.det_overlaps[d] < 2:
                continue
            partners = np.flatnonzero(self.gt_open & covered[:, d])
            if self.rules.reaches(_sum_in_order(self.precision[partners, d]), PRECISION_THRESHOLD):
                self._close(partners.tolist(), [d], MatchType.MANY_TO_ONE)

    def matching(self) -> Matching:
        """The outcome, once the passes have run."""
        return Matching(tuple(self.gt_types), tuple(self.det_types), tuple(self.pairs))

    def _close(self, gts: list[int], dets: list[int], match_type: MatchType) -> None:
        if len(gts) == len(dets) == 1 and self.rules.sole_partner_is_one_to_one:
            match_type = MatchType.ONE_TO_ONE
        for g in gts:
            self.gt_open[g], self.gt_types[g] = False, match_type
        for d in dets:
            self.det_open[d], self.det_types[d] = False, match_type
        self.pairs.extend((g, d) for g in gts for d in dets)
