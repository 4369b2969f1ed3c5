"""What is better than what there was."""

import math

import pytest

from model.best import NO_SCORE, beats, best_of


@pytest.mark.parametrize(
    ("score", "best", "wanted"),
    [(0.0, NO_SCORE, False), (0.1, NO_SCORE, True), (0.1, 0.0, True),
     (0.5, 0.4, True), (0.4, 0.4, False), (None, NO_SCORE, False),
     (math.nan, NO_SCORE, False)],
)  # fmt: skip
def test_only_a_higher_score_beats(score: float | None, best: float, wanted: bool) -> None:
    assert beats(score, best) is wanted


def test_the_best_of_a_log_passes_over_what_has_no_score() -> None:
    entries = [{"hmean": None}, {"hmean": 0.25}, {"hmean": 0.5}, {"hmean": None}]
    assert best_of(NO_SCORE, entries, "hmean") == 0.5
    assert best_of(0.75, entries, "hmean") == 0.75
    assert best_of(NO_SCORE, entries[:1], "hmean") == NO_SCORE
