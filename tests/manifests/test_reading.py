"""What a reader of manifests refuses: others write these files, too."""

from pathlib import Path

import pytest

from manifests import writing
from manifests.errors import UserError
from manifests.reading import (
    RAW_ROOT,
    Manifest,
    find_manifests,
    open_manifest,
    require_manifests,
)
from tests.builders import edit_info, make_image, publish_manifest


def test_without_its_raw_root_a_manifest_says_what_to_give(own_corpus: Path) -> None:
    manifest = open_manifest(own_corpus, "alpha", "train")
    path = manifest.folder / RAW_ROOT
    path.write_bytes(b"/raw/\xff")
    with pytest.raises(UserError, match="--raw"):
        _ = manifest.raw_root
    path.unlink()
    with pytest.raises(UserError, match="--raw"):
        _ = manifest.raw_root


@pytest.mark.parametrize("name", ["../images.parquet", "/etc/passwd", "", None, 7])
def test_a_table_of_another_folder_is_not_read(own_corpus: Path, name: object) -> None:
    [manifest] = [m for m in find_manifests(own_corpus) if m.name == "alpha/train"]
    edit_info(manifest.folder, lambda info: info["files"][0].update(name=name))
    with pytest.raises(UserError, match="manifest"):
        open_manifest(own_corpus, "alpha", "train")


@pytest.mark.parametrize("key", ["fingerprint", "quarantine_digest"])
def test_a_digest_that_is_no_text_is_refused(own_corpus: Path, key: str) -> None:
    manifest = open_manifest(own_corpus, "alpha", "train")
    edit_info(manifest.folder, lambda info: info.update({key: 7}))
    with pytest.raises(UserError, match="manifest"):
        open_manifest(own_corpus, "alpha", "train")


def test_manifests_are_found_in_the_order_of_their_names(own_corpus: Path, tmp_path: Path) -> None:
    assert [manifest.name for manifest in find_manifests(own_corpus)] == [
        "alpha/train",
        "beta/test",
    ]
    assert [m.folder for m in require_manifests(own_corpus)] == [
        m.folder for m in find_manifests(own_corpus)
    ]
    assert find_manifests(tmp_path) == []
    with pytest.raises(UserError, match=f"no manifest below .*normalize .*--data {tmp_path}"):
        require_manifests(tmp_path)


def test_care_regions_are_counted_image_by_image(own_corpus: Path) -> None:
    manifest = open_manifest(own_corpus, "alpha", "train")
    counted = {
        row["image_id"]: sum(region["care"] for region in row["regions"]) for row in manifest.rows()
    }
    assert dict(manifest.care_counts()) == counted
    assert counted["alpha/train/img_2"] == 0 < counted["alpha/train/img_1"]


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manifest:
    """A manifest of 25 images in files of 10, row groups of 5."""
    monkeypatch.setitem(writing.ROWS_PER_FILE, "images", 10)
    monkeypatch.setattr(writing, "ROWS_PER_GROUP", 5)
    publish_manifest(tmp_path, [make_image("alpha", "train", n, n % 3) for n in range(25)])
    return open_manifest(tmp_path, "alpha", "train")


@pytest.mark.parametrize("places", [[], [0], [4, 5, 9, 10, 24], range(25), [25]])
def test_images_are_read_by_their_places(many: Manifest, places: list[int]) -> None:
    columns = ["image_id", "regions.list.element.care"]
    every = dict(enumerate(many.rows(columns)))
    assert len(many.files("images")) == 3
    found = list(many.rows_at(places, columns))
    assert found == [(place, every[place]) for place in places if place in every]


def test_a_file_without_a_wanted_image_is_not_read(many: Manifest) -> None:
    _, second, _ = many.files("images")
    second.write_bytes(b"")
    assert [place for place, _ in many.rows_at([3, 20], ["image_id"])] == [3, 20]
    with pytest.raises(UserError, match=second.name):
        list(many.rows_at([3, 10], ["image_id"]))
