"""Random changes to training images."""

import numpy as np
import pytest

from model.augment import JitterSettings, Window, crop, jitter, random_window

IMAGE = np.arange(40 * 60 * 3, dtype=np.uint32).reshape(40, 60, 3).astype(np.uint8)


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def test_jitter_changes_the_image_the_same_way_for_the_same_generator() -> None:
    one, two = (jitter(IMAGE, np.random.default_rng(5)) for _ in range(2))
    other = jitter(IMAGE, np.random.default_rng(6))
    assert (one == two).all() and one.shape == IMAGE.shape and one.dtype == np.uint8
    assert (one != other).any() and (one != IMAGE).any()


def test_jitter_of_nothing_changes_nothing() -> None:
    settings = JitterSettings(brightness=0, contrast=0, colour=0)
    assert (jitter(IMAGE, np.random.default_rng(0), settings) == IMAGE).all()


def test_jitter_keeps_the_order_of_grey_levels() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    for seed in range(20):
        out = jitter(ramp, np.random.default_rng(seed)).astype(int)
        assert (np.diff(out, axis=1) >= 0).all()


def test_windows_lie_in_the_image_and_keep_its_shape() -> None:
    rng = np.random.default_rng(1)
    windows = [random_window(60, 40, rng, 0.5) for _ in range(300)]
    for window in windows:
        assert window.left >= 0 and window.left + window.width <= 60
        assert window.top >= 0 and window.top + window.height <= 40
        assert abs(window.width / 60 - window.height / 40) < 0.03
    assert min(w.width for w in windows) < 35 and max(w.width for w in windows) > 55
    assert len({w.left for w in windows}) > 5


@pytest.mark.parametrize("share", [0.0, 1.2])
def test_a_share_out_of_range_is_an_error(share: float) -> None:
    with pytest.raises(ValueError, match="min_share"):
        random_window(60, 40, np.random.default_rng(0), share)


def test_crop_moves_whole_words_and_drops_those_outside() -> None:
    polygons = [box(20, 12, 30, 18), box(0, 0, 9, 9), box(50, 10, 60, 20)]
    image, moved, care = crop(IMAGE, polygons, np.ones(3, bool), Window(10, 10, 40, 25))
    assert (image == IMAGE[10:35, 10:50]).all()
    assert [m.tolist() for m in moved] == [box(10, 2, 20, 8).tolist()]
    assert care.tolist() == [True]


def test_a_word_that_the_crop_cuts_becomes_dont_care() -> None:
    polygons = [box(5, 12, 30, 18), box(12, 12, 30, 18), box(12, 20, 30, 24)]
    _, moved, care = crop(IMAGE, polygons, np.array([True, True, False]), Window(10, 10, 40, 25))
    assert care.tolist() == [False, True, False]
    assert len(moved) == 3


def test_a_word_that_the_image_itself_cuts_stays_care() -> None:
    _, _, care = crop(IMAGE, [box(-4, -2, 20, 9)], np.array([True]), Window(0, 0, 40, 25))
    assert care.tolist() == [True]


def test_crop_without_regions() -> None:
    _, moved, care = crop(IMAGE, [], np.zeros(0, bool), Window(0, 0, 40, 25))
    assert moved == [] and care.dtype == np.bool_ and len(care) == 0
