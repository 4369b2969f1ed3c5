"""Ranges end to end, and their runs."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from validation.ranges import expand, runs


def test_owners_and_offsets() -> None:
    owner, offset = expand(np.array([2, 0, 3]))
    assert owner.tolist() == [0, 0, 2, 2, 2]
    assert offset.tolist() == [0, 1, 0, 1, 2]


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(1, 20))
def test_runs_hold_every_row_once_and_no_more_than_they_may(
    counts: list[int], at_once: int
) -> None:
    found = list(runs(np.array(counts, np.int64), at_once))
    assert [row for low, high in found for row in range(low, high)] == list(range(len(counts)))
    for low, high in found:
        assert sum(counts[low:high]) <= at_once or high == low + 1
