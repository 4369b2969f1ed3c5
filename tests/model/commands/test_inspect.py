"""``python -m model inspect``: the parts it writes, what it says, and what it refuses."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from manifests.findings import find_parts
from manifests.geometry import polygon_from_box
from manifests.identity import sha256_bytes
from manifests.images import encode_png
from manifests.reading import RAW_ROOT, open_manifest
from manifests.records import Region
from model.__main__ import main
from tests.builders import make_image, publish_manifest
from tests.model.plain_preset import PLAIN


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """One picture: a word without a label, and a label where there is nothing."""
    pixels = np.full((360, 640, 3), 230, np.uint8)
    font = cv2.FONT_HERSHEY_DUPLEX
    cv2.putText(pixels, "Restaurant", (60, 90), font, 1.0, (20, 20, 20), 2, cv2.LINE_AA)
    picture = encode_png(pixels)
    image = make_image("alpha", "train", 0, 0)
    region = Region(f"{image.image_id}#1", polygon_from_box(60, 160, 300, 240), "EXIT", "", 1)
    image = replace(image, image_uri="a.png", image_sha256=sha256_bytes(picture), width=640)
    image = replace(image, height=360, regions=(region,))
    folder = publish_manifest(tmp_path, [image])
    (tmp_path / "a.png").write_bytes(picture)
    (folder / RAW_ROOT).write_text(f"{tmp_path}\n")
    return tmp_path


def inspect(data: Path, *options: str) -> int:
    return main(["inspect", "--data", str(data), *options])


def test_the_fit_needs_no_detector(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inspect(data, "--no-detector", "--preset", "full", str(PLAIN)) == 0
    (part,) = find_parts(data)
    assert part.producer == "ctpn_fit"
    manifest = open_manifest(data, "alpha", "train")
    assert part.fingerprints == {"alpha/train": manifest.fingerprint}
    tall = [r["message"] for r in part.table.to_pylist() if r["code"] == "taller_than_anchors"]
    assert tall == ["plain: 60.0 px, taller than the tallest anchor (48 px)"]
    said = capsys.readouterr().out
    assert "alpha/train: plain (480x288): 1 of 1 (100.0%) care regions fit badly" in said
    assert "ctpn_fit.parquet" in said


@pytest.mark.usefixtures("mindspore")
def test_the_detector_doubts_two_labels(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the weights of the project; a second time nothing is looked at again."""
    assert inspect(data, "--preset", str(PLAIN)) == 0
    fit, detector = find_parts(data)
    assert (fit.producer, detector.producer) == ("ctpn_fit", "detector")
    rows = detector.table.to_pylist()
    assert {row["code"] for row in rows} == {"unlabelled_text", "nothing_there", "looked_at"}
    for row in rows:
        if row["code"] == "unlabelled_text":  # in one piece or in several
            left, top, right, bottom = _box(row["polygon"])
            assert 50 < left < right < 270
            assert 50 < top < 80 < bottom < 110
    assert {r["region_id"] for r in rows if r["code"] == "nothing_there"} == {"alpha/train/img_0#1"}
    assert "1 of 1 pictures (100.0%)" in capsys.readouterr().out
    before = (data / "findings" / ".detector.jsonl").read_text()
    (data / "a.png").unlink()
    assert inspect(data, "--preset", str(PLAIN)) == 0
    assert (data / "findings" / ".detector.jsonl").read_text() == before
    assert find_parts(data)[1].table.equals(detector.table)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--images", "-1"], "--images -1"),
        (["--preset", "huge"], "no preset 'huge'"),
    ],
)
def test_what_cannot_be_is_said(
    data: Path, options: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert inspect(data, "--no-detector", *options) == 2
    assert reason in capsys.readouterr().err


def test_presets_of_one_name_are_told_apart_or_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / name / "mine.yaml" for name in ("a", "b")]
    for file, width in zip(files, (640, 320), strict=True):
        file.parent.mkdir()
        file.write_text(f"extends: {PLAIN}\nnetwork: {{input_width: {width}}}\n")
    assert inspect(data, "--no-detector", "--preset", *map(str, files)) == 2
    assert f"{files[0]} and {files[1]} have the same name" in capsys.readouterr().err
    assert inspect(data, "--no-detector", "--preset", str(files[0])) == 0
    once = capsys.readouterr().out
    assert inspect(data, "--no-detector", "--preset", str(files[0]), str(files[0])) == 0
    assert capsys.readouterr().out == once


def test_without_manifests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inspect(tmp_path) == 2
    assert "no manifest below" in capsys.readouterr().err


def _box(polygon: list[float]) -> tuple[float, float, float, float]:
    xs, ys = polygon[0::2], polygon[1::2]
    return min(xs), min(ys), max(xs), max(ys)


def test_what_cannot_be_written_is_told_without_a_traceback(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "findings").write_text("a file where a folder belongs")
    assert inspect(data, "--no-detector", "--preset", str(PLAIN)) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ") and str(data / "findings") in said
