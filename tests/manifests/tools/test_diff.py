"""Two versions compared on the command line."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from manifests.__main__ import main
from manifests.differences import KINDS
from tests.builders import make_image, publish_manifest

BEFORE = [make_image("alpha", "train", k) for k in range(3)]


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """A gains an image and a text, B comes, C goes, D stays."""
    old, new = tmp_path / "old", tmp_path / "new"
    publish_manifest(old, BEFORE)
    read = replace(BEFORE[0].regions[0], text="new")
    first = replace(BEFORE[0], regions=(read, *BEFORE[0].regions[1:]))
    publish_manifest(new, [first, *BEFORE[1:], make_image("alpha", "train", 5)])
    for data, name in ((new, "beta"), (old, "gamma"), (old, "delta"), (new, "delta")):
        publish_manifest(data, [make_image(name, "train", 0)], dataset=name)
    return old, new


def test_all_changes_are_told(two: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", *map(str, two)]) == 1
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "alpha/train",
        "1  images added",
        "alpha/train/img_5: with 4 regions",
        "4  regions added",
        "1  regions re-read (other text)",
        "alpha/train/img_0#1 (line 1): 'word 1' -> 'new'",
        "beta/train (new manifest)",
        "1  images added",
        "beta/train/img_0: with 4 regions",
        "4  regions added",
        "delta/train: no change",
        "gamma/train (no longer there)",
        "1  images removed",
        "gamma/train/img_0: with 4 regions",
        "4  regions removed",
    ]


def test_no_change_is_status_0(two: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    old = str(two[0])
    assert main(["diff", old, old]) == 0
    assert capsys.readouterr().out.count(": no change") == 3


def test_json_and_two_manifest_folders(
    two: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [str(data / "manifests" / "alpha" / "train") for data in two]
    assert main(["diff", *folders, "--json", "--limit", "0"]) == 1
    (found,) = json.loads(capsys.readouterr().out)
    assert set(found["counts"]) == set(KINDS)
    assert (found["counts"]["images_added"], found["counts"]["regions_reread"]) == (1, 1)
    assert found["listed"] == [] and found["old"] != found["new"]


def test_what_is_not_compared_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish_manifest(tmp_path / "old", BEFORE)
    publish_manifest(tmp_path / "new", [replace(image, mode="L") for image in BEFORE])
    assert main(["diff", str(tmp_path / "old"), str(tmp_path / "new")]) == 1
    assert "what is not compared" in capsys.readouterr().out


def test_a_damaged_manifest_is_an_error(
    two: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = two[1] / "manifests" / "alpha" / "train" / "images.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    assert main(["diff", *map(str, two)]) == 2
    assert "not what was published" in capsys.readouterr().err
