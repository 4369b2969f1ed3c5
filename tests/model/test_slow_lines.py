"""10,000 random layouts: suppression, chains and lines are those of loops over all pairs."""

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.layouts import clutter
from model.lines import LineSettings, build_lines
from model.links import chains
from model.proposals import Proposals, nms
from tests.model import slow_lines
from tests.model.slow_lines import Box

EACH = 2500
"""Layouts of each kind."""
KEEP_ALL = LineSettings(min_aspect=0, min_score=0, min_proposals=1)
SETTINGS = [
    LineSettings(min_score=0.6),
    LineSettings(gap=64, split_at_sides=False, refine_sides=False, min_score=0.6),
    LineSettings(gap=48, min_overlap=0.3, min_height_ratio=0.4, min_proposals=1, min_score=0.5),
    LineSettings(min_overlap=0, min_height_ratio=0, min_aspect=0, min_score=0, min_proposals=1),
]


def cluttered(rng: np.random.Generator) -> list[Box]:
    """Words of all sizes, one on the other, on a small picture."""
    found = clutter(rng, int(rng.integers(1, 14)), columns=8, height=90)
    return boxes_of(found)


def rows(rng: np.random.Generator) -> list[Box]:
    """Rows of text that waver by quarters of a pixel, so that neighbours compete and tie."""
    found = []
    for _ in range(rng.integers(1, 4)):
        top, height = rng.integers(0, 40), rng.integers(4, 24)
        for column in range(rng.integers(0, 4), rng.integers(3, 8)):
            start = float(top + rng.integers(-6, 7) / 4)
            tall = float(height + rng.integers(-8, 9) / 4)
            found.append(box(rng, column, start, tall))
    return found


def ties(rng: np.random.Generator) -> list[Box]:
    """Few columns, few places, two scores: most of it is equal to something else."""
    return [
        Box(int(rng.integers(0, 4)), top := 8.0 * int(rng.integers(0, 3)),
            top + float(rng.choice([8, 16])), float(rng.choice([0.75, 1])),
            float(rng.choice([-0.5, 0, 0.5, np.nan])))
        for _ in range(rng.integers(1, 11))
    ]  # fmt: skip


def degenerate(rng: np.random.Generator) -> list[Box]:
    """None, one, all in one column, far apart, slivers, and boxes that meet in a line."""
    kind, count = rng.integers(0, 5), int(rng.integers(0, 8))
    if kind == 0:
        return [box(rng, 3, 0.0, 10.0) for _ in range(count % 2)]
    if kind == 1:
        return [box(rng, 5, float(rng.integers(0, 20)), 12.0) for _ in range(count)]
    if kind == 2:
        return [box(rng, 4 * i, 10.0, 12.0) for i in range(count)]
    if kind == 3:
        return [box(rng, i // 2, 10.0 + i, 0.5) for i in range(count)]
    return [box(rng, i, 8.0 * (i % 3), 8.0) for i in range(count)]


def box(rng: np.random.Generator, column: int, top: float, height: float) -> Box:
    side = float(rng.choice([np.nan, *np.arange(-10, 11) / 4]))
    return Box(column, top, top + height, int(rng.integers(32, 65)) / 64, side)


def boxes_of(proposals: Proposals) -> list[Box]:
    columns = (getattr(proposals, name).tolist() for name in Box._fields)
    return [Box(*values) for values in zip(*columns, strict=True)]


def proposals_of(boxes: list[Box]) -> Proposals:
    table = np.array(boxes, dtype=np.float32).reshape(-1, 5)
    return Proposals(table[:, 0].astype(np.int32), *table.T[1:])


@pytest.mark.parametrize("layout", [cluttered, rows, ties, degenerate])
def test_all_steps_are_those_of_the_loops(
    layout: Callable[[np.random.Generator], list[Box]],
) -> None:
    rng = np.random.default_rng(7)
    built = 0
    for number in range(EACH):
        boxes, by = layout(rng), SETTINGS[number % len(SETTINGS)]
        proposals, most = proposals_of(boxes), (0.0, 0.2, 0.5, 0.7)[number // 4 % 4]
        kept = slow_lines.suppressed(boxes, most)
        assert nms(proposals, most).tolist() == kept
        if number % 2:  # suppressed, as in use, or crowded
            proposals, boxes = proposals.take(np.array(kept, int)), [boxes[i] for i in kept]
        expected = slow_lines.chains(boxes, by)
        numbers = chains(proposals, by).tolist()
        assert [
            [i for i in chain if numbers[i] == n] for n, chain in enumerate(expected)
        ] == expected
        lines, slow = build_lines(proposals, by), slow_lines.lines(boxes, by)
        assert len(lines) == len(slow)
        assert [np.flatnonzero(lines.members == n).tolist() for n in range(len(slow))] == [
            sorted(line.members) for line in slow
        ]
        if slow:
            np.testing.assert_allclose(lines.quads, [line.quad for line in slow], atol=1e-3)
            np.testing.assert_allclose(lines.scores, [line.score for line in slow], atol=1e-6)
        built += len(slow)
    assert built > EACH / 2


@pytest.mark.parametrize("count", [300, 1500])
@pytest.mark.parametrize("threshold", [0.0, 0.2, 0.7])
def test_long_columns_are_suppressed_as_short_ones(count: int, threshold: float) -> None:
    """By piles: tall pictures, and a tall box that joins others."""
    rng = np.random.default_rng(count)
    proposals = clutter(rng, count, columns=3, height=4 * count)
    assert np.bincount(proposals.column).max() > 64
    tall = Box(1, 100.0, 900.0, 0.71, np.nan)
    boxes = [*boxes_of(proposals), tall]
    kept = slow_lines.suppressed(boxes, threshold)
    assert nms(proposals_of(boxes), threshold).tolist() == kept
    assert 50 < len(kept) < len(boxes)
