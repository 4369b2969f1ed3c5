"""Chains of proposals, against a slow version that compares every pair."""

import numpy as np
import pytest

from model.links import LinkSettings, chains
from model.proposals import Proposals

NO_SPLIT = LinkSettings(split_at_sides=False)


def proposals(rows: list[tuple[float, ...]]) -> Proposals:
    """Rows of column, top, bottom and, where known, the side offset."""
    padded = [(*row, np.nan)[:4] for row in rows]
    columns = [np.array([row[i] for row in padded], dtype=np.float32) for i in range(4)]
    score = np.ones(len(rows), dtype=np.float32)
    return Proposals(columns[0].astype(np.int32), columns[1], columns[2], score, columns[3])


def slow_neighbour(rows: list[tuple[float, ...]], i: int, sign: int, by: LinkSettings) -> int:
    found = []
    for j, (column, top, bottom, *_) in enumerate(rows):
        distance = sign * (column - rows[i][0])
        shared = min(bottom, rows[i][2]) - max(top, rows[i][1])
        heights = sorted([bottom - top, rows[i][2] - rows[i][1]])
        if (
            0 < distance * 16 <= by.gap
            and shared >= by.min_overlap * heights[0]
            and heights[0] >= by.min_height_ratio * heights[1]
        ):
            found.append((distance, -shared / (sum(heights) - shared), j))
    return min(found)[2] if found else -1


def slow_chains(rows: list[tuple[float, ...]], by: LinkSettings) -> list[int]:
    right = [slow_neighbour(rows, i, 1, by) for i in range(len(rows))]
    left = [slow_neighbour(rows, i, -1, by) for i in range(len(rows))]
    previous = [-1] * len(rows)
    for i, j in enumerate(right):
        if j >= 0 and left[j] == i and not (by.split_at_sides and slow_split(rows[i], rows[j])):
            previous[j] = i
    roots = []
    for i in range(len(rows)):
        while previous[i] >= 0:
            i = previous[i]
        roots.append(i)
    return [sorted(set(roots)).index(root) for root in roots]


def slow_split(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    if len(one) < 4 or one[3] <= 0 or other[3] >= 0:
        return False
    end, begin = 16 * (one[0] + 0.5 + one[3]), 16 * (other[0] + 0.5 + other[3])
    return end <= begin + 8


def random_rows(rng: np.random.Generator) -> list[tuple[float, ...]]:
    """A few wavering rows of text, crowded enough that neighbours compete; quarters of a pixel
    make ties likely, and float32 holds them."""
    rows = []
    for _ in range(rng.integers(0, 5)):
        top, height = rng.integers(0, 60), rng.integers(4, 24)
        for column in range(rng.integers(0, 4), rng.integers(3, 12)):
            if rng.random() < 0.8:
                start = float(top + rng.integers(-6, 7) / 4)
                tall = float(height + rng.integers(-8, 9) / 4)
                rows.append((int(column), start, start + tall, float(rng.integers(-8, 9) / 4)))
    return [rows[i] for i in rng.permutation(len(rows))]


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("gap", [16.0, 40.0, 64.0])
def test_chains_are_those_of_the_slow_version(split: bool, gap: float) -> None:
    rng = np.random.default_rng(int(gap))
    by = LinkSettings(gap=gap, split_at_sides=split)
    sizes = []
    for _ in range(700):
        rows = random_rows(rng)
        got = chains(proposals(rows), by).tolist()
        assert got == slow_chains(rows, by)
        sizes.append(len(rows) - len(set(got)))
    assert np.mean(sizes) > 3


def test_a_row_of_proposals_is_one_chain_in_whatever_order() -> None:
    rows = [(4, 10, 20), (2, 10, 20), (3, 11, 21), (5, 10, 20), (30, 10, 20)]
    assert chains(proposals(rows), NO_SPLIT).tolist() == [0, 0, 0, 0, 1]


def test_no_proposals_make_no_chain() -> None:
    assert chains(proposals([])).tolist() == []


@pytest.mark.parametrize(("gap", "joined"), [(16, False), (31.9, False), (32, True), (50, True)])
def test_the_gap_is_from_left_edge_to_left_edge(gap: float, joined: bool) -> None:
    by = LinkSettings(gap=gap, split_at_sides=False)
    assert (len(set(chains(proposals([(0, 0, 9), (2, 0, 9)]), by).tolist())) == 1) == joined


def test_the_nearest_column_goes_before_the_better_match() -> None:
    rows = [(0, 0, 20), (1, 2, 20), (2, 0, 20)]
    assert chains(proposals(rows[::2]), NO_SPLIT).tolist() == [0, 0]
    right = chains(proposals(rows), LinkSettings(gap=64, split_at_sides=False))
    assert right.tolist() == [0, 0, 0]


def test_the_choice_must_be_mutual() -> None:
    """Both on the left want the one on the right, which wants the better."""
    rows = [(0, 0, 20), (0, 4, 24), (1, 1, 21)]
    assert chains(proposals(rows), NO_SPLIT).tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("other", "joined"),
    [((1, 3, 13), True), ((1, 4, 14), False), ((1, 0, 7), True), ((1, 0, 6.5), False)],
)
def test_neighbours_overlap_and_are_of_one_size(other: tuple[float, ...], joined: bool) -> None:
    assert (chains(proposals([(0, 0, 10), other]), NO_SPLIT)[1] == 0) == joined


def word(left: float, right: float) -> list[tuple[float, ...]]:
    """Perfect proposals of a word on y 0..20: columns it half covers, offsets to nearer ends."""
    rows = []
    for column in range(100):
        centre = 16 * column + 8
        if min(right, 16 * column + 16) - max(left, 16 * column) >= 8:
            ends = sorted([left - centre, right - centre], key=abs)
            rows.append((column, 0, 20, float(np.clip(ends[0] / 16, -2, 2))))
    return rows


@pytest.mark.parametrize("space", [0.5, 4, 10, 16, 20])
@pytest.mark.parametrize("shift", range(16))
def test_side_offsets_keep_words_apart_that_no_gap_shows(space: float, shift: int) -> None:
    start = shift + 0.3
    words = [word(start, start + 50), word(start + 50 + space, start + 140)]
    rows = [row for rows in words for row in rows]
    expected = [i for i, rows in enumerate(words) for _ in rows]
    assert chains(proposals(rows)).tolist() == expected


@pytest.mark.parametrize("length", range(24, 200, 7))
def test_side_offsets_never_split_a_word(length: int) -> None:
    for shift in range(16):
        assert set(chains(proposals(word(shift, shift + length))).tolist()) == {0}


def test_unknown_side_offsets_split_nothing() -> None:
    rows = [row[:3] for row in word(0, 50) + word(54, 140)]
    assert set(chains(proposals(rows)).tolist()) == {0}


def test_a_gap_beyond_the_picture_costs_no_more_than_its_columns() -> None:
    rows: list[tuple[float, ...]] = [(0, 0, 10), (3, 0, 10), (9, 0, 10)]
    for gap in (1e12, 1e300, np.inf):
        assert chains(proposals(rows), LinkSettings(gap=gap)).tolist() == [0, 0, 0]
    assert chains(proposals(rows[:1]), LinkSettings(gap=1e12)).tolist() == [0]
