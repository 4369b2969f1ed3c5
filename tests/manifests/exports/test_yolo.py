"""Labels of oriented boxes come back in pixels, and stand where readers look for them."""

import json
from pathlib import Path

import pytest
import yaml

from manifests.exporting import export
from manifests.reading import find_manifests, open_manifest
from tests.manifests.corpus import HEIGHT, OUTSIDE, QUAD, WIDTH


@pytest.fixture
def out(corpus: Path, tmp_path: Path) -> Path:
    export(find_manifests(corpus), "yolo-obb", tmp_path / "out")
    return tmp_path / "out"


def labels(out: Path) -> list[tuple[int, list[float]]]:
    """Class and corners in pixels of the first image."""
    path = out / "labels" / "train" / "alpha" / "img_1.txt"
    found = []
    for line in path.read_text().splitlines():
        kind, *shares = line.split()
        sides = (WIDTH, HEIGHT) * 4
        found.append((int(kind), [float(s) * d for s, d in zip(shares, sides, strict=True)]))
    return found


def test_corners_and_classes_come_back(out: Path) -> None:
    found = labels(out)
    assert [kind for kind, _ in found] == [0, 0, 1, 1]
    assert found[0][1] == pytest.approx(QUAD, abs=1e-3)


def test_what_reaches_out_of_the_picture_is_clipped(out: Path) -> None:
    clipped = [min(max(v, 0), (WIDTH, HEIGHT)[i % 2]) for i, v in enumerate(OUTSIDE)]
    assert labels(out)[2][1] == pytest.approx(clipped, abs=1e-3)
    assert all(0 <= v <= (WIDTH, HEIGHT)[i % 2] for _, c in labels(out) for i, v in enumerate(c))


def test_every_picture_has_labels_beside_it(out: Path) -> None:
    pictures = [path for path in (out / "images").rglob("*") if path.is_file()]
    assert len(pictures) == 4
    for picture in pictures:
        beside = (out / "labels" / picture.relative_to(out / "images")).with_suffix(".txt")
        assert beside.is_file()


def test_texts_stand_in_the_order_of_the_lines(out: Path) -> None:
    entries = [json.loads(line) for line in (out / "texts" / "train.jsonl").open()]
    first = next(entry for entry in entries if entry["image_id"] == "alpha/train/img_1")
    assert first["region_ids"] == [f"alpha/train/img_1#{k}" for k in range(1, 5)]
    assert first["texts"] == ['Grüße, "日本"', None, "###", None]
    assert (out / first["file"]).is_file()


def test_data_yaml_names_folders_that_are_there(out: Path, corpus: Path) -> None:
    about = yaml.safe_load((out / "data.yaml").read_text())
    assert about["names"] == {0: "text", 1: "dont_care"}
    assert "path" not in about  # readers would take it from the folder they are started in
    assert (about["train"], about["test"], about["val"]) == (
        "images/train",
        "images/test",
        "images/test",
    )
    export([open_manifest(corpus, "beta", "test")], "yolo-obb", out)
    about = yaml.safe_load((out / "data.yaml").read_text())
    for split in ("train", "val"):
        assert (out / about[split]).is_dir()


def test_what_was_changed_is_counted(corpus: Path, tmp_path: Path) -> None:
    about = export(find_manifests(corpus), "yolo-obb", tmp_path / "out")
    assert about["changed"] == {"regions_as_rectangles": 1, "regions_clipped": 1}
