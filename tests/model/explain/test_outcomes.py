"""Every ground truth and every detection has exactly one outcome, and the protocol has the say."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.explain.outcomes import (
    CorpusOutcomes,
    DetectionOutcome,
    TruthOutcome,
    credit_sum,
    explain_corpus,
)
from model.protocols import PROTOCOLS
from model.protocols.inputs import Detections, GroundTruths
from model.protocols.results import MatchType
from model.submission import read_ground_truth, read_submission

BOXES = [name for name, protocol in PROTOCOLS.items() if not protocol.takes_quadrilaterals]
Box = tuple[int, int, int, int]


def explained(
    protocol: str, boxes: list[Box], found: list[Box], dont_care: list[Box] | None = None
) -> tuple[list[str], list[str], CorpusOutcomes]:
    """Outcomes of inclusive rectangles, in order; don't-care ones stand last."""
    every = [*boxes, *(dont_care or [])]
    texts = ["word"] * len(boxes) + ["###"] * len(dont_care or [])
    truths = GroundTruths.from_texts(np.array(every).reshape(-1, 4), texts)
    corpus = explain_corpus(protocol, {"img_1": truths}, {"img_1": Detections(found)})
    image = corpus.per_image["img_1"]
    return list(image.truths.outcomes), list(image.detections.outcomes), corpus


WORD: Box = (0, 0, 99, 19)
NEXT: Box = (110, 0, 209, 19)
LINE: Box = (0, 0, 209, 19)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_word_found_as_it_is_is_matched(protocol: str) -> None:
    truths, found, corpus = explained(protocol, [WORD], [WORD, (300, 300, 399, 319)])
    assert (truths, found) == (["matched"], ["matched", "background"])
    assert corpus.per_image["img_1"].truths.partners == ((0,),)
    assert corpus.per_image["img_1"].truths.credits == (1.0,)


def test_halves_are_parts_of_a_split() -> None:
    halves: list[Box] = [(0, 0, 48, 19), (49, 0, 99, 19)]
    for protocol, credit in (("deteval", 0.8), ("icdar2013", 0.8), ("iou", 0.0)):
        if protocol == "iou":  # neither half is above one half of the word
            halves = [(0, 0, 44, 19), (45, 0, 89, 19)]
        truths, found, corpus = explained(protocol, [WORD], halves)
        assert (truths, found) == (["split"], ["part_of_split", "part_of_split"]), protocol
        assert corpus.per_image["img_1"].truths.credits == (credit,)
        assert corpus.per_image["img_1"].truths.partners == ((0, 1),)


def test_the_same_half_twice_is_no_split() -> None:
    """What parts share is covered once: 0.45 here, and not 0.9."""
    truths, found, _ = explained("iou", [WORD], [(0, 0, 44, 19), (0, 0, 44, 19)])
    assert (truths, found) == (["low_overlap"], ["background", "background"])


def test_a_line_over_two_words_merges_them() -> None:
    for protocol, credit in (("deteval", 1.0), ("iou", 0.0)):
        truths, found, corpus = explained(protocol, [WORD, NEXT], [LINE])
        assert (truths, found) == (["merged", "merged"], ["merge"])
        assert corpus.per_image["img_1"].truths.credits == (credit, credit)
        assert corpus.per_image["img_1"].detections.partners == ((0, 1),)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_line_over_words_that_are_found_is_a_merge_that_earns_nothing(protocol: str) -> None:
    wide: Box = (0, 0, 209, 99)  # too wide to count under any protocol
    truths, found, corpus = explained(protocol, [WORD, NEXT], [WORD, NEXT, wide])
    assert (truths, found) == (["matched", "matched"], ["matched", "matched", "merge"])
    assert corpus.score.per_image["img_1"].matching.detections[2] is MatchType.UNMATCHED


def test_a_second_find_of_a_word_is_a_duplicate() -> None:
    truths, found, corpus = explained("iou", [WORD], [WORD, (0, 0, 89, 19)])
    assert (truths, found) == (["matched"], ["matched", "duplicate"])
    assert corpus.per_image["img_1"].detections.partners == ((0,), (0,))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_corner_of_a_word_is_low_overlap(protocol: str) -> None:
    truths, found, corpus = explained(protocol, [WORD, NEXT], [(0, 0, 10, 19)])
    assert (truths, found) == (["low_overlap", "missed"], ["background"])
    assert corpus.per_image["img_1"].truths.partners == ((0,), ())


def test_thresholds_are_reached_by_what_is_exactly_there() -> None:
    """Half inside, 0.8 covered, 0.1 touched; a pixel less is not enough."""
    word: Box = (0, 0, 100, 20)
    cases: list[tuple[list[Box], str]] = [
        ([(0, 0, 40, 20), (40, 0, 80, 20)], "split"),
        ([(0, 0, 40, 20), (40, 0, 79, 20)], "low_overlap"),
        ([(0, 0, 40, 20), (60, 0, 140, 20)], "split"),
        ([(0, 0, 40, 20), (60, 0, 141, 20)], "low_overlap"),
        ([(90, 0, 100, 20)], "low_overlap"),
        ([(91, 0, 100, 20)], "missed"),
    ]
    for found, expected in cases:
        assert explained("iou", [word], found)[0] == [expected], found
    for left, outcome in ((20, "merged"), (21, "low_overlap")):
        wide: Box = (left, 0, 300, 20)
        assert explained("iou", [word, (100, 0, 200, 20)], [wide])[0] == [outcome, outcome]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_dont_care_is_left_out_on_both_sides(protocol: str) -> None:
    truths, found, corpus = explained(protocol, [WORD], [NEXT], dont_care=[NEXT])
    assert (truths, found) == (["missed", "dont_care"], ["dont_care"])
    assert corpus.score.detections == 0


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_nothing_at_all_closes(protocol: str) -> None:
    corpus = explain_corpus(protocol, {"img_1": GroundTruths.from_texts([], [])}, {})
    assert sum(corpus.truths.values()) == sum(corpus.detections.values()) == 0
    assert list(corpus.truths) == [outcome.value for outcome in TruthOutcome]
    assert list(corpus.detections) == [outcome.value for outcome in DetectionOutcome]
    assert not explain_corpus(protocol, {}, {}).per_image


