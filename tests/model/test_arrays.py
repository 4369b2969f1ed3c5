"""Ragged-array helpers."""

import numpy as np

from model.arrays import expand, first_of_runs, run_starts


def test_expand_gives_ranges_end_to_end() -> None:
    owner, offset = expand(np.array([2, 0, 3]))
    assert owner.tolist() == [0, 0, 2, 2, 2]
    assert offset.tolist() == [0, 1, 0, 1, 2]


def test_run_starts_sees_a_change_in_any_key() -> None:
    starts = run_starts(np.array([0, 0, 0, 1, 1]), np.array([5, 5, 6, 6, 6]))
    assert starts.tolist() == [0, 2, 3]
    assert run_starts(np.zeros(0, dtype=int)).tolist() == []


def test_first_of_runs_takes_the_smallest_and_the_first_of_equals() -> None:
    key, by = np.array([1, 0, 1, 0, 1]), np.array([3.0, 2.0, 1.0, 2.0, 1.0])
    assert first_of_runs(key, by=by).tolist() == [1, 2]
