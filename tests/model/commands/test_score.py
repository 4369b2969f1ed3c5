import argparse
import json
import zipfile
from pathlib import Path

import pytest

from manifests.errors import UserError
from model.commands import score


@pytest.fixture
def archives(tmp_path: Path) -> list[str]:
    """One image with a word and a don't-care box, and a result that finds the word and a ghost."""
    with zipfile.ZipFile(tmp_path / "gt.zip", "w") as file:
        file.writestr("gt_img_1.txt", '0, 0, 99, 9, "word"\n0, 50, 99, 59, "###"\n')
        file.writestr("gt_img_2.txt", "")
    with zipfile.ZipFile(tmp_path / "found.zip", "w") as file:
        file.writestr("res_img_1.txt", "0,0,99,9\r\n0,50,99,59\r\n300,300,310,310\r\n")
    return ["--gt", str(tmp_path / "gt.zip"), "--submission", str(tmp_path / "found.zip")]


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    score.add_parser(parser.add_subparsers())
    args = parser.parse_args(["score", *arguments])
    return int(args.run(args))


@pytest.mark.parametrize("protocol", ["deteval", "icdar2013", "iou"])
def test_json_is_one_object(
    archives: list[str], protocol: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--protocol", protocol, *archives, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "protocol": protocol,
        "precision": 0.5,
        "recall": 1.0,
        "hmean": 2 / 3,
        "images": 2,
        "ground_truths": 1,
        "detections": 2,
    }


def test_the_table_has_one_row_under_its_headings(
    archives: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--protocol", "icdar2013", *archives]) == 0
    headings, row = capsys.readouterr().out.splitlines()
    assert headings == "protocol   precision  recall  hmean   images  ground truths  detections"
    assert row == "icdar2013  0.5000     1.0000  0.6667  2       1              2"


def test_an_archive_that_cannot_be_read_is_named(archives: list[str]) -> None:
    with pytest.raises(UserError, match=r"nothing.zip: cannot be read"):
        run(["--protocol", "iou", *archives[:3], "nothing.zip"])


def test_a_protocol_is_required(archives: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(archives)
    assert "--protocol" in capsys.readouterr().err
