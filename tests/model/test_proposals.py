"""Decoding of the network's outputs and suppression, against a slow greedy version."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.proposals import Proposals, ProposalSettings, decode, nms

HEIGHTS = (8.0, 16.0, 32.0)
ALL = ProposalSettings(min_score=-1.0, first_nms=1.0, second_nms=1.0)


def proposals(rows: list[tuple[int, float, float, float]]) -> Proposals:
    column, top, bottom, score = (np.array([row[i] for row in rows]) for i in range(4))
    real = [array.astype(np.float32) for array in (top, bottom, score, np.zeros(len(rows)))]
    return Proposals(column.astype(np.int32), *real)


def outputs(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    shape = (rows, columns, len(HEIGHTS))
    zero = np.zeros(shape, dtype=np.float32)
    return zero, np.zeros((*shape, 2), dtype=np.float32), zero.copy()


def slow_nms(found: Proposals, threshold: float) -> list[int]:
    kept: list[int] = []
    for i in sorted(range(len(found)), key=lambda i: (-found.score[i], i)):
        if all(
            overlap(found, i, j) <= threshold for j in kept if found.column[i] == found.column[j]
        ):
            kept.append(i)
    return kept


def overlap(found: Proposals, i: int, j: int) -> float:
    (top_i, top_j), (bottom_i, bottom_j) = found.top[[i, j]].tolist(), found.bottom[[i, j]].tolist()
    shared = min(bottom_i, bottom_j) - max(top_i, top_j)
    return max(shared, 0.0) / ((bottom_i - top_i) + (bottom_j - top_j) - shared)


row = st.tuples(st.integers(0, 4), st.integers(0, 30), st.integers(1, 30), st.integers(0, 8)).map(
    lambda r: (r[0], float(r[1]), float(r[1] + r[2]), r[3] / 8)
)


@settings(deadline=None, max_examples=400)
@given(st.lists(row, max_size=40), st.sampled_from([0.0, 0.2, 0.5, 0.7, 1.0]))
def test_suppression_is_exactly_the_greedy_one(
    rows: list[tuple[int, float, float, float]], threshold: float
) -> None:
    found = proposals(rows)
    assert nms(found, threshold).tolist() == slow_nms(found, threshold)


def test_suppression_of_many_random_proposals() -> None:
    rng = np.random.default_rng(0)
    for size in (1, 10, 2000):
        top = rng.uniform(0, 500, size)
        rows = zip(
            rng.integers(0, 60, size), top, top + rng.uniform(2, 90, size), rng.random(size),
            strict=True,
        )  # fmt: skip
        found = proposals(list(rows))
        for threshold in (0.2, 0.7):
            assert nms(found, threshold).tolist() == slow_nms(found, threshold)


def test_suppression_leaves_other_columns_alone() -> None:
    found = proposals([(3, 0, 10, 0.9), (4, 0, 10, 0.8), (3, 1, 10, 0.95)])
    assert nms(found, 0.5).tolist() == [2, 1]


def test_suppression_of_nothing() -> None:
    assert nms(proposals([(0, 0, 1, 1)]).take(slice(0)), 0.5).tolist() == []  # type: ignore[arg-type]


def test_the_vertical_values_place_a_proposal() -> None:
    scores, vertical, side = outputs(4, 5)
    scores[2, 3, 1] = 0.9
    vertical[2, 3, 1] = (0.25, np.log(1.5))
    side[2, 3, 1] = -0.75
    found = decode(scores, vertical, side, HEIGHTS)
    assert found.column.tolist() == [3]
    # Cell centre 40, moved by a quarter of 16; height 24.
    assert np.allclose([found.top[0], found.bottom[0]], [32, 56])
    assert np.allclose([found.score[0], found.side[0]], [0.9, -0.75])
    assert found.column.dtype == np.int32 and found.top.dtype == np.float32


def test_without_a_side_head_the_offsets_are_unknown() -> None:
    scores, vertical, _ = outputs(4, 5)
    scores[2, 3, 1] = 0.9
    assert np.isnan(decode(scores, vertical, None, HEIGHTS).side).all()


def test_an_absurd_height_stays_finite() -> None:
    scores, vertical, side = outputs(4, 5)
    scores[2, 3, 1] = 0.9
    vertical[2, 3, 1, 1] = 1e6
    found = decode(scores, vertical, side, HEIGHTS)
    assert (found.top[0], found.bottom[0]) == (0, 64)


def test_proposals_are_cut_to_the_picture_and_those_beyond_it_dropped() -> None:
    scores, vertical, side = outputs(4, 5)
    scores[:, :, 2] = 0.9
    keep = ProposalSettings(first_nms=1.0, second_nms=1.0)
    found = decode(scores, vertical, side, HEIGHTS, 50, 35, keep)
    assert sorted(set(found.column.tolist())) == [0, 1, 2]
    assert sorted(set(zip(found.top.tolist(), found.bottom.tolist(), strict=True))) == [
        (0, 24),
        (8, 35),
    ]


@pytest.mark.parametrize(("height", "found"), [(1.0, 1), (0.6, 1), (0.4, 0), (1e-9, 0)])
def test_proposals_without_height_are_dropped(height: float, found: int) -> None:
    scores, vertical, side = outputs(4, 5)
    scores[2, 3, 1] = 0.9
    vertical[2, 3, 1, 1] = np.log(height / 16)
    assert len(decode(scores, vertical, side, HEIGHTS)) == found


@pytest.mark.parametrize("count", [0, 1, 7, 59, 60, 100])
def test_the_highest_scores_go_on(count: int) -> None:
    rng = np.random.default_rng(count)
    scores, vertical, side = outputs(4, 5)
    scores[:] = rng.permutation(60).reshape(scores.shape) / 60
    keep = ProposalSettings(count, 1.0, 1000, -1.0, 1.0)
    found = decode(scores, vertical, side, HEIGHTS, settings=keep)
    assert np.allclose(found.score, np.sort(scores.ravel())[::-1][:count])


def test_of_equal_scores_the_first_anchors_go_on() -> None:
    scores, vertical, side = outputs(4, 5)
    keep = ProposalSettings(4, 1.0, 1000, -1.0, 1.0)
    found = decode(scores, vertical, side, HEIGHTS, settings=keep)
    assert found.column.tolist() == [0, 0, 0, 1]
    assert (found.bottom - found.top).tolist() == [8, 16, 24, 8]


def test_the_steps_come_in_the_documented_order() -> None:
    """The middle proposal would be suppressed by the first; cut off before, it lets go the last."""
    scores, vertical, side = outputs(4, 1)
    scores[1, 0] = (0.6, 0.9, 0.8)
    assert len(decode(scores, vertical, side, HEIGHTS)) == 1
    apart = ProposalSettings(second_nms=0.7)
    assert np.allclose(decode(scores, vertical, side, HEIGHTS, settings=apart).score, [0.9, 0.8])
    one = ProposalSettings(after_nms=1, second_nms=0.7)
    assert np.allclose(decode(scores, vertical, side, HEIGHTS, settings=one).score, [0.9])
    strict = ProposalSettings(min_score=0.85, second_nms=0.7)
    assert np.allclose(decode(scores, vertical, side, HEIGHTS, settings=strict).score, [0.9])


def test_scores_at_the_threshold_are_dropped() -> None:
    scores, vertical, side = outputs(4, 5)
    scores[0, 0, 0], scores[0, 1, 0] = 0.75, 0.7500001
    at = ProposalSettings(min_score=0.75)
    assert decode(scores, vertical, side, HEIGHTS, settings=at).column.tolist() == [1]


def test_no_proposal_is_no_error() -> None:
    assert len(decode(*outputs(4, 5), HEIGHTS)) == 0


def test_outputs_that_disagree_are_errors() -> None:
    scores, vertical, side = outputs(4, 5)
    with pytest.raises(ValueError, match="disagree"):
        decode(scores, vertical[:3], side, HEIGHTS)
    with pytest.raises(ValueError, match="disagree"):
        decode(scores, vertical, side, HEIGHTS[:2])
    with pytest.raises(ValueError, match="disagree"):
        decode(scores, vertical, side[..., :1], HEIGHTS)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_network_that_diverged_is_an_error(which: int) -> None:
    arrays = outputs(4, 5)
    arrays[which][0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="diverged"):
        decode(*arrays, HEIGHTS)
