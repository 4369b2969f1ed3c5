"""Distances against the formulas of SciPy, and how often chance alone gives an alarm."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import kstwobign

from manifests.distributions import (
    EDGES,
    KOLMOGOROV,
    Sample,
    add_histograms,
    distance,
    expected_divergence,
    histogram,
    pool,
    quantile_edge,
    sample,
)

COUNTS = st.lists(st.integers(0, 1000), min_size=12, max_size=12).filter(any)


def of(counts: list[int], size: float = 1e12) -> Sample:
    return Sample(np.array(counts, dtype=np.float64), size)


@given(COUNTS, COUNTS)
def test_distances_are_those_of_the_formulas(a: list[int], b: list[int]) -> None:
    found = distance(of(a), of(b))
    p, q = np.array(a) / sum(a), np.array(b) / sum(b)
    assert found.jensen_shannon == pytest.approx(jensenshannon(p, q, base=2), abs=1e-5)
    shares = [abs(sum(p[:k]) - sum(q[:k])) for k in range(len(p) + 1)]
    assert found.kolmogorov_smirnov == pytest.approx(max(shares), abs=1e-9)


@given(COUNTS)
def test_equal_histograms_are_no_distance_apart(counts: list[int]) -> None:
    found = distance(of(counts, 7), of([3 * count for count in counts], 9))
    assert (found.jensen_shannon, found.exceeds(0.0)) == (0.0, False)
    assert found.kolmogorov_smirnov == pytest.approx(0)


def test_nothing_in_common_is_a_distance_of_one() -> None:
    found = distance(of([5, 0]), of([0, 5]))
    assert found.jensen_shannon == pytest.approx(1)
    assert found.kolmogorov_smirnov == 1
    assert found.exceeds(0.99) and not found.exceeds(1)


def test_the_noise_is_what_kolmogorov_reaches_once_in_ten_thousand_times() -> None:
    assert kstwobign.sf(KOLMOGOROV) == pytest.approx(0.0001, rel=0.01)
    assert distance(of([1, 1], 50), of([1, 1], 200)).noise == pytest.approx(
        KOLMOGOROV * math.sqrt(0.025)
    )


def test_a_distance_within_the_noise_is_no_alarm_however_large() -> None:
    assert distance(of([5, 0], 100), of([0, 5], 100)).exceeds(0.5)
    assert not distance(of([5, 0], 5), of([0, 5], 5)).exceeds(0.5)


def test_the_expected_divergence_is_what_samples_have_on_average() -> None:
    random = np.random.default_rng(0)
    shares = np.array([0.1, 0.2, 0.3, 0.25, 0.15])
    drawn = random.multinomial(200, shares, 2000), random.multinomial(300, shares, 2000)
    mean = np.mean([jensenshannon(a, b, base=2) ** 2 for a, b in zip(*drawn, strict=True)])
    assert expected_divergence(5, 200, 300) == pytest.approx(mean, rel=0.05)


def test_chance_gives_no_alarm_though_the_regions_of_a_picture_are_alike() -> None:
    """Twenty regions a picture, all nearly as high as one another: few pictures, many regions."""
    random = np.random.default_rng(1)
    for _ in range(200):
        drawn = []
        for _ in range(2):
            heights = np.repeat(np.exp(random.normal(3, 0.8, 40)), 20)
            found = {"regions": np.zeros(len(EDGES["regions"]) + 1)}
            add_histograms(found, {"height": heights, "regions": np.full(40, 20.0)})
            drawn.append(sample("height", found))
        assert drawn[0] and drawn[1] and drawn[0].size == 40
        assert not distance(drawn[0], drawn[1]).exceeds(0.1)


def test_bins_are_half_open_and_take_everything() -> None:
    for quantity, edges in EDGES.items():
        assert list(edges) == sorted(set(edges))
        inside = histogram(quantity, np.array(edges, dtype=np.float64))
        assert inside.tolist() == [0, *[1] * len(edges)]
        beyond = histogram(quantity, np.array([-1e9, 1e9, math.inf, math.nan]))
        assert (beyond[0], beyond[-1], beyond.sum()) == (1, 2, 3)


def test_batches_add_up() -> None:
    values = np.random.default_rng(0).uniform(0, 300, 90)
    whole: dict[str, np.ndarray] = {}
    add_histograms(whole, {"height": values, "unknown": values})
    parts: dict[str, np.ndarray] = {}
    for part in np.split(values, 3):
        add_histograms(parts, {"height": part})
    assert set(whole) == {"height"}
    assert np.array_equal(whole["height"], parts["height"])


def test_a_sample_is_as_large_as_its_images_are_many() -> None:
    found: dict[str, np.ndarray] = {}
    add_histograms(found, {"regions": np.array([0.0, 5, 5]), "height": np.full(10, 20.0)})
    add_histograms(found, {"text_length": np.array([3.0]), "brightness": np.array([9.0, 9, 9])})
    sizes = {name: made.size for name in found if (made := sample(name, found))}
    assert sizes == {"regions": 3, "height": 2, "text_length": 1, "brightness": 3}
    assert sample("width", found) is None
    assert sample("width", {"width": np.zeros(28)}) is None


def test_in_a_pool_each_counts_alike_and_the_smallest_limits_the_size() -> None:
    pooled = pool([of([900, 0], 1000), of([0, 100], 10)])
    assert pooled.counts.tolist() == [500, 500]
    assert pooled.size == pytest.approx(4 / (1 / 1000 + 1 / 10))
    alone = of([3, 4], 5)
    assert pool([alone]).counts.tolist() == [3, 4] and pool([alone]).size == pytest.approx(5)


@pytest.mark.parametrize(("share", "edge"), [(0.25, 1), (0.5, 2), (0.75, 3)])
def test_the_quantile_is_the_lowest_edge_above_it(share: float, edge: float) -> None:
    counts = histogram("regions", np.array([0.0, 1, 2, 500]))
    assert quantile_edge("regions", counts, share) == edge
    assert quantile_edge("regions", counts, 0.76) is None
