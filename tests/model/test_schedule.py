"""The learning rate over a run."""

from itertools import pairwise

import pytest

from model.schedule import learning_rate


def test_it_warms_up_on_a_line_and_falls_on_a_half_cosine() -> None:
    rates = [learning_rate(step, 110, 0.9, 10, 1 / 3) for step in range(111)]
    assert rates[0] == pytest.approx(0.3)
    assert rates[5] == pytest.approx(0.6)
    assert rates[10] == pytest.approx(0.9)
    assert rates[60] == pytest.approx(0.45)
    assert rates[110] == pytest.approx(0.0, abs=1e-12)
    assert all(before < after for before, after in pairwise(rates[:11]))
    assert all(before > after for before, after in pairwise(rates[10:]))


def test_a_run_shorter_than_its_warm_up_only_rises() -> None:
    rates = [learning_rate(step, 5, 1.0, 10, 0.5) for step in range(5)]
    assert rates == pytest.approx([0.5, 0.55, 0.6, 0.65, 0.7])


def test_without_warm_up_it_begins_at_the_peak() -> None:
    assert learning_rate(0, 7, 0.25, 0, 0.1) == 0.25
