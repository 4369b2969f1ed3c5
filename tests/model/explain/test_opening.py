"""An evaluation is opened only where it is as it was written."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from manifests.errors import UserError
from manifests.identity import sha256_file
from manifests.sealing import load_sealed, write_sealed
from model.__main__ import main
from model.explain.form import check_form
from model.explain.opening import check_figures, open_info, read_info
from model.explain.place import alone
from model.explain.summary import as_table
from model.protocols import PROTOCOLS
from tests.model.explain.evaluations import found, region, stored

ONE, TWO = "alpha/test/img_1", "beta/train/img_7"
WORD = (10.0, 10.0, 110.0, 30.0)
IMAGES = {ONE: [region(ONE, 1, WORD), region(ONE, 2, (0, 90, 50, 99))], TWO: []}
LINES = {ONE: found(WORD), TWO: found((0, 0, 20, 20))}
INPUT = {"name": "alpha/test", "fingerprint": "f", "raw": [{"uri": "a", "sha256": "b"}]}
SHARDS = {"key": "k", "digest": "d", "inputs": [INPUT]}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An evaluation as it was written."""
    return stored(tmp_path_factory.mktemp("whole"), IMAGES, LINES, shards=SHARDS).folder


@pytest.fixture
def info(whole: Path) -> Any:
    """What its evaluation.json says."""
    return load_sealed(whole / "evaluation.json")


@pytest.fixture
def restored(whole: Path) -> Any:
    """The folder, whose evaluation.json is written back at the end."""
    before = (whole / "evaluation.json").read_bytes()
    yield whole
    (whole / "evaluation.json").write_bytes(before)


def commands(folder: Path) -> list[list[str]]:
    """All that open an evaluation."""
    one = str(folder)
    return [["report", one, "--pictures", "0"], ["explain", one, ONE], ["compare", one, one]]


@pytest.mark.parametrize("figure", ["hmean", "precision", "recall", "ground_truths", "detections"])
@pytest.mark.parametrize("value", [0.9999, float("nan")])
def test_a_figure_that_the_tables_do_not_give_is_refused(
    whole: Path, info: Any, figure: str, value: float
) -> None:
    images = pq.read_table(whole / "images.parquet")
    check_figures(info, images)
    for protocol in PROTOCOLS:
        edited = copy.deepcopy(info)
        edited["protocols"][protocol][figure] = value
        with pytest.raises(ValueError, match=rf"protocols\.{protocol}\.{figure} is {value} there"):
            check_figures(edited, images)
    with pytest.raises(ValueError, match=r"images is 3 there, and 2 by images\.parquet"):
        check_figures({**info, "images": 3}, images)


