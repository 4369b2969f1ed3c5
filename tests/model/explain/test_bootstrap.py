"""Intervals by drawing images again."""

import numpy as np
import pytest

from model.explain import bootstrap
from model.explain.bootstrap import FIGURES, Settings, figures_of, intervals, resampled


def sums(*rows: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(rows, dtype=float).reshape(-1, 4)


def test_figures_are_those_of_the_protocols() -> None:
    assert figures_of(sums((1.8, 3, 1.6, 4)).sum(axis=0)) == pytest.approx(
        [0.4, 0.6, 2 * 0.4 * 0.6]
    )
    assert figures_of(np.zeros(4)).tolist() == [0, 0, 0]


def test_images_that_are_all_alike_leave_no_doubt() -> None:
    found = intervals(np.tile([1.0, 2, 1, 4], (50, 1)))
    assert found == {"precision": (0.25, 0.25), "recall": (0.5, 0.5), "hmean": (1 / 3, 1 / 3)}


def test_an_interval_is_as_wide_as_theory_has_it() -> None:
    """One word an image, found in half of them: 1.96 standard errors of a share, either way."""
    rows = np.array([[n % 2, 1, n % 2, 1] for n in range(400)], dtype=float)
    low, high = intervals(rows, Settings(4_000, 7))["recall"] or (0, 0)
    error = 1.96 * (0.25 / 400) ** 0.5
    assert (low, high) == pytest.approx((0.5 - error, 0.5 + error), abs=0.006)


def test_the_same_seed_draws_the_same_in_any_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(50, 3)
    whole = np.concatenate(list(resampled(30, settings)))
    monkeypatch.setattr(bootstrap, "_CELLS", 100)
    portions = list(resampled(30, settings))
    assert len(portions) > 10
    assert np.array_equal(np.concatenate(portions), whole)
    assert whole.shape == (50, 30)
    assert set(whole.sum(axis=1)) == {30}
    assert not np.array_equal(np.concatenate(list(resampled(30, Settings(50, 4)))), whole)


@pytest.mark.parametrize(
    ("rows", "known"),
    [
        (sums(), set()),
        (sums((1, 1, 1, 1)), set()),
        (sums((0, 0, 0, 2), (0, 0, 0, 1)), {"precision"}),
        (sums((0, 3, 0, 0), (0, 1, 0, 0)), {"recall", "hmean"}),
        (sums((0, 0, 0, 0), (0, 0, 0, 0)), set()),
        (sums((1, 3, 1, 2), (0, 1, 0, 0)), set(FIGURES)),
    ],
)
def test_what_cannot_vary_has_no_interval(rows: np.ndarray, known: set[str]) -> None:
    found = intervals(rows)
    assert list(found) == list(FIGURES)
    assert {name for name, ends in found.items() if ends} == known
