"""Assignment of anchors, against a slow version that compares every anchor with every slice in 2-D.

Defects of the public version that these tests would show in it: don't-care regions that become
positive text, narrow regions that become background, and slices beyond the 256th that are lost.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.anchors import anchor_grid
from model.slices import Slices, cut
from model.targets import Targets, TargetSettings, assign, sample

HEIGHTS = (5, 11, 16, 33, 68)
ROWS, COLUMNS = 8, 10
WIDTH, HEIGHT = 16 * COLUMNS, 16 * ROWS


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=float)


def run(
    regions: list[np.ndarray],
    care: list[bool],
    width: float = WIDTH,
    height: float = HEIGHT,
    exhaustive: bool = True,
) -> Targets:
    flags = np.array(care, dtype=bool)
    return assign(regions, flags, ROWS, COLUMNS, HEIGHTS, width, height, exhaustive)


# The slow version.


def iou_of_all(anchors: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """(anchors, boxes) IoU in two dimensions of every anchor with every box of the image."""
    one, other = anchors[:, None], boxes[None]
    size = np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2])
    shared = np.maximum(size, 0).prod(axis=-1)
    areas = [(b[..., 2] - b[..., 0]) * (b[..., 3] - b[..., 1]) for b in (one, other)]
    return shared / (areas[0] + areas[1] - shared)


def as_boxes(slices: Slices) -> np.ndarray:
    left = slices.column * 16.0
    return np.stack([left, slices.top, left + 16.0, slices.bottom], axis=1).astype(float)


def covered_share(anchor: np.ndarray, boxes: np.ndarray) -> float:
    """Share of an anchor under the union of boxes of its column, by sweeping over y."""
    reach, total = anchor[1], 0.0
    for box_ in sorted((b for b in boxes.tolist() if b[0] == anchor[0]), key=lambda b: b[1]):
        low, high = max(box_[1], reach), min(box_[3], anchor[3])
        if high > low:
            total, reach = total + high - low, high
    return total / (anchor[3] - anchor[1])


def slow_assign(
    regions: list[np.ndarray], care: list[bool], width: float, height: float, exhaustive: bool
) -> dict[str, np.ndarray]:
    slices = cut(regions, width, height)
    cared = np.array(care, dtype=bool)[slices.region]
    wanted, unwanted = slices.take(cared), slices.take(~cared)
    anchors = anchor_grid(ROWS, COLUMNS, HEIGHTS).reshape(-1, 4).astype(float)
    good, bad = as_boxes(wanted), as_boxes(unwanted)
    good_iou, bad_iou = iou_of_all(anchors, good), iou_of_all(anchors, bad)
    picture = np.array([0.0, 0.0, width, height])
    labels = np.zeros(len(anchors), dtype=int)
    for i, anchor in enumerate(anchors):
        best = good_iou[i].max(initial=0.0)
        across = min(anchor[2], picture[2]) - anchor[0]
        down = min(anchor[3], picture[3]) - max(anchor[1], 0.0)
        inside = max(across, 0) * max(down, 0) / (16 * (anchor[3] - anchor[1]))
        on_bad = covered_share(anchor, bad) >= 0.5
        near = exhaustive or any(
            g[0] == anchor[0]
            and abs((g[1] + g[3]) / 2 - (anchor[1] + anchor[3]) / 2) <= max(g[3] - g[1], 16)
            for g in good
        )
        if best >= 0.5 or inside < 0.5 or on_bad or not near:
            labels[i] = -1
        if best > 0.7:
            labels[i] = 1
    for iou, label in ((bad_iou, -1), (good_iou, 1)):
        for j in range(iou.shape[1]):
            if iou[:, j].max() > 0 and (label == 1 or labels[iou[:, j].argmax()] == 0):
                labels[iou[:, j].argmax()] = label
    vertical, side = np.zeros((len(anchors), 2)), np.zeros(len(anchors))
    mask = np.zeros(len(anchors), dtype=bool)
    for i in np.flatnonzero(labels == 1):
        j = good_iou[i].argmax()
        high, centre = anchors[i, 3] - anchors[i, 1], (anchors[i, 0] + anchors[i, 2]) / 2
        middle = (anchors[i, 1] + anchors[i, 3]) / 2
        vertical[i, 0] = ((good[j, 1] + good[j, 3]) / 2 - middle) / high
        vertical[i, 1] = np.log((good[j, 3] - good[j, 1]) / high)
        ends = [float(wanted.left[j]) - centre, float(wanted.right[j]) - centre]
        nearer = min(ends, key=abs)
        side[i], mask[i] = max(min(nearer / 16, 2.0), -2.0), abs(nearer) <= 32
    shape = (ROWS, COLUMNS, len(HEIGHTS))
    return {
        "labels": labels.reshape(shape),
        "vertical": vertical.reshape(*shape, 2),
        "side": side.reshape(shape),
        "side_mask": mask.reshape(shape),
    }


def check_against_slow(
    regions: list[np.ndarray],
    care: list[bool],
    width: float = WIDTH,
    height: float = HEIGHT,
    exhaustive: bool = True,
) -> None:
    fast = run(regions, care, width, height, exhaustive)
    slow = slow_assign(regions, care, width, height, exhaustive)
    assert fast.labels.tolist() == slow["labels"].tolist()
    assert np.allclose(fast.vertical, slow["vertical"], atol=1e-5)
    assert np.allclose(fast.side, slow["side"], atol=1e-5)
    assert (fast.side_mask == slow["side_mask"]).all()


# Whole pixels make ties and exact thresholds likely; fractions make general positions.
whole_box = st.builds(
    lambda x, y, w, h: box(x, y, x + w, y + h),
    st.integers(-20, WIDTH),
    st.integers(-20, HEIGHT),
    st.integers(1, 90),
    st.integers(1, 70),
)
corner = st.tuples(st.floats(-20, WIDTH + 20, width=16), st.floats(-20, HEIGHT + 20, width=16))
free_quad = st.lists(corner, min_size=3, max_size=5).map(np.array)
layouts = st.lists(st.tuples(st.one_of(whole_box, free_quad), st.booleans()), max_size=12)


@settings(deadline=None)
@given(layouts, st.integers(1, WIDTH), st.integers(1, HEIGHT), st.booleans())
def test_assignment_is_that_of_the_slow_version(
    layout: list[tuple[np.ndarray, bool]], width: int, height: int, exhaustive: bool
) -> None:
    regions, care = [region for region, _ in layout], [cared for _, cared in layout]
    check_against_slow(regions, care, width, height, exhaustive)


def stacked(count: int, step: float, height: float) -> list[np.ndarray]:
    return [box(0, step * i, WIDTH, step * i + height) for i in range(count)]


@pytest.mark.parametrize(
    "regions",
    [
        [],
        [box(80, 64, 81, 65)],
        [box(0, 50, WIDTH, 70)],
        [box(0, 0, WIDTH, HEIGHT)],
        [box(32, 32, 64, 48)] * 5,
        stacked(40, 3, 2),
        stacked(8, 16, 16),
        [box(32, 32, 64, 48), box(32, 40, 64, 56)],
    ],
    ids=["none", "pixel", "wide", "all", "equal", "dense", "rows", "overlapping"],
)
@pytest.mark.parametrize("pattern", [[True], [False], [True, False], [False, True]])
def test_adversarial_layouts(regions: list[np.ndarray], pattern: list[bool]) -> None:
    care = (pattern * len(regions))[: len(regions)]
    for exhaustive in (True, False):
        check_against_slow(regions, care, exhaustive=exhaustive)


# What the labels mean.


def test_an_image_without_text_is_all_negative_but_for_its_padding() -> None:
    labels = run([], [], width=80, height=64).labels
    assert labels.dtype == np.int8
    assert (labels[:4, :5, :3] == 0).all()
    assert (labels[:, 5:] == -1).all()
    assert (labels[5:] == -1).all()


def test_thresholds_are_strict() -> None:
    """Anchors around 8 of heights 7, 10 and 14 have IoU 1, 0.7 and 0.5 with the slice."""
    word = box(0, 4.5, 16, 11.5)
    labels = assign([word], np.array([True]), 1, 1, (7, 10, 14, 15), 16, 16).labels
    assert labels[0, 0].tolist() == [1, -1, -1, 0]


def test_anchors_on_padding_are_no_negatives_even_where_they_touch_the_picture() -> None:
    labels = run([], [], width=WIDTH, height=64).labels
    tall = HEIGHTS.index(68)
    # Centre 72: from 38 to 106, of which 26 px lie on the picture.
    assert (labels[4, :, tall] == -1).all()
    # Centre 56: from 22 to 90, of which 42 px lie on it.
    assert (labels[3, :, tall] == 0).all()


def test_dont_care_text_is_neither_positive_nor_negative() -> None:
    word = box(32, 40, 96, 56)
    labels, cared = run([word], [False]).labels, run([word], [True]).labels
    assert not (labels == 1).any()
    assert (labels[cared == 1] == -1).all()
    assert (cared == 1).any()


def test_small_anchors_inside_a_dont_care_box_are_ignored_and_larger_ones_are_not() -> None:
    labels = run([box(0, 32, WIDTH, 96)], [False]).labels
    assert (labels[2:6, :, HEIGHTS.index(5)] == -1).all()
    assert (labels[2:6, :, HEIGHTS.index(16)] == -1).all()
    labels = run([box(0, 64, WIDTH, 80)], [False]).labels
    assert (labels[4, :, HEIGHTS.index(16)] == -1).all()
    assert (labels[4, :, HEIGHTS.index(68)] == 0).all()


def test_overlapping_dont_care_boxes_are_counted_once() -> None:
    """The anchor from 64 to 80 is covered to 7/16 by their union, to 14/16 by their sum."""
    labels = run([box(0, 40, WIDTH, 71), box(0, 41, WIDTH, 71)], [False, False]).labels
    assert (labels[4, :, HEIGHTS.index(16)] == 0).all()


def test_a_dont_care_word_smaller_than_all_anchors_keeps_its_best_anchor_ignored() -> None:
    word = [box(0, 71, WIDTH, 72)]
    best = run(word, [True]).labels == 1
    assert best.any()
    assert (run(word, [False]).labels[best] == -1).all()


def test_dont_care_text_does_not_take_an_anchor_from_a_word_on_it() -> None:
    word, region = box(32, 64, 96, 80), box(0, 0, WIDTH, HEIGHT)
    alone, both = run([word], [True]).labels, run([region, word], [False, True]).labels
    assert (both[alone == 1] == 1).all()
    assert (both == 1).sum() == (alone == 1).sum()


@pytest.mark.parametrize("width", [1, 2, 5, 8])
def test_a_narrow_word_is_text_and_never_background(width: int) -> None:
    """A region far narrower than 1/60 of the image."""
    labels = run([box(40, 64, 40 + width, 80)], [True]).labels
    assert labels[4, 2, HEIGHTS.index(16)] == 1
    illegible = run([box(40, 64, 40 + width, 80)], [False]).labels
    assert illegible[4, 2, HEIGHTS.index(16)] == -1
    assert not (illegible == 1).any()


@settings(deadline=None)
@given(st.lists(whole_box, min_size=1, max_size=30))
def test_every_care_slice_has_a_positive_anchor_that_meets_it(regions: list[np.ndarray]) -> None:
    slices = cut(regions, WIDTH, HEIGHT)
    labels = run(regions, [True] * len(regions)).labels
    anchors = anchor_grid(ROWS, COLUMNS, HEIGHTS)
    for column, top, bottom in zip(slices.column, slices.top, slices.bottom, strict=True):
        mine = anchors[:, column][labels[:, column] == 1]
        assert ((mine[:, 3] > top) & (mine[:, 1] < bottom)).any()


def test_a_slice_that_no_anchor_reaches_is_no_positive() -> None:
    targets = assign([box(0, 15.5, 16, 16.5)], np.array([True]), 2, 1, [4], 16, 32)
    assert targets.labels.tolist() == [[[0]], [[0]]]


def test_four_hundred_words_all_become_text() -> None:
    words = [box(48 * i, 12 * j, 48 * i + 48, 12 * j + 9) for i in range(20) for j in range(20)]
    targets = assign(words, np.ones(400, bool), 36, 60, HEIGHTS, 960, 576)
    slices = cut(words, 960, 576)
    assert len(slices) == 1200
    anchors = anchor_grid(36, 60, HEIGHTS)
    for column, top, bottom in zip(slices.column, slices.top, slices.bottom, strict=True):
        mine = anchors[:, column][targets.labels[:, column] == 1]
        assert ((mine[:, 3] > top) & (mine[:, 1] < bottom)).any()


def test_without_exhaustive_labels_negatives_stay_close_to_known_words() -> None:
    word = box(32, 64, 96, 80)
    full, near = run([word], [True]).labels, run([word], [True], exhaustive=False).labels
    assert (near[full == 1] == 1).all()
    assert (near == 0).any()
    assert (near[:, [0, 1, 6, 7, 8, 9]] == -1).all()
    assert (near[[0, 1, 2, 6, 7]] == -1).all()
    assert (near[[3, 5], 2:6, HEIGHTS.index(11)] == 0).all()
    assert (full[near == 0] == 0).all()


def test_without_exhaustive_labels_an_image_without_words_teaches_nothing() -> None:
    assert (run([], [], exhaustive=False).labels == -1).all()
    assert not (run([box(32, 64, 96, 80)], [False], exhaustive=False).labels == 0).any()


# Regression targets.


def test_vertical_targets_place_the_slice() -> None:
    targets = run([box(0, 66, 48, 80)], [True])
    row, column, k = 4, 1, HEIGHTS.index(16)
    v_c, v_h = targets.vertical[row, column, k]
    assert 72 + v_c * 16 == pytest.approx(73)
    assert 16 * np.exp(v_h) == pytest.approx(14)


def test_side_targets_point_to_the_nearer_true_end() -> None:
    targets = run([box(12, 64, 133, 80)], [True])
    row, k = 4, HEIGHTS.index(16)
    offsets = targets.side[row, 1:8, k]
    assert np.allclose(offsets, [-0.75, -1.75, -2, -2, 2, 1.8125, 0.8125])
    assert targets.side_mask[row, 1:8, k].tolist() == [True, True, False, False, False, True, True]
    assert not targets.side_mask[targets.labels != 1].any()


def test_a_word_of_one_slice_points_to_the_nearer_end_the_left_of_equals() -> None:
    k = HEIGHTS.index(16)
    assert run([box(35, 64, 48, 80)], [True]).side[4, 2, k] == pytest.approx(-5 / 16)
    assert run([box(32, 64, 45, 80)], [True]).side[4, 2, k] == pytest.approx(5 / 16)
    assert run([box(34, 64, 46, 80)], [True]).side[4, 2, k] == pytest.approx(-6 / 16)


def test_reach_and_thresholds_are_settings() -> None:
    wide = TargetSettings(side_reach=64.0, positive_iou=0.99, negative_iou=0.99)
    word = box(0, 64, WIDTH, 80)
    targets = assign([word], np.array([True]), ROWS, COLUMNS, HEIGHTS, WIDTH, HEIGHT, True, wide)
    assert (
        targets.side_mask[4, :, HEIGHTS.index(16)].tolist() == [True] * 4 + [False] * 2 + [True] * 4
    )
    assert targets.side.max() == 4.0
    assert (targets.labels != -1).sum() > (run([word], [True]).labels != -1).sum()


def test_types_and_shapes() -> None:
    targets = run([box(0, 0, 64, 20)], [True])
    shape = (ROWS, COLUMNS, len(HEIGHTS))
    assert (targets.labels.shape, targets.labels.dtype.name) == (shape, "int8")
    assert (targets.vertical.shape, targets.vertical.dtype.name) == ((*shape, 2), "float32")
    assert (targets.side.shape, targets.side.dtype.name) == (shape, "float32")
    assert (targets.side_mask.shape, targets.side_mask.dtype.name) == (shape, "bool")
    assert all(array.flags.c_contiguous for array in vars(targets).values())


def test_disagreeing_arguments_are_errors() -> None:
    with pytest.raises(ValueError, match="1 polygons but 2 care flags"):
        run([box(0, 0, 9, 9)], [True, True])
    with pytest.raises(ValueError, match="larger than the 160x128 px of anchors"):
        run([], [], width=WIDTH + 1)


# Sampling.


def test_sampling_keeps_a_part_and_ignores_the_rest() -> None:
    labels = np.full((10, 10, 20), -1, dtype=np.int8)
    labels[:3], labels[5:] = 1, 0
    chosen = sample(labels, np.random.default_rng(0), total=512, max_positive=256)
    assert ((chosen == 1).sum(), (chosen == 0).sum()) == (256, 256)
    assert (labels[chosen == 1] == 1).all() and (labels[chosen == 0] == 0).all()
    assert chosen.dtype == np.int8 and chosen.shape == labels.shape


def test_negatives_fill_up_for_missing_positives() -> None:
    labels = np.zeros(1000, dtype=np.int8)
    labels[:7] = 1
    chosen = sample(labels, np.random.default_rng(0))
    assert ((chosen == 1).sum(), (chosen == 0).sum()) == (7, 505)


@pytest.mark.parametrize(("positive", "negative"), [(0, 0), (3, 2), (0, 9), (600, 0)])
def test_sampling_from_too_few_keeps_what_there_is(positive: int, negative: int) -> None:
    labels = np.array([1] * positive + [0] * negative + [-1] * 4, dtype=np.int8)
    chosen = sample(labels, np.random.default_rng(0))
    assert ((chosen == 1).sum(), (chosen == 0).sum()) == (min(positive, 256), negative)


def test_sampling_depends_on_the_generator_alone_and_draws_evenly() -> None:
    labels = np.zeros(2000, dtype=np.int8)
    draws = [sample(labels, np.random.default_rng(s), total=500) for s in (1, 1, 2)]
    assert (draws[0] == draws[1]).all() and (draws[0] != draws[2]).any()
    rng = np.random.default_rng(7)
    counts = sum((sample(labels, rng, total=500) == 0).astype(int) for _ in range(200))
    assert np.min(counts) > 20 and np.max(counts) < 85


def test_a_picture_elsewhere_on_the_input_gives_the_same_targets_there() -> None:
    rng = np.random.default_rng(4)
    polygons = [
        np.array([[x, y], [x + w, y + 3], [x + w, y + 3 + h], [x, y + h]])
        for x, y, w, h in rng.uniform((-20, -10, 5, 5), (110, 70, 80, 30), (6, 4))
    ]
    care = np.array([True, True, False, True, True, False])
    heights, picture = (11.0, 23.0, 48.0), (120.0, 70.0)
    near = assign(polygons, care, 6, 10, heights, *picture)
    shift = np.array([32.0, 48.0])
    far = assign([p + shift for p in polygons], care, 12, 15, heights, *picture, origin=(32, 48))
    for name in ("labels", "vertical", "side", "side_mask"):
        there = getattr(far, name)[3:9, 2:12]
        assert np.allclose(there, getattr(near, name), atol=1e-5)
    outside = np.ones((12, 15, 3), bool)
    outside[3:9, 2:12] = False
    assert (far.labels[outside] < 1).all()
    assert (far.labels[:2] == -1).all()  # nothing is learnt from padding
