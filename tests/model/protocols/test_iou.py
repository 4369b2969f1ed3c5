import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.protocols import PROTOCOLS, corpus, iou
from model.protocols.inputs import Detections, GroundTruths
from model.protocols.polygons import (
    as_fractions,
    intersection_areas,
    split_into_triangles,
    triangle_areas,
)
from model.protocols.results import Matching, MatchType

ONE, NONE, IGNORED = MatchType.ONE_TO_ONE, MatchType.UNMATCHED, MatchType.DONT_CARE

SQUARE = [0, 0, 10, 0, 10, 10, 0, 10]
FAR = [50, 50, 60, 50, 60, 60, 50, 60]


def match(
    gt: list[list[float]], dets: list[list[float]], dont_care: tuple[int, ...] = ()
) -> Matching:
    texts = ["###" if i in dont_care else "word" for i in range(len(gt))]
    return PROTOCOLS["iou"].match(GroundTruths.from_texts(gt, texts), Detections(np.array(dets)))


def test_one_half_is_not_enough() -> None:
    half, more = [0, 0, 10, 0, 10, 5, 0, 5], [0, 0, 10, 0, 10, 6, 0, 5]
    assert match([SQUARE], [half]) == Matching((NONE,), (NONE,), ())
    assert match([SQUARE], [more]) == Matching((ONE,), (ONE,), ((0, 0),))


side = st.integers(-97, 97)


@given(side, side, st.integers(1, 9), st.integers(0, 3000), st.integers(0, 3000))
def test_one_half_is_exactly_one_half_at_any_angle(a: int, b: int, n: int, x: int, y: int) -> None:
    """Two slanted boxes of length 3n, n apart along their length: 2n in common, 4n together."""
    u, v, origin = np.array([a, b]), np.array([-b, a]), np.array([x, y])

    def box(start: int, end: int) -> list[float]:
        corners = [
            origin + start * u,
            origin + end * u,
            origin + end * u + v,
            origin + start * u + v,
        ]
        return [float(c) for c in np.concatenate(corners)]

    assert match([box(0, 3 * n)], [box(n, 4 * n)]).pairs == ()
    assert match([box(n, 4 * n)], [box(0, 3 * n)]).pairs == ()
    if (a, b) != (0, 0):
        assert match([box(0, 30 * n)], [box(10 * n - 1, 40 * n - 1)]).pairs == ((0, 0),)


corner = st.integers(0, 4).map(float)
small = st.lists(corner, min_size=8, max_size=8)


@given(small, small, st.booleans())
def test_the_smallest_quadrilaterals_of_any_form_are_compared_exactly(
    gt: list[float], det: list[float], care: bool
) -> None:
    """Among so few points halves are common; ratios of fractions, by clipping triangles."""
    shapes = as_fractions(np.array([gt, det])).reshape(2, 4, 2)
    triangles = split_into_triangles(shapes)
    areas = triangle_areas(triangles).sum(axis=1)
    [common] = intersection_areas(triangles[:1], triangles[1:])
    if care:
        assert bool(match([gt], [det]).pairs) == (2 * common > areas.sum() - common)
    else:
        left_out = match([gt], [det], dont_care=(0,)).detections == (IGNORED,)
        assert left_out == (2 * common > areas[1])


def test_a_ground_truth_takes_the_first_open_detection_not_the_best() -> None:
    loose = [0, 0, 10, 0, 10, 8, 0, 8]
    assert match([SQUARE, SQUARE], [loose, SQUARE, SQUARE]).pairs == ((0, 0), (1, 1))
    assert match([SQUARE], [FAR, loose, SQUARE]).pairs == ((0, 1),)


def test_half_of_a_detection_on_a_dont_care_region_leaves_it_care() -> None:
    half_on, more_on = [0, 0, 20, 0, 20, 10, 0, 10], [0, 0, 19, 0, 19, 10, 0, 10]
    matching = match([FAR, SQUARE], [half_on, more_on], dont_care=(1,))
    assert matching == Matching((NONE, IGNORED), (NONE, IGNORED), ())


def test_dont_care_boxes_match_nothing() -> None:
    assert match([SQUARE, SQUARE], [SQUARE], dont_care=(0,)).detections == (IGNORED,)
    assert match([SQUARE, FAR], [FAR], dont_care=(0,)).pairs == ((1, 0),)


