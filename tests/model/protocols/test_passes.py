"""The three passes, on images small enough to work out by hand; 10 px high unless said."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.errors import UserError
from model.protocols import PROTOCOLS
from model.protocols.inputs import Detections, GroundTruths
from model.protocols.results import Matching, MatchType

ONE, SPLIT, MERGE = MatchType.ONE_TO_ONE, MatchType.ONE_TO_MANY, MatchType.MANY_TO_ONE
NONE, IGNORED = MatchType.UNMATCHED, MatchType.DONT_CARE

Boxes = list[tuple[int, int, int, int]]


def both(gt: Boxes, dets: Boxes, dont_care: tuple[int, ...] = ()) -> tuple[Matching, Matching]:
    """What deteval and icdar2013 make of one image."""
    texts = ["###" if i in dont_care else "word" for i in range(len(gt))]
    image = GroundTruths.from_texts(np.array(gt).reshape(-1, 4), texts)
    found = Detections(np.array(dets).reshape(-1, 4))
    return PROTOCOLS["deteval"].match(image, found), PROTOCOLS["icdar2013"].match(image, found)


def figures(matching: Matching) -> tuple[float, float]:
    """Recall and precision by the credit of each match."""
    worth = {ONE: 1.0, MERGE: 1.0, SPLIT: 0.8, NONE: 0.0}
    sides = [
        [worth[t] for t in side if t is not IGNORED]
        for side in (matching.ground_truths, matching.detections)
    ]
    return sum(sides[0]) / len(sides[0]), sum(sides[1]) / len(sides[1])


@pytest.mark.parametrize(("left", "expected"), [(24999, ONE), (25000, NONE)])
def test_inclusive_rectangles_overlap_from_one_common_column_on(
    left: int, expected: MatchType
) -> None:
    # Pass 3 takes the word, of precision 0.39996, only where the line overlaps a second one.
    word, line = (0, 0, 9998, 3), (0, 0, 24999, 3)
    matching, _ = both([word, (left, 0, left + 999, 3)], [line])
    assert matching.detections == (expected,)


def test_a_box_that_is_right_is_one_to_one() -> None:
    for matching in both([(0, 0, 99, 9)], [(0, 0, 99, 9)]):
        assert matching == Matching((ONE,), (ONE,), ((0, 0),))


def test_recall_of_exactly_eight_tenths_and_precision_of_exactly_four_tenths_are_enough() -> None:
    for matching in both([(0, 0, 9, 9)], [(0, 0, 7, 24)]):  # 80 of 100 px, 80 of 200 px
        assert figures(matching) == (1.0, 1.0)
    for matching in both([(0, 0, 9, 9)], [(0, 0, 7, 25)]):  # 80 of 208 px
        assert figures(matching) == (0.0, 0.0)


def test_a_split_ground_truth_is_credited_eight_tenths_on_both_sides() -> None:
    for matching in both([(0, 0, 99, 9)], [(0, 0, 49, 9), (50, 0, 99, 9)]):
        assert matching == Matching((SPLIT,), (SPLIT, SPLIT), ((0, 0), (0, 1)))
        assert figures(matching) == (0.8, 0.8)


def test_merged_ground_truths_keep_their_credit() -> None:
    # Thirds: with a precision of 0.4 or more, pass 2 of icdar2013 would take one of them first.
    thirds = [(0, 0, 29, 9), (30, 0, 59, 9), (60, 0, 89, 9)]
    for matching in both(thirds, [(0, 0, 89, 9)]):
        assert matching == Matching((MERGE,) * 3, (MERGE,), ((0, 0), (1, 0), (2, 0)))
        assert figures(matching) == (1.0, 1.0)


def test_two_words_in_one_line_are_a_merge_for_deteval_and_a_split_for_icdar2013() -> None:
    first, second = both([(0, 0, 49, 9), (50, 0, 99, 9)], [(0, 0, 99, 9)])
    assert first == Matching((MERGE, MERGE), (MERGE,), ((0, 0), (1, 0)))
    assert figures(first) == (1.0, 1.0)
    # Each word has recall 1 and precision 0.5: pass 2 gives the line to the first, at 0.8.
    assert second == Matching((SPLIT, NONE), (SPLIT,), ((0, 0),))
    assert figures(second) == (0.4, 0.8)


def test_a_merge_needs_the_sum_of_precision() -> None:
    low = both([(0, 0, 9, 9), (10, 0, 19, 9)], [(0, 0, 59, 9)])  # 1/6 + 1/6
    high = both([(0, 0, 9, 9), (10, 0, 19, 9)], [(0, 0, 44, 9)])  # 2/9 + 2/9
    assert [figures(m) for m in low] == [(0.0, 0.0)] * 2
    assert [figures(m) for m in high] == [(1.0, 1.0)] * 2


def test_deteval_gives_up_one_to_one_where_a_second_detection_overlaps() -> None:
    first, second = both([(0, 0, 99, 9)], [(0, 0, 89, 9), (90, 0, 99, 9)])
    assert first == Matching((SPLIT,), (SPLIT, SPLIT), ((0, 0), (0, 1)))
    assert figures(first) == (0.8, 0.8)
    assert second == Matching((ONE,), (ONE, NONE), ((0, 0),))
    assert figures(second) == (1.0, 0.5)


def test_deteval_gives_up_one_to_one_where_a_second_ground_truth_overlaps() -> None:
    # A line over a long word and a short one that it covers: the long word alone qualifies.
    gt, line = [(0, 0, 79, 9), (80, 0, 99, 9)], (0, 0, 99, 9)
    first, second = both(gt, [line])
    assert first == Matching((MERGE, MERGE), (MERGE,), ((0, 0), (1, 0)))
    assert second == Matching((ONE, NONE), (ONE,), ((0, 0),))


def test_a_merge_leaves_out_what_an_earlier_pass_has_used() -> None:
    thirds = [(0, 0, 29, 9), (30, 0, 59, 9), (60, 0, 89, 9)]
    for matching in both(thirds, [thirds[0], (0, 0, 89, 9)]):
        assert matching == Matching((ONE, MERGE, MERGE), (ONE, MERGE), ((0, 0), (1, 1), (2, 1)))


def test_sole_partner_counts_as_one_to_one_in_deteval_only() -> None:
    # The detection qualifies for both nested ground truths, so pass 1 leaves all three open.
    # A speck with 3 of its 14 columns on it gives the first ground truth its second overlap.
    gt = [(0, 0, 99, 9), (0, 0, 89, 9)]
    first, second = both(gt, [(0, 0, 99, 9), (97, 9, 110, 9)])
    assert first == Matching((ONE, NONE), (ONE, NONE), ((0, 0),))
    assert second == Matching((SPLIT, NONE), (SPLIT, NONE), ((0, 0),))
    assert figures(first) == (0.5, 0.5)
    assert figures(second) == (0.4, 0.4)


def test_a_merge_needs_two_overlaps_and_may_keep_one_partner() -> None:
    # Precision 39,996 of 100,000 px: too little for passes 1 and 2, 0.4 when rounded in pass 3.
    word, sliver, line = (0, 0, 9998, 3), (24999, 0, 25998, 3), (0, 0, 24999, 3)
    alone, _ = both([word], [line])
    assert alone == Matching((NONE,), (NONE,), ())
    first, second = both([word, sliver], [line])
    assert first == Matching((ONE, NONE), (ONE,), ((0, 0),))
    assert second == Matching((NONE, NONE), (NONE,), ())


def test_two_detections_that_both_fit_split_the_ground_truth() -> None:
    for matching in both([(0, 0, 99, 9)], [(0, 0, 99, 9), (0, 0, 99, 9)]):
        assert matching == Matching((SPLIT,), (SPLIT, SPLIT), ((0, 0), (0, 1)))


def test_deteval_rounds_its_sums_to_four_digits() -> None:
    # 100,000 px, of which the detections cover 40,000 and 39,996: 0.79996.
    first, second = both([(0, 0, 24999, 3)], [(0, 0, 9999, 3), (10000, 0, 19998, 3)])
    assert figures(first) == (0.8, 0.8)
    assert figures(second) == (0.0, 0.0)
    # 39,992: 0.79992, which rounds to 0.7999.
    first, second = both([(0, 0, 24999, 3)], [(0, 0, 9999, 3), (10000, 0, 19997, 3)])
    assert figures(first) == figures(second) == (0.0, 0.0)


def test_what_one_ground_truth_has_used_is_closed_to_the_next() -> None:
    halves = [(0, 0, 49, 9), (50, 0, 99, 9)]
    for matching in both([(0, 0, 99, 9), (0, 0, 99, 9)], halves):
        assert matching.ground_truths == (SPLIT, NONE)
        assert matching.pairs == ((0, 0), (0, 1))


def test_a_detection_on_a_dont_care_region_does_not_count() -> None:
    gt = [(0, 0, 99, 9), (200, 0, 299, 9)]
    for matching in both(gt, [(0, 0, 99, 9), (200, 0, 299, 9)], dont_care=(1,)):
        assert matching == Matching((ONE, IGNORED), (ONE, IGNORED), ((0, 0),))
        assert figures(matching) == (1.0, 1.0)


def test_dont_care_needs_more_than_four_tenths() -> None:
    for matching in both([(0, 0, 3, 9)], [(0, 0, 9, 9)], dont_care=(0,)):  # 40 of 100 px
        assert matching.detections == (NONE,)
    for matching in both([(0, 0, 4, 9)], [(0, 0, 9, 9)], dont_care=(0,)):
        assert matching.detections == (IGNORED,)


def test_pass_1_counts_dont_care_ground_truths() -> None:
    # The don't-care box has precision 0.4 and recall 1: the detection is care, and qualifies twice.
    gt = [(0, 0, 99, 9), (0, 0, 39, 9)]
    _, second = both(gt, [(0, 0, 99, 9)], dont_care=(1,))
    assert second == Matching((SPLIT, IGNORED), (SPLIT,), ((0, 0),))


def test_pass_1_counts_dont_care_detections() -> None:
    # The taller detection lies half on the don't-care box and still qualifies for the word.
    gt = [(0, 0, 99, 9), (0, 10, 99, 19)]
    _, second = both(gt, [(0, 0, 99, 9), (0, 0, 99, 19)], dont_care=(1,))
    assert second == Matching((SPLIT, IGNORED), (SPLIT, IGNORED), ((0, 0),))


def test_deteval_counts_overlaps_with_care_boxes_only() -> None:
    # The same image, and another don't-care box that touches the first detection: the word and
    # that detection have one care overlap each, so neither pass 1 (two detections qualify) nor
    # passes 2 and 3 (one overlap) take them.
    gt = [(0, 0, 99, 9), (0, 10, 99, 19), (90, 0, 119, 9)]
    first, _ = both(gt, [(0, 0, 99, 9), (0, 0, 99, 19)], dont_care=(1, 2))
    assert first == Matching((NONE, IGNORED, IGNORED), (NONE, IGNORED), ())


def test_an_image_without_ground_truth_or_without_detections() -> None:
    for matching in both([], [(0, 0, 9, 9)]):
        assert matching == Matching((), (NONE,), ())
    for matching in both([(0, 0, 9, 9)], []):
        assert matching == Matching((NONE,), (), ())
    for matching in both([], []):
        assert matching == Matching((), (), ())


def test_quadrilaterals_are_refused() -> None:
    quad = Detections(np.array([[0, 0, 9, 0, 9, 9, 0, 9]]))
    with pytest.raises(UserError, match="use the protocol iou"):
        PROTOCOLS["deteval"].match(GroundTruths.from_texts([[0, 0, 9, 9]], ["word"]), quad)


rectangle = st.tuples(*[st.integers(0, 60)] * 4).map(
    lambda v: (min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]), max(v[1], v[3]))
)


@given(rectangle, rectangle)
def test_centres_of_overlapping_boxes_are_always_near_enough(
    first: tuple[int, ...], second: tuple[int, ...]
) -> None:
    """The distance that pass 1 would ask for follows from an overlap, so it need not be asked."""
    boxes = np.array([first, second], dtype=float)
    if (boxes[:, :2].max(axis=0) > boxes[:, 2:].min(axis=0)).any():
        return
    sides = boxes[:, 2:] - boxes[:, :2] + 1
    centres = boxes[:, :2] + sides / 2
    distance = np.hypot(*(centres[0] - centres[1]))
    assert 2 * distance / np.hypot(*sides.T).sum() < 1
