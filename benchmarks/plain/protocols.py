"""The protocols of the competition as its public scripts run them: Python loops over each pair.

Quadrilaterals are intersected pair by pair with shapely, once each. Recall and precision stand in
lists, which a loop reads faster than the arrays of the public scripts.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import shapely

from model.protocols.inputs import Detections, GroundTruths
from model.protocols.results import SPLIT_CREDIT, Matching, MatchType

Box = list[float]
Matrix = list[list[float]]
Match = Callable[[GroundTruths, Detections], Matching]


class Figures(NamedTuple):
    """What a corpus comes to, and the matches of each image."""

    precision: float
    recall: float
    hmean: float
    matchings: dict[str, Matching]


def evaluate(
    protocol: str, gt: Mapping[str, GroundTruths], detections: Mapping[str, Detections]
) -> Figures:
    """Score a corpus, an image at a time."""
    match, nothing = PROTOCOLS[protocol], Detections([])  # type: ignore[arg-type]
    matchings = {name: match(truths, detections.get(name, nothing)) for name, truths in gt.items()}
    gt_credit, gt_count = credit([m.ground_truths for m in matchings.values()])
    det_credit, det_count = credit([m.detections for m in matchings.values()])
    recall = gt_credit / gt_count if gt_count else 0.0
    precision = det_credit / det_count if det_count else 0.0
    total = precision + recall
    return Figures(precision, recall, 2 * precision * recall / total if total else 0.0, matchings)


def credit(images: list[tuple[MatchType, ...]]) -> tuple[float, int]:
    """The credit of all boxes and how many of them are care."""
    total, count = 0.0, 0
    for types in images:
        for kind in types:
            if kind is MatchType.ONE_TO_ONE or kind is MatchType.MANY_TO_ONE:
                total += 1
            elif kind is MatchType.ONE_TO_MANY:
                total += SPLIT_CREDIT
            count += kind is not MatchType.DONT_CARE
    return total, count


def iou(gt: GroundTruths, detections: Detections) -> Matching:
    """ICDAR 2015 Task 4.1, one image."""
    truths = [polygon(row) for row in gt.shapes.tolist()]
    found = [polygon(row) for row in detections.shapes.tolist()]
    gt_types, det_types = types_of(gt.care.tolist()), types_of([True] * len(found))
    for d, box in enumerate(found):
        for g, truth in enumerate(truths):
            if not gt.care[g] and box.area > 0 and truth.intersection(box).area / box.area > 0.5:
                det_types[d] = MatchType.DONT_CARE
                break
    overlaps = [[intersection_over_union(truth, box) for box in found] for truth in truths]
    pairs = []
    for g in range(len(truths)):
        for d in range(len(found)):
            if (
                gt_types[g] is MatchType.UNMATCHED
                and det_types[d] is MatchType.UNMATCHED
                and overlaps[g][d] > 0.5
            ):
                gt_types[g] = det_types[d] = MatchType.ONE_TO_ONE
                pairs.append((g, d))
    return Matching(tuple(gt_types), tuple(det_types), tuple(pairs))


def polygon(row: Box) -> shapely.Geometry:
    """The region of a quadrilateral, or of a rectangle's corners; both lobes where it crosses."""
    if len(row) == 4:
        left, top, right, bottom = row
        row = [left, top, right, top, right, bottom, left, bottom]
    region = shapely.Polygon(list(zip(row[0::2], row[1::2], strict=True)))
    return region if region.is_valid else shapely.make_valid(region)


def intersection_over_union(one: shapely.Geometry, other: shapely.Geometry) -> float:
    """Share of what two regions cover that both cover."""
    common = float(one.intersection(other).area)
    union = one.area + other.area - common
    return common / union if union > 0 else 0.0


def icdar2013(gt: GroundTruths, detections: Detections) -> Matching:
    """ICDAR 2013 Task 2.1, one image."""
    return Image(gt, detections, deteval=False).matching()


def deteval(gt: GroundTruths, detections: Detections) -> Matching:
    """DetEval, one image."""
    return Image(gt, detections, deteval=True).matching()


PROTOCOLS: dict[str, Match] = {"deteval": deteval, "icdar2013": icdar2013, "iou": iou}


def types_of(care: list[bool]) -> list[MatchType]:
    """The types of boxes before anything is matched."""
    return [MatchType.UNMATCHED if flag else MatchType.DONT_CARE for flag in care]


def overlap(one: Box, other: Box) -> float:
    """Pixels that two inclusive rectangles share."""
    across = min(one[2], other[2]) - max(one[0], other[0]) + 1
    down = min(one[3], other[3]) - max(one[1], other[1]) + 1
    return across * down if across >= 0 and down >= 0 else 0.0