def test_the_notch_of_a_non_convex_quadrilateral_is_not_part_of_it() -> None:
    triangle = [0, 0, 10, 5, 0, 10, 0, 5]  # 50 px
    shallow, deep = [0, 0, 10, 5, 0, 10, 4, 5], [0, 0, 10, 5, 0, 10, 6, 5]  # 30 and 20 of them
    assert match([triangle], [shallow]).pairs == match([shallow], [triangle]).pairs == ((0, 0),)
    assert match([triangle], [deep]).pairs == match([deep], [triangle]).pairs == ()


def test_a_rectangle_counts_as_its_four_corners() -> None:
    # Corners 0 and 10, not 11 pixels: 100 of 200, where inclusive pixels would give 121 of 231.
    assert match([[0, 0, 20, 10]], [SQUARE]).pairs == ()
    assert match([[0, 0, 19, 10]], [SQUARE]).pairs == ((0, 0),)
    assert match([SQUARE], [[0, 0, 10, 10]]).pairs == ((0, 0),)


def test_shapes_without_area_match_nothing() -> None:
    line = [3, 3, 9, 3, 9, 3, 3, 3]
    assert match([line], [line]) == Matching((NONE,), (NONE,), ())
    assert match([SQUARE], [line], dont_care=(0,)).detections == (NONE,)


def test_an_image_without_ground_truth_or_without_detections() -> None:
    nothing = np.empty((0, 4))
    gt = GroundTruths.from_texts([SQUARE], ["word"])
    assert PROTOCOLS["iou"].match(gt, Detections(nothing)) == Matching((NONE,), (), ())
    empty = GroundTruths.from_texts(nothing, [])
    assert PROTOCOLS["iou"].match(empty, Detections(np.array([SQUARE]))) == Matching(
        (), (NONE,), ()
    )


def test_a_crowd_is_matched_as_its_boxes_are_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of any size, pruned pairs and whole boxes change no match."""
    random = np.random.default_rng(5)
    base = random.integers(0, 30, (40, 1, 2)) + np.array([[0, 0], [12, 0], [12, 6], [0, 6]])
    slanted = (base + random.integers(-2, 3, base.shape)).reshape(-1, 8).astype(float).tolist()
    boxes = (base + random.integers(-2, 3, (40, 1, 2))).reshape(-1, 8).astype(float).tolist()
    gt, dets = slanted[:20] + boxes[:20], boxes[20:] + slanted[20:] + boxes[:20]
    alone = [[d for d in range(60) if match([box], [dets[d]]).pairs] for box in gt]
    taken: list[int] = []
    expected = []
    for g, candidates in enumerate(alone):
        still_open = [d for d in candidates if d not in taken]
        if still_open:
            expected.append((g, still_open[0]))
            taken.append(still_open[0])
    assert len(expected) > 10
    for size in (1, 7, 2**15):
        monkeypatch.setattr(corpus, "PAIRS", size)
        monkeypatch.setattr(iou, "CHUNK", size)
        assert match(gt, dets).pairs == tuple(expected)


def test_many_overlapping_pairs_are_compared_in_little_memory() -> None:
    jitter = np.random.default_rng(5).integers(0, 8, (300, 8))
    shapes = (np.array([0, 0, 50, 0, 50, 20, 0, 20]) + jitter).astype(float).tolist()
    tracemalloc.start()
    try:
        match(shapes, shapes)
        assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    finally:
        tracemalloc.stop()


def test_a_whole_box_one_pixel_off_one_half_at_the_largest_coordinates() -> None:
    whole = [-1e6, -1e6, 1e6, 1e6]
    half, more = [-1e6, -1e6, 0, 1e6], [-1e6, -1e6, 1, 1e6]
    assert match([whole], [half]).pairs == ()
    assert match([whole], [more]).pairs == ((0, 0),)


def test_one_half_of_a_shape_that_crosses_itself_is_not_enough() -> None:
    """The ratio is one half exactly: two triangles that meet in a point, against their square."""
    bow = [0, 0, 10, 10, 10, 0, 0, 10]
    lower = [0, 1, 10, 1, 10, 9, 0, 9]
    assert match([bow], [SQUARE]) == match([SQUARE], [bow]) == Matching((NONE,), (NONE,), ())
    assert match([bow], [lower]).pairs == ((0, 0),)
    turned = [*np.array(bow).reshape(4, 2)[:, ::-1].ravel()]
    assert match([turned], [SQUARE]).pairs == ()
