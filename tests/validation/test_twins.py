"""Values that stand more than once are found across batches and manifests, and named."""

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from manifests.reading import RAW_ROOT, open_manifest
from validation import twins as module
from validation.twins import Twins, find_twins


@pytest.fixture
def twins(tmp_path: Path, builders: ModuleType) -> Twins:
    """One picture five times: images 0 to 3 of train and image 0 of test."""
    train = [builders.make_image("alpha", "train", i) for i in range(6)]
    test = [builders.make_image("alpha", "test", i) for i in range(2)]
    train[:4] = [replace(image, image_sha256="a" * 64) for image in train[:4]]
    test[0] = replace(test[0], image_sha256="a" * 64)
    builders.publish_manifest(tmp_path, train)
    builders.publish_manifest(tmp_path, test, split="test")
    return find_twins([open_manifest(tmp_path, "alpha", split) for split in ("test", "train")])


def _column(twins: Twins, split: str, name: str, where: str) -> str | None:
    found = twins.column(
        "image_sha256",
        pd.Series(["a" * 64, "b" * 64], dtype="str"),
        f"alpha/{split}",
        pd.Series([f"alpha/{split}/{name}", "other"], dtype="str"),
        where,
    )
    assert found.isna()[1]
    return None if found.isna()[0] else found[0]


def test_only_what_is_repeated_is_kept(twins: Twins) -> None:
    assert {kind: len(values) for kind, values in twins.owners.items()} == {
        "image_id": 0,
        "image_sha256": 1,
        "region_id": 0,
    }


def test_the_others_are_named_but_not_oneself(twins: Twins) -> None:
    assert _column(twins, "train", "img_1", "here") == (
        "alpha/train/img_0 (alpha/train), alpha/train/img_2 (alpha/train), "
        "alpha/train/img_3 (alpha/train)"
    )


def test_the_others_may_stand_elsewhere(twins: Twins) -> None:
    assert _column(twins, "train", "img_1", "elsewhere") == "alpha/test/img_0 (alpha/test)"
    assert _column(twins, "test", "img_0", "here") is None


def test_many_are_counted(twins: Twins) -> None:
    assert (_column(twins, "test", "img_0", "anywhere") or "").endswith(" and 1 more")


def test_the_same_name_twice_is_its_own_twin(tmp_path: Path, builders: ModuleType) -> None:
    image = builders.make_image("alpha", "train", 0)
    builders.publish_manifest(tmp_path, [image, image])
    twins = find_twins([open_manifest(tmp_path, "alpha", "train")])
    names = pd.Series([image.image_id], dtype="str")
    found = twins.column("image_id", names, "alpha/train", names)
    assert found[0] == "alpha/train/img_0 (alpha/train)"
    assert len(twins.owners["region_id"]) == len(image.regions)


def test_one_uri_below_two_raw_roots_is_two_files(tmp_path: Path, builders: ModuleType) -> None:
    names, found = ("alpha", "beta", "gamma"), {}
    for name, root in zip(names, ("/one", "/two", "/two"), strict=True):
        image = replace(builders.make_image(name, "train", 0), image_uri="photos/0.jpg")
        folder = builders.publish_manifest(tmp_path, [image], dataset=name)
        (folder / RAW_ROOT).write_text(f"{root}\n")
    twins = find_twins([open_manifest(tmp_path, name, "train") for name in names])
    for name in names:
        uris = pd.Series(["photos/0.jpg"], dtype="str")
        ids = pd.Series([f"{name}/train/img_0"], dtype="str")
        (found[name],) = twins.column("image_uri", uris, f"{name}/train", ids)
    assert pd.isna(found.pop("alpha"))
    assert found == {
        "beta": "gamma/train/img_0 (gamma/train)",
        "gamma": "beta/train/img_0 (beta/train)",
    }


def test_equal_hashes_of_different_values_are_no_twins(
    tmp_path: Path, builders: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_hashes", lambda values: pd.Series([7] * len(values)).to_numpy())
    images = [builders.make_image("alpha", "train", i) for i in range(3)]
    builders.publish_manifest(tmp_path, images)
    found = find_twins([open_manifest(tmp_path, "alpha", "train")])
    assert not any(found.owners.values())