def size(box: Box) -> float:
    """Pixels of an inclusive rectangle."""
    return (box[2] - box[0] + 1) * (box[3] - box[1] + 1)


class Image:
    """One image: its matrices of recall and precision, and what each box was matched to."""

    def __init__(self, gt: GroundTruths, detections: Detections, deteval: bool) -> None:
        truths, found = gt.shapes.tolist(), detections.shapes.tolist()
        shared = [[overlap(truth, box) for box in found] for truth in truths]
        self.recall: Matrix = [
            [common / size(truth) for common in row]
            for truth, row in zip(truths, shared, strict=True)
        ]
        self.precision: Matrix = [
            [common / size(box) for common, box in zip(row, found, strict=True)] for row in shared
        ]
        self.deteval, self.pairs = deteval, list[tuple[int, int]]()
        self.gts, self.dets = range(len(truths)), range(len(found))
        self.gt_types = types_of(gt.care.tolist())
        aside = [
            any(self.precision[g][d] > 0.4 for g in self.gts if not gt.care[g]) for d in self.dets
        ]
        self.det_types = types_of([not flag for flag in aside])

    def matching(self) -> Matching:
        """Run the three passes."""
        self.one_to_one()
        self.one_to_many()
        self.many_to_one()
        return Matching(tuple(self.gt_types), tuple(self.det_types), tuple(self.pairs))

    def one_to_one(self) -> None:
        """Pairs that alone qualify for each other."""
        for g in self.gts:
            for d in self.dets:
                if (
                    self.is_open(g, d)
                    and sum(self.qualifies(g, other) for other in self.dets) == 1
                    and sum(self.qualifies(other, d) for other in self.gts) == 1
                    and self.qualifies(g, d)
                    and (not self.deteval or self.gt_overlaps(g) == self.det_overlaps(d) == 1)
                ):
                    self.close([g], [d], MatchType.ONE_TO_ONE)

    def one_to_many(self) -> None:
        """Ground truths that several detections cover."""
        for g in self.gts:
            if self.gt_types[g] is not MatchType.UNMATCHED:
                continue
            if self.deteval and self.gt_overlaps(g) < 2:
                continue
            total, partners = 0.0, []
            for d in self.dets:
                if self.is_open(g, d) and self.precision[g][d] >= 0.4:
                    total += self.recall[g][d]
                    partners.append(d)
            if self.rounded(total) >= 0.8:
                self.close([g], partners, MatchType.ONE_TO_MANY)

    def many_to_one(self) -> None:
        """Detections that cover several ground truths."""
        for d in self.dets:
            if self.det_types[d] is not MatchType.UNMATCHED:
                continue
            if self.deteval and self.det_overlaps(d) < 2:
                continue
            total, partners = 0.0, []
            for g in self.gts:
                if self.is_open(g, d) and self.recall[g][d] >= 0.8:
                    total += self.precision[g][d]
                    partners.append(g)
            if self.rounded(total) >= 0.4:
                self.close(partners, [d], MatchType.MANY_TO_ONE)

    def is_open(self, g: int, d: int) -> bool:
        """Whether both may still be matched."""
        both = self.gt_types[g], self.det_types[d]
        return both == (MatchType.UNMATCHED, MatchType.UNMATCHED)

    def qualifies(self, g: int, d: int) -> bool:
        """Whether the overlap is enough for a match of one to one."""
        return self.recall[g][d] >= 0.8 and self.precision[g][d] >= 0.4

    def gt_overlaps(self, g: int) -> int:
        """Care detections that touch a ground truth."""
        kinds = self.det_types
        return sum(self.recall[g][d] > 0 and kinds[d] is not MatchType.DONT_CARE for d in self.dets)

    def det_overlaps(self, d: int) -> int:
        """Care ground truths that touch a detection."""
        kinds = self.gt_types
        return sum(self.recall[g][d] > 0 and kinds[g] is not MatchType.DONT_CARE for g in self.gts)

    def rounded(self, total: float) -> float:
        """A sum as the protocol compares it."""
        return round(total, 4) if self.deteval else total

    def close(self, gts: list[int], dets: list[int], kind: MatchType) -> None:
        """Match these with each other."""
        if self.deteval and len(gts) == len(dets) == 1:
            kind = MatchType.ONE_TO_ONE
        for g in gts:
            self.gt_types[g] = kind
            for d in dets:
                self.det_types[d] = kind
                self.pairs.append((g, d))
