"""What shapes have in common, against shapely, one pair at a time."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from model.explain import overlaps
from model.explain.overlaps import overlaps_of
from model.protocols.inputs import Detections, GroundTruths

corners = st.integers(0, 12)


def truths(shapes: np.ndarray) -> GroundTruths:
    return GroundTruths(shapes, np.ones(len(shapes), bool), (None,) * len(shapes))


boxes = st.lists(
    st.tuples(corners, corners, st.integers(0, 6), st.integers(0, 6)), min_size=0, max_size=5
).map(lambda rows: np.array([[x, y, x + w, y + h] for x, y, w, h in rows]).reshape(-1, 4))


@given(boxes, boxes)
def test_rectangles_share_pixels(ours: np.ndarray, found: np.ndarray) -> None:
    """Inclusive: a box of 0, 0, 0, 0 is one pixel."""
    pairs = overlaps_of(truths(ours), Detections(found), inclusive=True)
    pixels = [
        {(x, y) for x in range(a, c + 1) for y in range(b, d + 1)}
        for a, b, c, d in [*ours.tolist(), *found.tolist()]
    ]
    sets, others = pixels[: len(ours)], pixels[len(ours) :]
    expected = {
        (g, d): len(a & b) for g, a in enumerate(sets) for d, b in enumerate(others) if a & b
    }
    got = dict(
        zip(
            zip(pairs.truths.tolist(), pairs.detections.tolist(), strict=True),
            pairs.common.tolist(),
            strict=True,
        )
    )
    assert got == expected
    for (g, d), recall, precision, iou in zip(
        expected, pairs.recall, pairs.precision, pairs.iou, strict=True
    ):
        common = expected[g, d]
        assert recall == pytest.approx(common / len(sets[g]))
        assert precision == pytest.approx(common / len(others[d]))
        assert iou == pytest.approx(common / len(sets[g] | others[d]))


def convex(points: np.ndarray) -> bool:
    shape = shapely.Polygon(points)
    return bool(shape.is_valid and shape.area > 0.5)


quads = hnp.arrays(np.float64, (4, 2), elements=st.integers(0, 12)).filter(convex)


@given(st.lists(quads, min_size=1, max_size=3), st.lists(quads, max_size=3))
def test_quadrilaterals_share_what_shapely_says(
    ours: list[np.ndarray], found: list[np.ndarray]
) -> None:
    first = np.array(ours).reshape(-1, 8)
    second = np.array(found).reshape(-1, 8)
    pairs = overlaps_of(truths(first), Detections(second), inclusive=False)
    table = np.zeros((len(first), len(second)))
    table[pairs.truths, pairs.detections] = pairs.common
    for g, a in enumerate(ours):
        for d, b in enumerate(found):
            expected = shapely.Polygon(a).intersection(shapely.Polygon(b)).area
            assert table[g, d] == pytest.approx(expected, abs=1e-9)


def test_parts_that_overlap_count_once() -> None:
    ours = truths(np.array([[0, 0, 99, 9]]))
    same = Detections([[0, 0, 49, 9], [0, 0, 49, 9], [50, 0, 89, 9]])
    pairs = overlaps_of(ours, same, inclusive=True)
    assert pairs.covered_together(0, np.array([0, 1])) == pytest.approx(0.5)
    assert pairs.covered_together(0, np.array([0, 1, 2])) == pytest.approx(0.9)


def test_a_few_pairs_at_a_time_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    low = rng.uniform(0, 60, (60, 1, 2))
    shapes = (low + rng.uniform(0, 40, (60, 4, 2))).reshape(-1, 8)
    whole = overlaps_of(truths(shapes[:25]), Detections(shapes[25:]), False)
    monkeypatch.setattr(overlaps, "BOX_CHUNK", 7)
    monkeypatch.setattr(overlaps, "CHUNK", 2)
    parts = overlaps_of(truths(shapes[:25]), Detections(shapes[25:]), False)
    assert len(whole.common) > 50
    for name in ("truths", "detections", "common"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name))


def test_shapes_without_an_area_touch_nothing() -> None:
    flat = np.array([[0, 0, 10, 0, 10, 0, 0, 0]], float)
    square = np.array([[0, 0, 10, 0, 10, 10, 0, 10]], float)
    for ours, found in ((flat, square), (square, flat), (flat, flat)):
        assert len(overlaps_of(truths(ours), Detections(found), False).common) == 0


def test_rectangles_count_as_their_corners_where_the_protocol_has_it_so() -> None:
    ours, found = truths(np.array([[0, 0, 10, 10]])), Detections([[5, 0, 15, 10]])
    assert overlaps_of(ours, found, inclusive=False).common.tolist() == [50]
    assert overlaps_of(ours, found, inclusive=True).common.tolist() == [66]
