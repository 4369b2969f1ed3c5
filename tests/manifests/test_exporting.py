"""What all exports have in common: whole or not at all, the pixels of the manifest, true counts."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from manifests import exporting
from manifests.errors import UserError
from manifests.exporting import export
from manifests.exports import FORMATS
from manifests.images import decode
from manifests.pictures import read_picture
from manifests.reading import find_manifests
from tests.builders import edit_info, edit_rows, make_image, publish_manifest
from tests.manifests.corpus import files, rows


def exported(data: Path, out: Path, kind: str = "coco", **options: Any) -> dict[str, Any]:
    return export(find_manifests(data), kind, out, **options)


def pictures(out: Path) -> dict[str, Path]:
    """Stem of a path -> picture."""
    found = [path for path in out.rglob("*") if path.suffix in (".jpg", ".png")]
    return {f"{'/'.join(p.relative_to(out).with_suffix('').parts)}": p for p in found}


@pytest.mark.parametrize("kind", FORMATS)
def test_pictures_decode_to_the_pixels_of_the_manifest(
    corpus: Path, tmp_path: Path, kind: str
) -> None:
    exported(corpus, tmp_path / "out", kind)
    found = pictures(tmp_path / "out")
    assert len(found) == 4
    for manifest in find_manifests(corpus):
        for row in manifest.rows():
            dataset, split, stem = row["image_id"].split("/")
            (path,) = (
                path
                for name, path in found.items()
                if path.stem == stem and {dataset, split} <= set(name.split("/"))
            )
            wanted = decode(read_picture(row, manifest.raw_root))
            assert np.array_equal(decode(path.read_bytes()).pixels, wanted.pixels)
            assert decode(path.read_bytes()).mode == "RGB"


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_manifests_give_the_same_bytes(corpus: Path, tmp_path: Path, kind: str) -> None:
    for name in ("one", "two"):
        exported(corpus, tmp_path / name, kind)
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_the_counts_are_those_of_the_ledgers(corpus: Path, tmp_path: Path) -> None:
    about = exported(corpus, tmp_path / "out")
    assert about["counts"] == {"images": 4, "regions": 6, "care": 4, "dont_care": 2}
    assert about == json.loads((tmp_path / "out" / "export.json").read_text())
    assert [entry["name"] for entry in about["manifests"]] == ["alpha/train", "beta/test"]


def test_counts_that_differ_are_an_error_and_leave_nothing(
    own_corpus: Path, tmp_path: Path
) -> None:
    folder = own_corpus / "manifests" / "alpha" / "train"
    edit_rows(folder, "images", lambda found: found[0]["regions"].pop())
    with pytest.raises(UserError, match="the manifests announce"):
        exported(own_corpus, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".*"))


def test_links_lead_to_pictures_that_need_no_change(corpus: Path, tmp_path: Path) -> None:
    exported(corpus, tmp_path / "out", link=True)
    linked = {path.stem for path in pictures(tmp_path / "out").values() if path.is_symlink()}
    assert linked == {"img_1", "img_3"}
    assert all(path.is_file() for path in pictures(tmp_path / "out").values())


def test_an_older_export_is_replaced_and_nothing_else(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    exported(corpus, out, "icdar")
    exported(corpus, out, "coco")
    assert not (out / "alpha").exists()
    (out / "export.json").write_text("{}")
    with pytest.raises(UserError, match="holds something else"):
        exported(corpus, out)
    assert (out / "annotations.json").is_file()
    with pytest.raises(UserError, match="is a file"):
        exported(corpus, out / "export.json")


@pytest.mark.parametrize("kind", FORMATS)
def test_what_somebody_put_into_an_export_is_not_lost(
    own_corpus: Path, tmp_path: Path, kind: str
) -> None:
    out = tmp_path / "out"
    exported(own_corpus, out, kind)
    exported(own_corpus, out, kind)
    (out / "mine.txt").write_text("dear")
    with pytest.raises(UserError, match=r"would be lost \(mine.txt\)"):
        exported(own_corpus, out, kind)
    assert (out / "mine.txt").read_text() == "dear"


@pytest.mark.parametrize("place", ["data", "raw"])
def test_what_is_read_is_not_replaced(own_corpus: Path, tmp_path: Path, place: str) -> None:
    out = tmp_path / "out"
    exported(own_corpus, out)
    moved = out / "images" / place
    (manifest, _) = find_manifests(own_corpus)
    shutil.copytree(own_corpus if place == "data" else manifest.raw_root, moved)
    data, raw = (moved, None) if place == "data" else (own_corpus, moved)
    with pytest.raises(UserError, match="which is read; give a new folder"):
        exported(data, out, raw=raw)
    assert any(moved.iterdir())


def test_a_picture_that_is_gone_or_another_is_an_error(own_corpus: Path, tmp_path: Path) -> None:
    (manifest, _) = find_manifests(own_corpus)
    raw = tmp_path / "raw"
    shutil.copytree(manifest.raw_root, raw)
    assert exported(own_corpus, tmp_path / "whole", raw=raw)["counts"]["images"] == 4
    (raw / "alpha" / "train" / "img_3.jpg").write_bytes(b"another")
    with pytest.raises(UserError, match="is not the picture that was normalized"):
        exported(own_corpus, tmp_path / "out", raw=raw)
    (raw / "alpha" / "train" / "img_3.jpg").unlink()
    with pytest.raises(UserError, match="with --raw"):
        exported(own_corpus, tmp_path / "out", raw=raw)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["alpha/train/../../x", "beta/train/img_1", "alpha/train/a b"])
def test_names_that_are_unsafe_are_refused(own_corpus: Path, tmp_path: Path, name: str) -> None:
    folder = own_corpus / "manifests" / "alpha" / "train"
    edit_rows(folder, "images", lambda found: found[0].update(image_id=name))
    with pytest.raises(UserError, match="no safe name"):
        exported(own_corpus, tmp_path / "out")


def test_names_that_differ_in_case_alone_are_refused(own_corpus: Path, tmp_path: Path) -> None:
    folder = own_corpus / "manifests" / "alpha" / "train"
    edit_rows(folder, "images", lambda found: found[2].update(image_id="alpha/train/IMG_1"))
    with pytest.raises(UserError, match="would both be"):
        exported(own_corpus, tmp_path / "out")


def test_where_no_image_is_kept_there_is_nothing_to_export(tmp_path: Path) -> None:
    folder = publish_manifest(tmp_path, [replace(make_image("alpha", "train", 0), regions=())])
    edit_info(folder, lambda info: info["ledger"]["images"].update(kept=0))
    with pytest.raises(UserError, match="no image in alpha/train"):
        exported(tmp_path, tmp_path / "out")


def test_the_corpus_has_what_the_formats_differ_in(corpus: Path) -> None:
    regions = rows(corpus)["alpha/train/img_1"]["regions"]
    assert {len(region["polygon"]) for region in regions} == {8, 12}
    assert {(region["care"], region["text"] is None) for region in regions} == {
        (care, missing) for care in (True, False) for missing in (True, False)
    }
    assert exporting.ABOUT == "export.json"