def test_no_command_shows_edited_figures(
    restored: Path, info: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    info["protocols"]["iou"]["hmean"] = 0.9999
    write_sealed(restored / "evaluation.json", info)
    for command in commands(restored):
        assert main(command) == 2
        said = capsys.readouterr()
        assert "protocols.iou.hmean is 0.9999 there, and 0.5 by images.parquet" in said.err
        assert not said.out


def test_an_evaluation_whose_digest_was_taken_out_is_refused(restored: Path, info: Any) -> None:
    info["coco"]["ap"] = 0.99
    (restored / "evaluation.json").write_text(json.dumps(info))
    with pytest.raises(UserError, match="its digest, self_sha256, was taken out"):
        read_info(restored)


def test_a_table_changed_with_its_digest_is_refused(tmp_path: Path, info: Any) -> None:
    stored(tmp_path, {ONE: []}, LINES, shards=SHARDS)
    info["files"] = {
        name: sha256_file(tmp_path / name) for name in info["files"] if (tmp_path / name).is_file()
    }
    write_sealed(tmp_path / "evaluation.json", info)
    with pytest.raises(UserError, match=r"images is 2 there, and 1 by images\.parquet"):
        open_info(tmp_path)


def drop(*keys: Any) -> Callable[[Any], None]:
    def edit(info: Any) -> None:
        for key in keys[:-1]:
            info = info[key]
        del info[keys[-1]]

    return edit


def put(value: Any, *keys: Any) -> Callable[[Any], None]:
    def edit(info: Any) -> None:
        for key in keys[:-1]:
            info = info[key]
        info[keys[-1]] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (drop("files"), "it has no version, or names no files"),
        (put([], "files"), "names no files"),
        (put("1", "version"), "it has version '1', not 1"),
        (put(1.0, "version"), "it has version 1.0, not 1"),
        (put(True, "version"), "it has version True, not 1"),
        (drop("mix"), "it has no mix"),
        (put(3, "mix"), "mix must be a text, not 3"),
        (drop("images"), "it has no images"),
        (put(-1, "images"), "images must be a whole number"),
        (put(10**400, "images"), "images must be a whole number"),
        (drop("seconds"), "it has no seconds"),
        (put(float("inf"), "images_per_second"), "images_per_second must be a finite number"),
        (put(None, "input"), "input must be a list"),
        (put([640], "input"), r"input must be a list, not \[640\]"),
        (put(3, "proposals"), "proposals must be a mapping"),
        (put("x", "checkpoint"), "checkpoint must be a mapping"),
        (put([1], "shards"), "shards must be a mapping"),
        (drop("shards", "inputs", 0, "name"), r"shards\.inputs\[0\] has no name"),
        (put("x", "shards", "inputs", 0, "raw", 0, "bytes"), r"raw\[0\]\.bytes must be a whole"),
        (put("x", "thresholds_from"), "thresholds_from must be a mapping"),
        (put([1], "thresholds_from", "warnings"), r"thresholds_from\.warnings\[0\] must be a text"),
        (put([], "protocols"), "protocols must be a mapping"),
        (put({}, "protocols"), "protocols has no deteval"),
        (put({}, "protocols", "iou"), r"protocols\.iou has no precision"),
        (put("<b>", "protocols", "iou", "hmean"), r"protocols\.iou\.hmean must be a finite number"),
        (put([1], "protocols", "iou", "interval", "recall"), r"interval\.recall must be a list"),
        (put({"truths": 3}, "protocols", "iou", "outcomes"), "outcomes.'truths' must be a mapping"),
        (put(None, "coco"), "coco must be a mapping"),
        (put("x", "coco", "ap"), r"coco\.ap must be a finite number"),
        (put([1], "refused_images"), "refused_images must be a mapping"),
        (put(3, "run"), "run must be a text"),
        (put({}, "lineage"), "lineage has no path"),
        (put({}, "bootstrap"), "bootstrap has no level"),
    ],
)
def test_another_form_is_told_in_words(info: Any, edit: Callable[[Any], None], words: str) -> None:
    check_form(info)
    edit(info)
    with pytest.raises(ValueError, match=words):
        check_form(info)


def test_every_command_tells_it(restored: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("", "null", "[" * 100_000, '{"version": 1}', "\ufeff{}", '{"version": 1e999}'):
        (restored / "evaluation.json").write_text(text)
        for command in commands(restored):
            assert main(command) == 2, (command[0], text[:20])
            assert "evaluation.json cannot be used (" in capsys.readouterr().err


def test_no_report_is_built_while_a_run_writes(
    whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with alone(whole):
        assert main(commands(whole)[0]) == 2
    assert "another run is writing to" in capsys.readouterr().err
    assert not (whole / "report").exists()


def test_what_others_wrote_reaches_no_terminal_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Escape sequences, line feeds, NUL and bidirectional controls are written out."""
    unseen = "a\x1b[2J\x00\u202eb\nc"
    name = f"alpha/test/{unseen}"
    one = region(name, 1, WORD, unseen) | {"raw": unseen, "region_id": f"{name}#{unseen}"}
    about: dict[str, Any] = {
        "mix": unseen,
        "checkpoint": {"path": unseen, "sha256": unseen, "step": 1},
        "shards": {**SHARDS, "digest": unseen},
        "thresholds_from": {"words": unseen, "warnings": [unseen]},
    }
    a, b = tmp_path / "a", tmp_path / "b"
    info = stored(a, {name: [one]}, {name: found(WORD)}, **about).info
    stored(b, {name: [one]}, {}, **about)
    assert main(["explain", str(a), name]) == 0
    explained = capsys.readouterr().out
    assert main(["compare", str(a), str(b)]) == 0
    compared = capsys.readouterr().out
    assert main(["explain", str(a), f"{name}#7"]) == 2
    refused = capsys.readouterr().err
    for text, times in ((explained, 7), (compared, 3), (refused, 1), (as_table(info), 2)):
        assert not {"\x1b", "\x00", "\u202e"} & set(text)
        assert text.count("\\u202e") >= times
    for text in (explained, compared, as_table(info)):
        assert not [line for line in text.split("\n") if line.startswith("c")]
