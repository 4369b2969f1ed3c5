"""Histograms and the charts drawn of them."""

import numpy as np
import pytest

from validation.site.charts import HEIGHT, WIDTH, chart, place
from validation.site.measures import MEASURES, Histogram

_BY_KEY = {measure.key: measure for measure in MEASURES}


def histogram(key: str, values: list[float]) -> Histogram:
    found = Histogram(_BY_KEY[key])
    found.add(np.array(values, float))
    return found


def test_batches_add_up_and_what_is_no_number_is_left_out() -> None:
    whole = histogram("height", [1, 8, 8, 15.9, 16, 5000, 0.1, np.nan, np.inf])
    parts = histogram("height", [1, 8, 8])
    parts.add(np.array([15.9, 16, 5000, 0.1]))
    assert (whole.counts == parts.counts).all()
    assert whole.total == 7


def test_bins_are_half_open_and_the_outer_ones_take_the_rest() -> None:
    counts = histogram("height", [8, 15.99, 0.5, 1e9]).counts
    edges = _BY_KEY["height"].edges
    assert counts[edges.index(8.0)] == 1
    assert counts[edges.index(16.0)] == 0
    assert (counts[0], counts[-1]) == (1, 1)


def test_quantiles_lie_within_a_bin_of_the_truth() -> None:
    values = np.random.default_rng(3).lognormal(3, 0.8, 5000)
    found = histogram("height", list(values))
    for share in (0.05, 0.5, 0.95):
        assert found.quantile(share) == pytest.approx(np.quantile(values, share), rel=0.1)


def test_quantiles_of_counts_are_counts() -> None:
    assert histogram("regions", [1, 2, 2, 2, 9]).quantile(0.5) == 2
    assert histogram("tilt", [0, 0, 0, 44]).quantile(0.05) == 0


@pytest.mark.parametrize("key", sorted(_BY_KEY))
def test_charts_stay_inside_their_frame(key: str) -> None:
    measure = _BY_KEY[key]
    drawn = chart(histogram(key, [*measure.ticks, measure.edges[0] - 1, measure.edges[-1] + 1]))
    assert drawn is not None
    assert all(bar.x >= 0 and bar.x + bar.width <= WIDTH + 0.8 for bar in drawn.bars)
    assert all(bar.y >= 0 and bar.y + bar.height == pytest.approx(HEIGHT) for bar in drawn.bars)
    assert sum(int(bar.label.rpartition(": ")[2]) for bar in drawn.bars) == len(measure.ticks) + 2
    assert [tick.x for tick in drawn.ticks] == sorted(tick.x for tick in drawn.ticks)
    assert "median" in drawn.summary


def test_nothing_gives_no_chart() -> None:
    assert chart(histogram("height", [])) is None


def test_an_octave_is_as_wide_as_any_other() -> None:
    height = _BY_KEY["height"]
    assert place(height, 16) - place(height, 8) == pytest.approx(
        place(height, 512) - place(height, 256), abs=0.02
    )


def test_a_bar_says_its_range() -> None:
    drawn = chart(histogram("height", [8, 8, 2000]))
    assert drawn is not None
    assert [bar.label for bar in drawn.bars] == ["8 to 9.51 px: 2", "861 and more px: 1"]
    counted = chart(histogram("regions", [3, 500]))
    assert counted is not None
    assert [bar.label for bar in counted.bars] == ["3: 1", "40 or more: 1"]
