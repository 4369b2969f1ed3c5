"""What a reader of manifests refuses: others write these files, too."""

from pathlib import Path

import pytest

from manifests.errors import UserError
from manifests.reading import RAW_ROOT, find_manifests, open_manifest, require_manifests
from tests.builders import edit_info


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
