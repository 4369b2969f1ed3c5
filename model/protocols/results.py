"""What the protocols answer: how every box was matched, and the figures that follow from it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

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

    def tallies(self, gt_counts: Ints, detection_counts: Ints) -> Ints:
        """(N, 2, 5) how many ground truths, and how many detections, of each image have each code,
        by (N,) numbers of both. Tallies of images can be added."""
        sides = _tallies(self.gt, gt_counts), _tallies(self.detections, detection_counts)
        return np.stack(sides, axis=1)

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


class Figures(NamedTuple):
    """Figures of one corpus, or of many in arrays."""

    precision: Floats
    recall: Floats
    hmean: Floats
    ground_truths: Ints
    """Those that count: all but don't-care."""
    detections: Ints


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


class ImageScores(Mapping[str, ImageScore]):
    """The images of a score by their id, made when the first is asked for: a search through many
    settings wants the figures alone."""

    def __init__(self, make: Callable[[], dict[str, ImageScore]]) -> None:
        self._make = make

    @cached_property
    def _images(self) -> dict[str, ImageScore]:
        return self._make()

    def __getitem__(self, image_id: str) -> ImageScore:
        return self._images[image_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._images)

    def __len__(self) -> int:
        return len(self._images)


def initial_types(care: NDArray[np.bool_]) -> Codes:
    """(N,) the codes of boxes before anything is matched."""
    return np.where(care, CODES[MatchType.UNMATCHED], CODES[MatchType.DONT_CARE]).astype(np.int8)


def score_corpus(
    protocol: str, names: Sequence[str], counts: tuple[Ints, Ints], matches: Matches
) -> Score:
    """The micro-average: credits and counts are summed over the images and divided at the end.

    ``names`` are those of N images, ``counts`` (N,) their ground truths and (N,) detections.
    """
    tallies = matches.tallies(*counts)

    def per_image() -> dict[str, ImageScore]:
        figures = (column.tolist() for column in _image_figures(tallies))
        images = map(ImageScore, *figures, matches.by_image(*counts))
        return dict(zip(names, images, strict=True))

    total = corpus_figures(tallies.sum(axis=0))
    return Score(
        protocol=protocol,
        precision=float(total.precision),
        recall=float(total.recall),
        hmean=float(total.hmean),
        images=len(names),
        ground_truths=int(total.ground_truths),
        detections=int(total.detections),
        per_image=ImageScores(per_image),
    )


def corpus_figures(tallies: Ints) -> Figures:
    """The figures of (..., 2, 5) tallies (``Matches.tallies``) that were summed over images."""
    recall_credit, ground_truths = _credit(tallies[..., 0, :])
    precision_credit, detections = _credit(tallies[..., 1, :])
    recall, precision = _ratio(recall_credit, ground_truths), _ratio(precision_credit, detections)
    return Figures(precision, recall, _hmean(precision, recall), ground_truths, detections)


def _image_figures(tallies: Ints) -> tuple[Floats, Floats, Floats]:
    """(N,) recall, precision and hmean of images, by (N, 2, 5) tallies of their boxes."""
    each = corpus_figures(tallies)
    none = each.ground_truths == 0
    recall = np.where(none, 1.0, each.recall)
    precision = np.where(none, each.detections == 0, each.precision)
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
