"""What the targets mean, case by case; ``test_targets_brute_force`` has the comparison with loops.

Defects of the public version that these tests would show in it: don't-care regions that become
positive text, narrow regions that become background, and slices beyond the 256th that are lost.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.anchors import anchor_grid
from model.slices import cut
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


whole_box = st.builds(
    lambda x, y, w, h: box(x, y, x + w, y + h),
    st.integers(-20, WIDTH),
    st.integers(-20, HEIGHT),
    st.integers(1, 90),
    st.integers(1, 70),
)


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
    assert (targets.side_mask == (targets.labels == 1)).all()


def test_far_sides_can_be_left_untrained() -> None:
    near = TargetSettings(far_sides=False)
    word = box(12, 64, 133, 80)
    targets = assign([word], np.array([True]), ROWS, COLUMNS, HEIGHTS, WIDTH, HEIGHT, True, near)
    row, k = 4, HEIGHTS.index(16)
    assert targets.side_mask[row, 1:8, k].tolist() == [True, True, False, False, False, True, True]
    assert not targets.side_mask[targets.labels != 1].any()


def test_a_word_of_one_slice_points_to_the_nearer_end_the_left_of_equals() -> None:
    k = HEIGHTS.index(16)
    assert run([box(35, 64, 48, 80)], [True]).side[4, 2, k] == pytest.approx(-5 / 16)
    assert run([box(32, 64, 45, 80)], [True]).side[4, 2, k] == pytest.approx(5 / 16)
    assert run([box(34, 64, 46, 80)], [True]).side[4, 2, k] == pytest.approx(-6 / 16)


def test_reach_and_thresholds_are_settings() -> None:
    wide = TargetSettings(side_reach=64.0, far_sides=False, positive_iou=0.99, negative_iou=0.99)
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
