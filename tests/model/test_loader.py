"""From shards to batches."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.errors import UserError
from manifests.shardset import ShardSet
from model.augment import AugmentSettings
from model.config import Config, load_config
from tests.model.plain_preset import PLAIN

pytestmark = pytest.mark.usefixtures("mindspore")


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(
        PLAIN,
        [
            "network.input_width=128",
            "network.input_height=96",
            "network.anchor_heights=[12, 24, 48]",
            "sample.anchors=40",
            "sample.max_positive=10",
        ],
    )


def test_samples_are_read_in_the_order_of_the_shards(tiny_shards: ShardSet) -> None:
    from model.shards import read_samples

    samples = list(read_samples(tiny_shards))
    names = [sample.image_id for sample in samples]
    assert names == [f"tiny/train/img_{n}" for n in (0, 2, 4, 1, 3)]
    first = samples[0]
    assert first.image.shape == (96, 160, 3)
    assert first.exhaustive is True
    assert [len(polygon) for polygon in first.polygons] == [4, 4]
    assert first.care.tolist() == [True, False]
    # The word was painted in BGR (10, 20, 200): it is red where the colours are in order.
    box = first.polygons[0]
    left, top = box.min(axis=0).astype(int)
    right, bottom = box.max(axis=0).astype(int)
    red, _, blue = first.image[top:bottom, left:right].reshape(-1, 3).astype(int).T
    assert (red - blue).max() > 150


def test_a_picture_that_cannot_be_decoded_is_named() -> None:
    from model.shards import read_sample

    blob = np.zeros(4, np.uint8)
    with pytest.raises(ValueError, match="a/train/b: its picture cannot be decoded"):
        read_sample("a/train/b", np.frombuffer(b"none", np.uint8), 1, blob)


def test_a_batch_has_pictures_and_targets_in_step(tiny_shards: ShardSet, config: Config) -> None:
    from model.loader import Loader

    batches = list(Loader(tiny_shards, config, batch=2, seed=1).epoch(1))
    assert len(batches) == 2
    for batch in batches:
        assert len(batch.image_ids) == 2
        assert batch.images.shape == (2, 96, 128, 3)
        assert batch.images.dtype == np.uint8
        assert batch.labels.shape == (2, 6, 8, 3)
        assert batch.vertical.shape == (2, 6, 8, 3, 2)
        assert batch.side.shape == batch.side_mask.shape == (2, 6, 8, 3)
        assert set(np.unique(batch.labels)) == {-1, 0, 1}
        for labels in batch.labels:
            assert (labels >= 0).sum() == 40
            assert 0 < (labels == 1).sum() <= 10


def test_the_targets_lie_on_the_word(tiny_shards: ShardSet, config: Config) -> None:
    """Positive cells are those whose pixels hold the dark red of the word."""
    from model.loader import training_arrays
    from model.shards import read_samples

    for sample in read_samples(tiny_shards):
        image, labels, *_ = training_arrays(sample, config, np.random.default_rng(0))
        ink = image[..., 1] < 90
        columns = ink.reshape(96, 8, 16).any(axis=(0, 2))
        positive = (labels == 1).any(axis=(0, 2))
        assert positive.any()
        assert not (positive & ~columns).any()


def test_jitter_leaves_the_padding_as_it_is(config: Config) -> None:
    from model.loader import changed
    from model.shards import Sample
    from model.transforms import FILL

    image = np.random.default_rng(1).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    item = Sample("a", image, [], np.zeros(0, np.bool_), True)
    still = AugmentSettings(width=128, height=96, scale=(0.5, 0.9))
    shaken = replace(still, jitter=1.0)
    for seed in range(10):
        one, two = (
            changed(item, replace(config, augment=augment), np.random.default_rng(seed))
            for augment in (still, shaken)
        )
        assert one[3] == two[3]
        placed = one[3]
        content = np.zeros((96, 128), bool)
        rows = slice(placed.top, placed.top + placed.resized_height)
        content[rows, placed.left : placed.left + placed.resized_width] = True
        assert (two[0][~content] == FILL).all() and (~content).any()
        assert (two[0][content] != one[0][content]).mean() > 0.5


def test_order_and_samples_depend_on_seed_and_epoch_alone(
    tiny_shards: ShardSet, config: Config
) -> None:
    from model.loader import Loader

    def epoch(seed: int, number: int, workers: int, skip: int = 0) -> list[bytes]:
        settings = replace(config, loader=replace(config.loader, workers=workers))
        batches = Loader(tiny_shards, settings, 1, seed).epoch(number, skip)
        return [
            b.image_ids[0].encode() + b"".join(a.tobytes() for a in b.arrays()) for b in batches
        ]

    first = epoch(1, 1, workers=1)
    assert epoch(1, 1, workers=2) == first
    assert epoch(1, 1, workers=2, skip=2) == first[2:]
    assert epoch(1, 2, workers=1) != first
    assert epoch(2, 1, workers=1) != first


def test_so_many_batches_wait_as_are_prefetched(
    tiny_shards: ShardSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 200 images few are prepared ahead where one may wait, and more where 64 may."""
    from mindspore import dataset

    from model.shards import COLUMNS, prefetching, prepared

    columns = {name: np.arange(200) for name in COLUMNS}
    monkeypatch.setattr(
        "model.shards._rows", lambda *_, **__: dataset.NumpySlicesDataset(columns, shuffle=False)
    )

    def ahead(size: int, wanted: int) -> int:
        done: list[None] = []

        def prepare(image_id: Any, *_: Any) -> tuple[Any, ...]:
            done.append(None)
            return (image_id,)

        with prefetching(size):
            batches = prepared(tiny_shards, range(200), prepare, ["image_id"], 1, 1)
        next(batches)
        end = time.monotonic() + 60
        while len(done) < wanted and time.monotonic() < end:
            time.sleep(0.05)
        return len(done)

    before = dataset.config.get_prefetch_size()
    assert ahead(64, wanted=60) >= 60
    assert ahead(1, wanted=60) < 60
    assert dataset.config.get_prefetch_size() == before


