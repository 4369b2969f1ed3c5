"""What the protocols answer: how every box was matched, and the figures that follow from it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

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


@dataclass(frozen=True)
class Matching:
    """The matches of one image, in the order of its ground truths and of its detections.

    ``pairs`` holds (ground truth, detection) positions, counted from 0: one pair for a one-to-one
    match, one for each partner of a split or a merge.
    """

    ground_truths: tuple[MatchType, ...]
    detections: tuple[MatchType, ...]
    pairs: tuple[tuple[int, int], ...]


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


def initial_types(care: NDArray[np.bool_]) -> list[MatchType]:
    """The types of an image's boxes before anything is matched."""
    return [MatchType.UNMATCHED if flag else MatchType.DONT_CARE for flag in care]


def score_image(matching: Matching) -> ImageScore:
    """Recall, precision and hmean of one image."""
    recall_credit, ground_truths = _credit(matching.ground_truths)
    precision_credit, detections = _credit(matching.detections)
    if ground_truths == 0:
        recall, precision = 1.0, 0.0 if detections else 1.0
    else:
        recall, precision = recall_credit / ground_truths, _ratio(precision_credit, detections)
    return ImageScore(recall, precision, _hmean(precision, recall), matching)


def score_corpus(protocol: str, matchings: Mapping[str, Matching]) -> Score:
    """The micro-average: credits and counts are summed over the images and divided at the end."""
    recall_credit, ground_truths = _credit(
        match for matching in matchings.values() for match in matching.ground_truths
    )
    precision_credit, detections = _credit(
        match for matching in matchings.values() for match in matching.detections
    )
    recall, precision = _ratio(recall_credit, ground_truths), _ratio(precision_credit, detections)
    return Score(
        protocol=protocol,
        precision=precision,
        recall=recall,
        hmean=_hmean(precision, recall),
        images=len(matchings),
        ground_truths=ground_truths,
        detections=detections,
        per_image={name: score_image(matching) for name, matching in matchings.items()},
    )


def _credit(matches: Iterable[MatchType]) -> tuple[float, int]:
    """The credit of these boxes and how many of them are care.

    Credits are counted before they are weighted, so the order of the images cannot change a digit.
    """
    counts = Counter(matches)
    whole = counts[MatchType.ONE_TO_ONE] + counts[MatchType.MANY_TO_ONE]
    care = counts.total() - counts[MatchType.DONT_CARE]
    return whole + SPLIT_CREDIT * counts[MatchType.ONE_TO_MANY], care


def _ratio(credit: float, count: int) -> float:
    return credit / count if count else 0.0


def _hmean(precision: float, recall: float) -> float:
    total = precision + recall
    return 2.0 * precision * recall / total if total else 0.0
