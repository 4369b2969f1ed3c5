"""The plain yardstick of the line builder gives the lines of ``model``."""

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.layouts import clutter, page
from benchmarks.lines import exponent, grown, ours, same_lines
from benchmarks.plain.lines import text_lines
from model.lines import LineSettings
from model.proposals import Proposals, ProposalSettings

Layout = Callable[..., Proposals]

SETTINGS = [
    LineSettings(),
    LineSettings(gap=64, split_at_sides=False, refine_sides=False),
    LineSettings(gap=50, min_proposals=1, min_score=0.0, min_aspect=0.0),
]


@pytest.mark.parametrize("layout", [page, clutter])
@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("count", [0, 1, 2, 10, 100, 300, 1000])
def test_plain_lines_are_those_of_the_model(
    count: int, settings: LineSettings, layout: Layout
) -> None:
    before = ProposalSettings(min_score=0.75)
    for seed in range(12 if count < 300 else 2):
        proposals = layout(np.random.default_rng([seed, count]), count)
        lines = ours(proposals, before, settings)
        plain = text_lines(proposals, before.min_score, before.second_nms, settings)
        assert same_lines(lines, plain)
        assert count < 300 or len(plain) > 5


def test_other_lines_are_noticed() -> None:
    before, settings = ProposalSettings(), LineSettings()
    proposals = page(np.random.default_rng(1), 200)
    plain = text_lines(proposals, before.min_score, before.second_nms, settings)
    lines = ours(proposals, before, settings)
    assert not same_lines(lines, plain[1:])
    values = vars(proposals)
    moved = Proposals(**{**values, "top": values["top"] - 1})
    assert not same_lines(ours(moved, before, settings), plain)


@pytest.mark.parametrize("layout", [page, clutter])
def test_a_layout_has_what_is_asked_for(layout: Layout) -> None:
    proposals = layout(np.random.default_rng(2), 1000)
    assert len(proposals) == 1000
    assert (np.diff(proposals.score) <= 0).all() and proposals.score.min() > 0.7
    assert proposals.column.min() >= 0 and proposals.column.max() < 60
    assert (proposals.bottom > proposals.top).all()


def test_growth_is_the_slope_of_the_logarithms() -> None:
    sizes = [10, 20, 40]
    assert exponent(sizes, [1.0, 2.0, 4.0]) == pytest.approx(1)
    assert exponent(sizes, [1.0, 4.0, 16.0]) == pytest.approx(2)
    table = grown(0, [50, 100])
    assert [row[:3] for row in table[:2]] == [["page", "spread", "50"], ["page", "spread", "100"]]
    assert len(table) == 8 and all(bool(row[-1]) == (row[2] == "100") for row in table)


@pytest.mark.parametrize("layout", [page, clutter])
def test_a_layout_fills_a_picture_of_any_size(layout: Layout) -> None:
    proposals = layout(np.random.default_rng(2), 3000, columns=120, height=1152)
    assert 100 < proposals.column.max() < 120
    assert 1000 < proposals.bottom.max() < 1250