def test_the_loader_prefetches_as_it_is_told(
    tiny_shards: ShardSet, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mindspore import dataset

    from model.loader import Loader

    sizes = []

    def built(*_: Any) -> Iterator[Any]:
        sizes.append(dataset.config.get_prefetch_size())
        return iter(())

    monkeypatch.setattr("model.loader.prepared", built)
    settings = replace(config, loader=replace(config.loader, prefetch=3))
    assert list(Loader(tiny_shards, settings, 1, 1).epoch(1)) == []
    assert sizes == [3]


def test_too_few_images_for_a_batch_are_an_error(tiny_shards: ShardSet, config: Config) -> None:
    from model.loader import Loader

    with pytest.raises(UserError, match="holds 5 images, which do not fill a batch of 6"):
        Loader(tiny_shards, config, batch=6, seed=1)


def test_more_threads_than_cores_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    from model.loader import thread_count

    monkeypatch.setattr("os.cpu_count", lambda: 3)
    assert [thread_count(n) for n in (1, 3, 8)] == [1, 3, 3]


def test_rotation_marks_in_a_picture_are_ignored(tmp_path: Path) -> None:
    """Shards hold upright pixels; a mark that survived in a file must not turn them."""
    from PIL import Image

    from manifests.packing import pack_regions
    from model.shards import read_sample

    path = tmp_path / "marked.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.zeros((20, 40, 3), np.uint8)).save(path, exif=exif)
    assert cv2.imread(str(path)).shape == (40, 20, 3)
    data = np.frombuffer(path.read_bytes(), np.uint8)
    regions = np.frombuffer(pack_regions([], []), np.uint8)
    assert read_sample("a", data, 1, regions).image.shape == (20, 40, 3)


def test_workers_take_the_images_of_one_with_a_larger_batch(
    tiny_shards: ShardSet, config: Config
) -> None:
    """Step by step the same images with the same targets; none goes to two workers."""
    from model.loader import Loader

    alone = Loader(tiny_shards, config, batch=2, seed=1)
    team = [Loader(tiny_shards, config, 1, 1, rank, workers=2) for rank in (0, 1)]
    assert [loader.steps for loader in (alone, *team)] == [2, 2, 2]
    assert [loader.left_out for loader in (alone, *team)] == [1, 1, 1]
    for whole, *parts in zip(*(loader.epoch(3) for loader in (alone, *team)), strict=True):
        assert whole.image_ids == [name for part in parts for name in part.image_ids]
        for together, *apart in zip(whole.arrays(), *(p.arrays() for p in parts), strict=True):
            np.testing.assert_array_equal(together, np.concatenate(apart))
    (rest,) = team[1].epoch(3, skip=1)
    assert rest.image_ids == list(team[1].epoch(3))[1].image_ids


@given(
    images=st.integers(0, 60),
    batch=st.integers(1, 4),
    workers=st.integers(1, 5),
    seed=st.integers(0, 9),
)
def test_no_image_goes_to_two_workers(images: int, batch: int, workers: int, seed: int) -> None:
    from model.loader import epoch_order, part_of

    order = epoch_order(images, seed, 1)
    parts = [part_of(order, batch, rank, workers) for rank in range(workers)]
    assert len({len(part) for part in parts}) == 1
    everything = np.concatenate(parts).tolist()
    assert len(everything) == len(set(everything)) == images - images % (batch * workers)
    steps = np.stack([part.reshape(-1, batch) for part in parts], axis=1).reshape(-1)
    np.testing.assert_array_equal(steps, order[: len(steps)])


def test_too_few_images_for_all_workers_are_an_error(tiny_shards: ShardSet, config: Config) -> None:
    from model.loader import Loader

    with pytest.raises(UserError, match="do not fill a batch of 3 for each of 2 workers; set a"):
        Loader(tiny_shards, config, 3, 1, 0, workers=2)


def test_a_name_that_is_not_utf_8_has_random_numbers_of_its_own() -> None:
    from model.loader import sample_generator

    draws = [sample_generator(1, 1, os.fsdecode(name)).random() for name in (b"a\xff", b"a\xfe")]
    assert draws[0] != draws[1]
