"""An image with its regions, as list, JSON and picture."""

import json
from pathlib import Path

import numpy as np
import pytest

from manifests.__main__ import main
from manifests.drawing import FOCUS
from manifests.images import decode

IMAGE = "alpha/train/img_1"


def test_the_list_has_every_region_and_what_is_in_quarantine(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", IMAGE, "--data", str(corpus)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (f"{IMAGE}: 160x120 JPEG RGB, 4 regions, 2 of them care, 1 in quarantine")
    assert lines[2].split() == [
        "1", f"{IMAGE}#1", "alpha/train_gt/gt_img_0.txt:1", "'Grüße,", '"日本"\'',
    ]  # fmt: skip
    assert lines[5].endswith("no text  don't-care: marked")
    assert "bad_line: 3 fields where there should be 9" in lines[6]
    assert lines[7].strip() == "'1,2,3'"


def test_json_has_the_numbers_of_the_picture(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", IMAGE, "--data", str(corpus), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [region["number"] for region in shown["regions"]] == [1, 2, 3, 4]
    assert [row["source_line"] for row in shown["quarantined"]] == [9]


def test_the_picture_has_the_region_that_was_named(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "look.png"
    assert main(["show", f"{IMAGE}#1", "--data", str(corpus), "--out", str(out)]) == 0
    pixels = decode(out.read_bytes()).pixels
    assert pixels.shape == (480, 640, 3)
    assert (pixels == FOCUS).all(axis=2).any()
    assert main(["show", IMAGE, "--data", str(corpus), "--out", str(out)]) == 0
    assert not (decode(out.read_bytes()).pixels == FOCUS).all(axis=2).any()
    assert np.array_equal([path.name for path in tmp_path.iterdir()], ["look.png"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([f"{IMAGE}#9"], "has no region"),
        (["alpha/train/img_1", "--out", "{}/x.jpg"], "give --out {}/x.png"),
        (["alpha/train/img_1", "--out", "{}/none/x.png"], "give another --out"),
        (["alpha/train/img_1", "--raw", "{}", "--out", "{}/x.png"], "with --raw"),
    ],
)
def test_what_cannot_be_shown(
    corpus: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    says: str,
) -> None:
    given = [argument.format(tmp_path) for argument in arguments]
    assert main(["show", *given, "--data", str(corpus)]) == 2
    assert says.format(tmp_path) in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
