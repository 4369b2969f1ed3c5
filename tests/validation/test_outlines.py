"""Outlines of many polygons at once against the contract's geometry and shapely's."""

import itertools
import tracemalloc

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from manifests.geometry import signed_area
from tests.validation.labelled import Label, regions
from validation import outlines
from validation.outlines import crossings, extents, signed_areas

_POINT = st.tuples(st.integers(0, 8), st.integers(0, 8))
_POLYGONS = st.lists(st.lists(_POINT, min_size=3, max_size=7), min_size=1, max_size=6)


def _labels(polygons: list[list[tuple[int, int]]]) -> list[Label]:
    return [Label(tuple(float(v) for p in polygon for v in p)) for polygon in polygons]


def _brute_crossings(points: list[tuple[int, int]]) -> int:
    edges = [shapely.LineString(pair) for pair in zip(points, points[1:] + points[:1], strict=True)]
    # Two segments cross inside both where they do so in a single point that is an end of neither.
    return sum(
        isinstance(met := one.intersection(two), shapely.Point)
        and not any(met.distance(shapely.Point(p)) < 1e-9 for e in (one, two) for p in e.coords)
        for one, two in itertools.combinations(edges, 2)
    )


@given(_POLYGONS, st.sampled_from([1, 4, 100_000]))
def test_areas_and_crossings(polygons: list[list[tuple[int, int]]], at_once: int) -> None:
    labels = _labels(polygons)
    some = regions(labels[::2], labels[1::2])
    ordered = labels[::2] + labels[1::2]
    assert signed_areas(some).tolist() == pytest.approx([signed_area(x.polygon) for x in ordered])
    points = polygons[::2] + polygons[1::2]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outlines, "PAIRS_AT_ONCE", at_once)
        assert crossings(some).tolist() == [_brute_crossings(p) for p in points]


def test_a_polygon_of_many_points_is_crossed_in_bounded_memory() -> None:
    """1,100 points have 600,000 pairs of edges, 88 MB if they were held together."""
    turn = np.linspace(0, 2 * np.pi, 1_100, endpoint=False)
    ring = 300 + 200 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    ring[[500, 501]] = ring[[501, 500]]
    some = regions([Label(tuple(ring.ravel().tolist()))])
    assert some.counts.tolist() == [len(some.points)]  # kept from now on, so not measured
    tracemalloc.start()
    try:
        assert crossings(some).tolist() == [1]
        assert tracemalloc.get_traced_memory()[1] < 30e6
    finally:
        tracemalloc.stop()


def test_extents_along_and_across_the_text() -> None:
    turned = (0, 0, 40, 40, 30, 50, -10, 10)  # reads down the diagonal
    upwards = (0, 60, 0, 0, 20, 0, 20, 60)  # begins at its bottom left
    hexagon = (10, 10, 40, 10, 70, 10, 70, 30, 40, 30, 10, 30)
    tall = (10, 10, 20, 10, 20, 40, 20, 70, 10, 70)
    found = extents(regions([Label(p) for p in (turned, upwards, hexagon, tall)]))
    diagonal = np.sqrt(2)
    assert found[0].tolist() == pytest.approx([40 * diagonal, 10 * diagonal])
    assert found[1].tolist() == pytest.approx([60, 20])
    assert found[2].tolist() == pytest.approx([60, 20])
    assert found[3, 0] < 15
    assert found[3, 1] == pytest.approx(60, abs=3)


def test_none() -> None:
    nothing = regions([])
    assert (len(signed_areas(nothing)), len(crossings(nothing))) == (0, 0)
    assert extents(nothing).shape == (0, 2)
