"""What the protocols answer: how every box was matched, and the figures that follow from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from model.arrays import Floats, Ints

SPLIT_CREDIT = 0.8


class MatchType(StrEnum):
    """How a ground truth or a detection was matched.

    ``one-to-many`` is a ground truth split over several detections, ``many-to-one`` several ground
    truths merged into one detection; both sides of a match carry its type.
    """

    ONE_TO_ONE = "one-to-one"
    ONE_TO_MANY = "one-to-many"
    MANY_TO_ONE = "many-to-one"
    UNMATCHED = "unmatched"
    DONT_CARE = "dont-care"


TYPES = tuple(MatchType)
CODES = {kind: code for code, kind in enumerate(TYPES)}
"""Match types as small whole numbers, for arrays."""
Codes = NDArray[np.int8]


@dataclass(frozen=True)
class Matching:
    """The matches of one image, in the order of its ground truths and of its detections.

    ``pairs`` holds (ground truth, detection) positions, counted from 0: one pair for a one-to-one
    match, one for each partner of a split or a merge.
    """

    ground_truths: tuple[MatchType, ...]
    detections: tuple[MatchType, ...]
    pairs: tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class Matches:
    """The matches of all images end to end: ``Matching``, with positions in the whole corpus.

    ``gt`` is (G,) and ``detections`` (D,) int8, codes of match types; ``pairs`` is (P, 2), those
    of one image in the order of its passes.
    """

    gt: Codes
    detections: Codes
    pairs: NDArray[np.intp]

    def by_image(self, gt_counts: Ints, detection_counts: Ints) -> list[Matching]:
        """The matching of each of N images, by (N,) numbers of ground truths and detections."""
        gt, found = (
            tuple(map(TYPES.__getitem__, side))
            for side in (self.gt.tolist(), self.detections.tolist())
        )
        starts = [np.cumsum(counts) - counts for counts in (gt_counts, detection_counts)]
        image = np.searchsorted(np.cumsum(gt_counts), self.pairs[:, 0], side="right")
        order = np.argsort(image, kind="stable")
        pairs = (self.pairs - np.stack([side[image] for side in starts], axis=1))[order]
        ends = [
            np.cumsum(gt_counts).tolist(),
            np.cumsum(detection_counts).tolist(),
            np.cumsum(np.bincount(image, minlength=len(gt_counts))).tolist(),
        ]
        entries = tuple(zip(*pairs.T.tolist(), strict=True))
        matchings, a, b, c = [], 0, 0, 0
        for x, y, z in zip(*ends, strict=True):
            matchings.append(Matching(gt[a:x], found[b:y], entries[c:z]))
            a, b, c = x, y, z
        return matchings


@dataclass(frozen=True)
class ImageScore:
    """The figures of one image and the matches that explain them.

    Where nothing is to be found (no care ground truth) recall is 1, and precision is 0 if there is
    a care detection and 1 if there is none. ``score_corpus`` counts such an image otherwise.
    """

    recall: float
    precision: float
    hmean: float
    matching: Matching


@dataclass(frozen=True)
class Score:
    """A protocol's figures over a corpus. A figure means nothing without ``protocol``.

    ``images`` counts those of the ground truth; ``ground_truths`` and ``detections`` count care
    boxes only; ``per_image`` has one entry for each image id of the ground truth.
    """

    protocol: str
    precision: float
    recall: float
    hmean: float
    images: int
    ground_truths: int
    detections: int
    per_image: Mapping[str, ImageScore]

    def summary(self) -> dict[str, str | float | int]:
        """The figures without the images, ready for JSON."""
        return {
            "protocol": self.protocol,
            "precision": self.precision,
            "recall": self.recall,
            "hmean": self.hmean,
            "images": self.images,
            "ground_truths": self.ground_truths,
            "detections": self.detections,
        }


def initial_types(care: NDArray[np.bool_]) -> Codes:
    """(N,) the codes of boxes before anything is matched."""
    return np.where(care, CODES[MatchType.UNMATCHED], CODES[MatchType.DONT_CARE]).astype(np.int8)


def score_corpus(
    protocol: str, names: Sequence[str], counts: tuple[Ints, Ints], matches: Matches
) -> Score:
    """The micro-average: credits and counts are summed over the images and divided at the end.

    ``names`` are those of N images, ``counts`` (N,) their ground truths and (N,) detections.
    """
    matchings = matches.by_image(*counts)
    gt, found = _tallies(matches.gt, counts[0]), _tallies(matches.detections, counts[1])
    figures = (column.tolist() for column in _figures(gt, found))
    images = map(ImageScore, *figures, matchings)
    recall_credit, ground_truths = _credit(gt.sum(axis=0))
    precision_credit, detections = _credit(found.sum(axis=0))
    recall, precision = _ratio(recall_credit, ground_truths), _ratio(precision_credit, detections)
    return Score(
        protocol=protocol,
        precision=float(precision),
        recall=float(recall),
        hmean=float(_hmean(precision, recall)),
        images=len(names),
        ground_truths=int(ground_truths),
        detections=int(detections),
        per_image=dict(zip(names, images, strict=True)),
    )


def _figures(gt: Ints, found: Ints) -> tuple[Floats, Floats, Floats]:
    """(N,) recall, precision and hmean of images, by (N, 5) tallies of their boxes."""
    (recall_credit, ground_truths), (precision_credit, detections) = _credit(gt), _credit(found)
    none = ground_truths == 0
    recall = np.where(none, 1.0, _ratio(recall_credit, ground_truths))
    precision = np.where(none, detections == 0, _ratio(precision_credit, detections))
    return recall, precision, _hmean(precision, recall)


def _tallies(codes: Codes, counts: Ints) -> Ints:
    """(N, 5) how many boxes of each image have each code."""
    kinds = len(TYPES)
    image = np.repeat(np.arange(len(counts)) * kinds, counts)
    return np.bincount(image + codes, minlength=kinds * len(counts)).reshape(-1, kinds)


def _credit(tally: Ints) -> tuple[Floats, Ints]:
    """The credit of boxes and how many of them are care, by (..., 5) how many have each code.

    Credits are counted before they are weighted, so the order of the images cannot change a digit.
    """
    one_to_one, one_to_many, many_to_one, unmatched, _ = np.moveaxis(tally, -1, 0)
    whole = one_to_one + many_to_one
    return whole + SPLIT_CREDIT * one_to_many, whole + one_to_many + unmatched


def _ratio(credit: Floats, count: Ints) -> Floats:
    ratio: Floats = credit / np.maximum(count, 1)
    return ratio


def _hmean(precision: Floats, recall: Floats) -> Floats:
    total = precision + recall
    hmean: Floats = 2.0 * precision * recall / np.where(total > 0, total, 1)
    return hmean
