"""Building the report: whole or not at all, with pictures or without."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from manifests.errors import UserError
from manifests.sealing import load_sealed, write_sealed
from model.__main__ import main
from model.report import build
from model.report.build import write_report
from tests.model.report.planted import plant
from tests.pages import Tags, assert_accessible, dead_addresses, read, text_of, words


@pytest.fixture
def copy(planted: Path, tmp_path: Path) -> Path:
    """The evaluation again, without a report, and its data."""
    for name in ("data", "raw"):
        shutil.copytree(planted.parent / name, tmp_path / name)
    leave = shutil.ignore_patterns("report")
    return shutil.copytree(planted, tmp_path / "evaluation", ignore=leave)


def test_as_many_pictures_as_asked_for_are_drawn(copy: Path) -> None:
    report = write_report(copy, copy.parent / "data", pictures=1).parent
    assert len(list((report / "pictures").iterdir())) == 1
    assert "Pictures are drawn for 1 of the 6 images" in text_of(report, "images-iou.html")
    page = text_of(report, "images/alpha~train~img_0.html")
    assert "this image is not among the worst" in page


def test_without_pictures_none_is_opened(copy: Path) -> None:
    report = write_report(copy, None, copy.parent / "nowhere", pictures=0).parent
    assert not list(report.rglob("*.jpg"))
    page = report / "truths-missed-iou.html"
    assert "--pictures 0" in words(page.read_text(encoding="utf-8"))
    assert dead_addresses(page, Tags(page.read_text(encoding="utf-8"))) == []


def test_texts_of_others_are_shown_with_what_is_not_seen(copy: Path) -> None:
    """Wherever they stand: nothing in a page turns what stands around it."""
    unseen = "a\x1b[2J\u202eb\nc"
    info = load_sealed(copy / "evaluation.json")
    info |= {"mix": unseen, "run": unseen, "code": {unseen: unseen}, "lines": {unseen: unseen}}
    info["thresholds_from"] = {"words": unseen, "warnings": [unseen]}
    info["refused_images"] = {unseen: 1}
    info["shards"]["inputs"][0] |= {"name": unseen, "fingerprint": unseen}
    info["shards"]["inputs"][0]["raw"][0] |= {"uri": unseen, "sha256": unseen}
    write_sealed(copy / "evaluation.json", info)
    report = write_report(copy, pictures=0).parent
    for path in report.rglob("*.html"):
        assert not {"\x1b", "\u202e"} & set(path.read_text(encoding="utf-8")), path
        assert "a\\u001b[2J\\u202eb\\u000ac" in path.read_text(encoding="utf-8"), path
    front = (report / "index.html").read_text(encoding="utf-8")
    assert front.count("\\u202e") >= 12


def test_pictures_are_found_below_another_raw_root_and_else_said_to_be_gone(copy: Path) -> None:
    moved = copy.parent / "raw"
    (copy.parent / "data" / "manifests" / "alpha" / "train" / "raw_root.txt").write_text("/no\n")
    report = write_report(copy, copy.parent / "data").parent
    page = "images/alpha~train~img_0.html"
    assert "The picture cannot be shown" in text_of(report, page)
    report = write_report(copy, None).parent
    assert "without --data and --raw" in text_of(report, page)
    report = write_report(copy, None, moved).parent
    assert "cannot be shown" not in text_of(report, page)


@pytest.mark.parametrize("images", [0, 2])
def test_nothing_to_find_and_nothing_found_still_makes_pages(tmp_path: Path, images: int) -> None:
    names = [f"alpha/train/img_{k}" for k in range(images)]
    folder = plant(tmp_path, {name: [] for name in names}, {})
    report = write_report(folder, tmp_path / "data").parent
    for page, html, tags in read(report):
        assert_accessible(page, html, tags)
        assert dead_addresses(page, tags) == []
    assert len(list((report / "images").glob("*") if images else [])) == images


def test_a_second_build_gives_the_same_bytes_and_a_failed_one_leaves_the_last(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def contents() -> dict[Path, bytes]:
        return {p: p.read_bytes() for p in (copy / "report").rglob("*") if p.is_file()}

    write_report(copy, copy.parent / "data")
    before = contents()
    write_report(copy, copy.parent / "data")
    assert contents() == before

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(build, "overview", fail)
    with pytest.raises(UserError, match="the disk is full; make room"):
        write_report(copy, copy.parent / "data")
    assert contents() == before
    assert not [path for path in copy.iterdir() if path.name.startswith(".")]


def test_what_is_no_whole_evaluation_is_refused(copy: Path) -> None:
    with pytest.raises(UserError, match="no whole evaluation"):
        write_report(copy / "nowhere")
    truths = copy / "truths.parquet"
    data = truths.read_bytes()
    truths.write_bytes(data[:-1])
    with pytest.raises(UserError, match=r"truths\.parquet is missing or not the one that"):
        write_report(copy)
    truths.write_bytes(data)
    info = load_sealed(copy / "evaluation.json")
    (copy / "evaluation.json").write_text(json.dumps({**info, "version": 0}))
    with pytest.raises(UserError, match=r"it has version 0, not 1\); run"):
        write_report(copy)
    (copy / "evaluation.json").write_text("[]")
    with pytest.raises(UserError, match="holds no JSON object"):
        write_report(copy)
    assert not (copy / "report").exists()


def test_what_is_no_report_of_an_evaluation_is_left_alone(copy: Path) -> None:
    other = copy / "report" / "index.html"
    other.parent.mkdir()
    other.write_text("the quality report")
    with pytest.raises(UserError, match="is no report of an evaluation and would be lost"):
        write_report(copy)
    assert other.read_text() == "the quality report"


def test_the_command_needs_no_mindspore(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(copy), "--data", str(copy.parent / "data")]) == 0
    assert capsys.readouterr().out.strip() == str(copy / "report" / "index.html")
    with pytest.raises(SystemExit):
        main(["report", str(copy), "--pictures", "-1"])
    assert "it must be 0 or more" in capsys.readouterr().err
    code = (
        "import sys; from pathlib import Path; from model.report.build import write_report; "
        f"write_report(Path({str(copy)!r})); assert 'mindspore' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