side = st.integers(0, 40)
box = st.tuples(side, side, st.integers(0, 25), st.integers(0, 15)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)
KNOWN = {
    MatchType.ONE_TO_ONE: ("matched", "matched"),
    MatchType.ONE_TO_MANY: ("split", "part_of_split"),
    MatchType.MANY_TO_ONE: ("merged", "merge"),
    MatchType.DONT_CARE: ("dont_care", "dont_care"),
}


def check_closes(corpus: CorpusOutcomes) -> None:
    """One outcome each, the protocol's matches as it made them, its sums to the last digit."""
    score = corpus.score
    assert sum(corpus.truths.values()) - corpus.truths["dont_care"] == score.ground_truths
    assert sum(corpus.detections.values()) - corpus.detections["dont_care"] == score.detections
    truth_credits: list[float] = []
    found_credits: list[float] = []
    for name, image in corpus.per_image.items():
        matching = score.per_image[name].matching
        for types, told, at in (
            (matching.ground_truths, image.truths, 0),
            (matching.detections, image.detections, 1),
        ):
            assert len(types) == len(told.outcomes) == len(told.partners)
            for kind, outcome, credit in zip(types, told.outcomes, told.credits, strict=True):
                if kind is MatchType.UNMATCHED:
                    assert outcome not in ("matched", "dont_care")
                    assert credit == 0
                else:
                    assert outcome == KNOWN[kind][at]
        truth_credits += image.truths.credits
        found_credits += image.detections.credits
    recall, precision = credit_sum(truth_credits), credit_sum(found_credits)
    assert score.recall == (recall / score.ground_truths if score.ground_truths else 0.0)
    assert score.precision == (precision / score.detections if score.detections else 0.0)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@settings(max_examples=60)
@given(st.lists(box, max_size=6), st.lists(box, max_size=6), st.lists(box, max_size=2))
def test_totals_close_and_matches_stay(
    protocol: str, boxes: list[Box], found: list[Box], dont_care: list[Box]
) -> None:
    truths, detections, corpus = explained(protocol, boxes, found, dont_care)
    check_closes(corpus)
    image = corpus.per_image["img_1"]
    for d, outcome in enumerate(detections):
        if outcome == "part_of_split":
            assert any(truths[g] == "split" for g in image.detections.partners[d])
        if outcome == "duplicate":
            claimed = {"matched", "split", "merged"}
            assert {truths[g] for g in image.detections.partners[d]} <= claimed
    for g, outcome in enumerate(truths):
        kinds = {detections[d] for d in image.truths.partners[g]}
        if outcome == "split":
            assert kinds == {"part_of_split"}
        if outcome == "merged":
            assert kinds <= {"merge", "part_of_split"}
        if outcome == "missed":
            assert not kinds


@pytest.mark.parametrize(
    ("truth", "submission", "protocol"),
    [
        *(
            ("icdar13_test_gt.zip", f"icdar13_submission_{name}.zip", protocol)
            for name in ("gt_as_result", "lines", "split")
            for protocol in BOXES
        ),
        ("icdar15_test_gt.zip", "icdar15_submission_a.zip", "iou"),
    ],
)
def test_it_closes_on_real_submissions(
    shared: Path, truth: str, submission: str, protocol: str
) -> None:
    truths = read_ground_truth(shared / "eval" / truth)
    found = read_submission(shared / "eval" / submission, truths)
    corpus = explain_corpus(protocol, truths, found)
    check_closes(corpus)
    total = Counter(kind for t in truths.values() for kind in t.care.tolist())
    assert corpus.truths["dont_care"] == total[False]
    if submission == "icdar13_submission_lines.zip":
        assert corpus.truths["merged"] > 100
    if submission == "icdar13_submission_split.zip":
        assert corpus.detections["part_of_split"] > 100


def test_a_crowded_image_needs_no_more_memory_than_its_pairs() -> None:
    """1,000 x 1,000 quadrilaterals, of which each touches a few."""
    rng = np.random.default_rng(1)
    corner = rng.uniform(0, 4000, (2000, 1, 2))
    quads = (corner + np.array([[0, 0], [60, 6], [58, 30], [-2, 24]])).reshape(-1, 8)
    truths = GroundTruths(quads[:1000], np.ones(1000, bool), (None,) * 1000)
    corpus = explain_corpus("iou", {"a": truths}, {"a": Detections(quads[1000:])})
    check_closes(corpus)
    assert corpus.truths["missed"] > 0
