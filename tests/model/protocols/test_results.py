import numpy as np
import pytest

from model.protocols import results
from model.protocols.results import CODES, ImageScore, Matches, Matching, MatchType, Score

SIDES = ("ground_truths", "detections")
ONE, SPLIT, MERGE = MatchType.ONE_TO_ONE, MatchType.ONE_TO_MANY, MatchType.MANY_TO_ONE
NONE, IGNORED = MatchType.UNMATCHED, MatchType.DONT_CARE


def score_corpus(protocol: str, images: dict[str, Matching]) -> Score:
    """The score of images that are matched already."""
    sides = [[list(getattr(m, side)) for m in images.values()] for side in SIDES]
    codes = (np.array([CODES[t] for types in side for t in types], dtype=np.int8) for side in sides)
    counts = [np.array([len(types) for types in side]) for side in sides]
    matches = Matches(*codes, np.empty((0, 2), dtype=np.intp))
    return results.score_corpus(protocol, list(images), (counts[0], counts[1]), matches)


def score_image(image: Matching) -> ImageScore:
    return score_corpus("x", {"a": image}).per_image["a"]


def matching(ground_truths: list[MatchType], detections: list[MatchType]) -> Matching:
    return Matching(tuple(ground_truths), tuple(detections), ())


def test_one_image() -> None:
    score = score_image(matching([ONE, SPLIT, MERGE, NONE, IGNORED], [ONE, SPLIT, NONE, IGNORED]))
    assert score.recall == (1 + 0.8 + 1) / 4
    assert score.precision == (1 + 0.8) / 3
    assert score.hmean == pytest.approx(2 * 0.7 * 0.6 / 1.3, abs=1e-15)


@pytest.mark.parametrize(
    ("ground_truths", "detections", "expected"),
    [
        ([], [], (1, 1, 1)),
        ([], [NONE], (1, 0, 0)),
        ([IGNORED], [IGNORED], (1, 1, 1)),
        ([IGNORED], [IGNORED, NONE], (1, 0, 0)),
        ([NONE], [], (0, 0, 0)),
        ([NONE], [IGNORED], (0, 0, 0)),
    ],
)
def test_images_with_nothing_to_find_or_nothing_found(
    ground_truths: list[MatchType],
    detections: list[MatchType],
    expected: tuple[float, float, float],
) -> None:
    score = score_image(matching(ground_truths, detections))
    assert (score.recall, score.precision, score.hmean) == expected


def test_the_corpus_is_a_micro_average() -> None:
    images = {
        "a": matching([ONE], [ONE]),
        "b": matching([NONE, NONE, SPLIT, IGNORED], [SPLIT, SPLIT]),
        "empty": matching([], [NONE, IGNORED]),
        "nothing": matching([], []),
    }
    score = score_corpus("deteval", images)
    assert score.recall == 1.8 / 4
    assert score.precision == 2.6 / 4
    assert (score.images, score.ground_truths, score.detections) == (4, 4, 4)
    assert score.per_image["empty"].recall == 1
    assert list(score.per_image) == list(images)


def test_a_corpus_of_nothing_scores_nothing() -> None:
    score = score_corpus("iou", {"a": matching([], [])})
    assert (score.precision, score.recall, score.hmean) == (0, 0, 0)


def test_the_order_of_the_images_changes_no_digit() -> None:
    images = {str(i): matching([SPLIT] * (i % 3) + [ONE], [SPLIT] * i) for i in range(50)}
    turned = dict(reversed(images.items()))
    assert score_corpus("x", images).summary() == score_corpus("x", turned).summary()
