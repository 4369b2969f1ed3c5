"""Listing pictures by class, cropping them, and reading them ahead of the training."""

import logging
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.errors import UserError
from manifests.images import encode_png
from model.classifier.crops import cut, middle_box, random_box
from model.classifier.folder import open_folder
from model.classifier.loader import PictureLoader, ahead
from model.classifier.settings import BackboneSettings

SIZES = st.integers(1, 400)


def write(path: Path, value: int = 0, size: tuple[int, int] = (20, 30)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_png(np.full((*size, 3), value, np.uint8)))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number in range(3):
        write(tmp_path / "train" / "cat" / f"{number}.PNG", number)
        write(tmp_path / "train" / "dog" / f"{number}.png", 100 + number)
    write(tmp_path / "val" / "dog" / "9.png", 109)
    return tmp_path


def test_pictures_are_listed_by_class(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    (root / "train" / "cat" / "notes.txt").write_text("no picture")
    folder = open_folder(root)
    assert folder.classes == ("cat", "dog")
    assert [(item.name, item.label) for item in folder.train[2:4]] == [
        ("train/cat/2.PNG", 0), ("train/dog/0.png", 1),
    ]  # fmt: skip
    assert [(item.name, item.label) for item in folder.val] == [("val/dog/9.png", 1)]
    assert "1 entries of train are no pictures by their names and left out" in caplog.text
    assert "train/cat/notes.txt" in caplog.text
    about = folder.describe()
    assert (about["classes"], about["train"], about["val"]) == (2, 6, 1)


def test_a_folder_of_another_layout_is_refused(root: Path) -> None:
    with pytest.raises(UserError, match="has no folder train"):
        open_folder(root / "train")
    write(root / "val" / "cow" / "1.png")
    with pytest.raises(UserError, match="class that train has not: cow"):
        open_folder(root)
    (root / "train" / "cow").mkdir()
    with pytest.raises(UserError, match="train/cow holds no picture"):
        open_folder(root)
    write(root / "one" / "train" / "cat" / "1.png")
    with pytest.raises(UserError, match="there must be two"):
        open_folder(root / "one")


@given(SIZES, SIZES, st.floats(0.01, 1), st.integers(0, 1000))
def test_a_random_box_lies_inside_and_is_large_enough(
    width: int, height: int, min_area: float, seed: int
) -> None:
    box = random_box(width, height, min_area, np.random.default_rng(seed))
    assert 0 <= box.left <= box.left + box.width <= width
    assert 0 <= box.top <= box.top + box.height <= height
    assert min(box.width, box.height) >= 1
    # Sides are rounded to whole pixels, and a long thin picture has no box of 3:4 to 4:3 so large.
    if max(width, height) <= min(width, height) * 4 / 3:
        short = box.width + box.height + 1
        assert box.width * box.height >= min_area * width * height - short
    if min(box.width, box.height) > 20:
        assert 0.7 < box.width / box.height < 1.43


@given(SIZES, SIZES, st.floats(0.1, 1))
def test_the_middle_box_is_a_square_in_the_middle(width: int, height: int, share: float) -> None:
    box = middle_box(width, height, share)
    assert box.width == box.height == max(1, round(min(width, height) * share))
    assert abs(2 * box.left + box.width - width) <= 1
    assert abs(2 * box.top + box.height - height) <= 1


def test_a_cut_takes_the_box_and_mirrors_it() -> None:
    image = np.zeros((8, 12, 3), np.uint8)
    image[:4, :4], image[:4, 4:8], image[4:] = 200, 100, 50
    box = random_box(12, 8, 1.0, np.random.default_rng(0))._replace(
        left=0, top=0, width=8, height=4
    )
    plain, mirrored = cut(image, box, 16), cut(image, box, 16, mirror=True)
    assert plain.shape == (16, 16, 3)
    assert (plain[:, 0] == 200).all()
    assert (plain[:, -1] == 100).all()
    np.testing.assert_array_equal(mirrored, plain[:, ::-1])


def test_crops_follow_seed_and_epoch_alone(root: Path) -> None:
    folder = open_folder(root)
    settings = BackboneSettings(batch=2, crop=16)
    runs = []
    for threads, epoch in ((1, 1), (3, 1), (1, 2)):
        loader = PictureLoader(root, settings, threads)
        runs.append(list(loader.training(folder.train, epoch)))
    assert [batch.names for batch in runs[0]] == [batch.names for batch in runs[1]]
    assert [batch.names for batch in runs[0]] != [batch.names for batch in runs[2]]
    for one, other in zip(runs[0], runs[1], strict=True):
        np.testing.assert_array_equal(one.images, other.images)
    assert sorted(name for batch in runs[0] for name in batch.names) == sorted(
        item.name for item in folder.train
    )
    for batch in runs[0]:
        assert batch.images.shape == (2, 16, 16, 3)
        for name, label, image in zip(batch.names, batch.labels, batch.images, strict=True):
            assert (image == 100 * label + int(Path(name).stem)).all()


def test_an_unreadable_picture_is_named_counted_and_passed_over(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (root / "train" / "cat" / "1.PNG").write_bytes(b"no picture")
    whole = (root / "train" / "dog" / "1.png").read_bytes()
    (root / "train" / "dog" / "1.png").write_bytes(whole[:-30])
    loader = PictureLoader(root, BackboneSettings(batch=2, crop=16), 2)
    folder = open_folder(root)
    for epoch in (1, 2):
        batches = list(loader.training(folder.train, epoch))
        assert len(batches) == 2
        names = {name for batch in batches for name in batch.names}
        assert names == {f"train/cat/{n}.PNG" for n in (0, 2)} | {
            f"train/dog/{n}.png" for n in (0, 2)
        }
    assert set(loader.unreadable) == {"train/cat/1.PNG", "train/dog/1.png"}
    assert caplog.text.count("cannot be read") == 2
    assert "cat/1.PNG: no picture of a format that is read" in caplog.text


def test_evaluation_takes_every_picture_once(root: Path) -> None:
    folder = open_folder(root)
    loader = PictureLoader(root, BackboneSettings(batch=4, crop=16), 2)
    batches = list(loader.evaluation(folder.train))
    assert [len(batch.names) for batch in batches] == [4, 2]
    assert [n for batch in batches for n in batch.names] == [item.name for item in folder.train]


def test_work_runs_ahead_in_order_and_not_too_far(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    begun, lock = [], threading.Lock()

    def work(item: int) -> int:
        with lock:
            begun.append(item)
        time.sleep(0.002 * (item % 3))
        return item * item

    results = ahead(range(50), work, 3, 8)
    assert next(results) == (0, 0)
    time.sleep(0.05)
    assert len(begun) <= 9
    assert list(results) == [(n, n * n) for n in range(1, 50)]
