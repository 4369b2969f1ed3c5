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
    answer = json.loads(capsys.readouterr().out)
    outcomes = answer.pop("outcomes")
    assert answer == {
        "protocol": protocol,
        "precision": 0.5,
        "recall": 1.0,
        "hmean": 2 / 3,
        "images": 2,
        "ground_truths": 1,
        "detections": 2,
    }
    assert {kind: n for kind, n in outcomes["truths"].items() if n} == {
        "dont_care": 1,
        "matched": 1,
    }
    found = {"dont_care": 1, "matched": 1, "background": 1}
    assert {kind: n for kind, n in outcomes["detections"].items() if n} == found


def test_the_tables_have_a_row_for_each_protocol_and_each_outcome(
    archives: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--protocol", "icdar2013", *archives]) == 0
    figures, truths, detections = (part.splitlines() for part in printed(capsys))
    headings, row = figures
    assert headings == "protocol   precision  recall  hmean   images  ground truths  detections"
    assert row == "icdar2013  0.5000     1.0000  0.6667  2       1              2"
    assert truths[0].split() == ["ground", "truths", "icdar2013"]
    assert "matched        1" in truths and "missed         0" in truths
    assert detections[0].split() == ["detections", "icdar2013"]
    assert [line.split()[1] for line in detections[1:]] == ["1", "1", "0", "0", "0", "1"]


def printed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.rstrip("\n").split("\n\n")


def test_without_a_protocol_all_that_fit_are_scored(
    archives: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(archives) == 0
    rows = printed(capsys)[0].splitlines()[1:]
    assert [row.split()[0] for row in rows] == ["deteval", "icdar2013", "iou"]
    assert run([*archives, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert list(answer) == ["protocols"]
    assert [score["hmean"] for score in answer["protocols"].values()] == [2 / 3] * 3
    with zipfile.ZipFile(tmp_path / "found.zip", "w") as file:
        file.writestr("res_img_1.txt", "0,0,99,0,99,9,0,9")
    assert run([*archives, "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)["protocols"]) == ["iou"]


def test_lenient_leaves_out_counts_and_says_so(
    archives: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "found.zip", "a") as file:
        file.writestr("notes.txt", "hello")
        file.writestr("res_img_2.txt", "hello\n" * 5)
    bad = f"{tmp_path}/found.zip!res_img_2.txt, line"
    with pytest.raises(UserError, match=r"notes.txt: every file"):
        run(archives)
    assert run([*archives, "--protocol", "iou", "--lenient"]) == 0
    figures, dropped, *_ = printed(capsys)
    assert figures.splitlines()[0].split()[-1] == "read"
    assert figures.splitlines()[1].split()[-1] == "leniently"
    assert f"  not coordinates: 5 ({bad} 1, {bad} 2, {bad} 3, ...)" in dropped.splitlines()
    assert f"  wrong name: 1 ({tmp_path}/found.zip!notes.txt)" in dropped.splitlines()
    assert run([*archives, "--protocol", "iou", "--lenient", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["hmean"], answer["lenient"]) == (2 / 3, True)
    assert answer["dropped"] == {"not coordinates": 5, "wrong name": 1}
    assert answer["dropped_places"]["not coordinates"] == [f"{bad} {n}" for n in (1, 2, 3)]


def test_lenient_with_nothing_to_leave_out_says_that(
    archives: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*archives, "--lenient"]) == 0
    assert "nothing was left out" in capsys.readouterr().out


def test_ground_truth_is_never_read_leniently(archives: list[str], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "gt.zip", "a") as file:
        file.writestr("gt_img_3.txt", "hello")
    with pytest.raises(UserError, match=r"gt_img_3.txt, line 1: expected"):
        run([*archives, "--lenient"])


def test_an_archive_that_cannot_be_read_is_named(archives: list[str]) -> None:
    with pytest.raises(UserError, match=r"nothing.zip: cannot be read"):
        run(["--protocol", "iou", *archives[:3], "nothing.zip"])
