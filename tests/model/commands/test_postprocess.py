import argparse
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from manifests.errors import UserError
from manifests.identity import sha256_file
from model.commands import postprocess
from model.config import Config, load_config
from model.detector.results import detection_of
from model.export.weights import read_weights
from model.outputs import text_lines
from model.submission import read_submission
from model.thresholds import Thresholds, write_thresholds
from tests.model.export.small import small_config, write_small
from tests.model.plain_preset import PLAIN
from tests.model.raw_outputs.raw_folders import outputs_of, write_outputs, write_run

SIZE = (480, 288)
WORDS = {"img_1": [(4, 3, 9)], "img_2": [(4, 3, 9), (10, 12, 20)], "img_3": []}


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(PLAIN)


@pytest.fixture
def raw(tmp_path: Path, config: Config) -> Path:
    """Three pictures, as large as the input, with one word, two and none."""
    for name, words in WORDS.items():
        write_outputs(tmp_path / "raw", name, outputs_of(config, SIZE, words))
    write_run(tmp_path / "raw", len(WORDS))
    return tmp_path / "raw"


def run(raw: Path, *more: str | Path, source: tuple[str | Path, ...] = ("--config", PLAIN)) -> int:
    parser = argparse.ArgumentParser()
    postprocess.add_parser(parser.add_subparsers())
    out = raw.parent / "out"
    given = ["postprocess", raw, *source, "--out", out, *more]
    args = parser.parse_args([str(word) for word in given])
    return int(args.run(args))


def write_truth(path: Path, config: Config, quads: bool) -> Path:
    """What the outputs say is the truth, of img_1, img_2 and an image without outputs."""
    with zipfile.ZipFile(path, "w") as file:
        for name in ("img_1", "img_2"):
            found = text_lines(outputs_of(config, SIZE, WORDS[name]), config)
            shapes = found.quads.reshape(-1, 8) if quads else found.boxes - [0, 0, 1, 1]
            lines = (",".join(map(str, np.rint(shape).astype(int))) + ",word" for shape in shapes)
            file.writestr(f"gt_{name}.txt", "\n".join(lines).replace(",word", ',"word"'))
        file.writestr("gt_img_9.txt", "1,1,9,1,9,9,1,9,x" if quads else '1,1,9,9,"x"')
    return path


def test_lines_are_those_of_the_outputs(
    raw: Path, config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(raw) == 0
    assert "3 pictures, 3 lines, 0 skipped" in capsys.readouterr().out
    out = raw.parent / "out"
    entries = [json.loads(line) for line in (out / "predictions.jsonl").read_text().splitlines()]
    assert [entry["name"] for entry in entries] == list(WORDS)
    for entry in entries:
        found = text_lines(outputs_of(config, SIZE, WORDS[entry["name"]]), config)
        wanted = detection_of(*SIZE, found.quads, found.scores).to_dict()
        assert {key: entry[key] for key in wanted} == wanted
        assert entry["image"] == f"pictures/{entry['name']}.jpg"
    about = json.loads((out / "about.json").read_text())
    assert about["made_by"] == "python -m model postprocess"
    assert about["raw"]["run"]["engine"] == "MindSpore Lite on Ascend 0"
    submission = read_submission(out / "submission.zip", WORDS)
    assert {name: len(found) for name, found in submission.items()} == {
        name: len(words) for name, words in WORDS.items()
    }


@pytest.mark.parametrize("quads", [True, False])
def test_a_ground_truth_gives_scores(
    raw: Path, config: Config, capsys: pytest.CaptureFixture[str], quads: bool
) -> None:
    truth = write_truth(raw.parent / "gt.zip", config, quads)
    assert run(raw, "--gt", truth) == 0
    said = capsys.readouterr().out
    assert "1 images have no outputs and count as empty: img_9" in said
    assert "1 pictures have no ground truth, left out: img_3" in said
    scores = json.loads((raw.parent / "out" / "scores.json").read_text())["protocols"]
    assert list(scores) == (["iou"] if quads else ["deteval", "icdar2013", "iou"])
    for score in scores.values():
        assert (score["precision"], score["recall"], score["images"]) == (1.0, 0.75, 3)
        assert score["ground_truths"] == 4
    submission = read_submission(raw.parent / "out" / "submission.zip", WORDS)
    assert submission["img_1"].shapes.shape[1] == (8 if quads else 4)


def test_damage_is_named_counted_and_scored_as_nothing_found(
    raw: Path, config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    (raw / "img_1.side.bin").unlink()
    (raw / "skipped.jsonl").write_text('{"image": "x.jpg", "reason": "r", "detail": "d"}\n')
    truth = write_truth(raw.parent / "gt.zip", config, False)
    assert run(raw, "--gt", truth) == 1
    said = capsys.readouterr()
    assert "skipped img_1: no img_1.side.bin" in said.err
    assert "skipped x.jpg: d" in said.err
    assert "2 pictures, 2 lines, 2 skipped" in said.out
    assert "2 images have no outputs and count as empty: img_1, img_9" in said.out
    out = raw.parent / "out"
    skipped = [json.loads(line) for line in (out / "skipped.jsonl").read_text().splitlines()]
    assert [entry["image"] for entry in skipped] == ["x.jpg", "img_1"]
    score = json.loads((out / "scores.json").read_text())["protocols"]["iou"]
    assert score["recall"] == 0.5


def test_a_picture_that_was_lost_on_the_way_is_told_and_counted(
    raw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in raw.glob("img_2.*"):
        path.unlink()
    assert run(raw) == 1
    said = capsys.readouterr()
    assert "skipped run.json: it counts 3 pictures, and there are files of 2" in said.err
    assert "2 pictures, 1 line, 1 skipped" in said.out
    [row] = (raw.parent / "out" / "skipped.jsonl").read_text().splitlines()
    assert json.loads(row)["reason"] == "raw_missing"


def test_a_rerun_replaces_what_it_wrote_and_nothing_else(raw: Path, config: Config) -> None:
    truth = write_truth(raw.parent / "gt.zip", config, False)
    run(raw, "--gt", truth)
    out = raw.parent / "out"
    assert (out / "scores.json").is_file()
    run(raw, "--shapes", "rectangles")
    assert not (out / "scores.json").exists()
    assert read_submission(out / "submission.zip", WORDS)["img_1"].shapes.shape == (1, 4)
    (out / "about.json").write_text('{"made_by": "python -m model predict"}')
    with pytest.raises(UserError, match="which no `postprocess` wrote"):
        run(raw)
    assert (out / "submission.zip").is_file()


def test_an_archive_of_someone_else_stays(raw: Path) -> None:
    (raw.parent / "out").mkdir()
    (raw.parent / "out" / "submission.zip").write_bytes(b"mine")
    with pytest.raises(UserError, match=r"holds submission.zip"):
        run(raw)
    assert (raw.parent / "out" / "submission.zip").read_bytes() == b"mine"


def test_names_that_no_archive_can_hold_are_told(
    raw: Path, config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    write_outputs(raw, "photo", outputs_of(config, SIZE, []))
    assert run(raw) == 0
    assert "1 pictures are not named img_N" in capsys.readouterr().out
    assert not (raw.parent / "out" / "submission.zip").exists()


def test_a_ground_truth_of_other_pictures_is_an_error(raw: Path) -> None:
    with zipfile.ZipFile(raw.parent / "gt.zip", "w") as file:
        file.writestr("gt_img_77.txt", '0,0,9,9,"x"')
    with pytest.raises(UserError, match="none of the pictures is in the ground truth"):
        run(raw, "--gt", raw.parent / "gt.zip")


def test_thresholds_can_be_changed(raw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(raw, "--set", "lines.min_score=0.99")
    assert "3 pictures, 0 lines" in capsys.readouterr().out


@pytest.fixture
def small_raw(tmp_path: Path) -> Path:
    """One picture, as large as the small detector's input, with nothing on it."""
    write_outputs(tmp_path / "raw", "img_1", outputs_of(small_config(), (64, 48), []))
    write_run(tmp_path / "raw", 1)
    return tmp_path / "raw"


def write_chosen(path: Path, checkpoint: Path) -> Path:
    """Thresholds of a sweep."""
    chosen = {"checkpoint_sha256": sha256_file(checkpoint), "mix": "m", "shards_digest": "d"}
    chosen |= {"protocol": "iou", "hmean": 0.5, "images": 1}
    write_thresholds(path, Thresholds({"lines": {"min_score": 0.42}}, chosen))
    return path


def test_thresholds_of_a_checkpoint_are_those_of_the_file_exported_from_it(
    small_raw: Path, tmp_path: Path
) -> None:
    pytest.importorskip("onnx", reason="needs the packages onnx and onnxruntime")
    pytest.importorskip("onnxruntime", reason="needs the packages onnx and onnxruntime")
    from model.export.onnx_file import build_onnx, write_onnx

    checkpoint = write_small(tmp_path / "small.safetensors")
    exported = tmp_path / "small.onnx"
    write_onnx(build_onnx(read_weights(checkpoint), (64, 48)), exported)
    given = ["--checkpoint", exported, "--thresholds"]
    thresholds = write_chosen(tmp_path / "thresholds.yaml", checkpoint)
    assert run(small_raw, *given, thresholds, source=()) == 0
    about = json.loads((tmp_path / "out" / "about.json").read_text())
    assert about["lines"]["min_score"] == 0.42
    others = write_chosen(tmp_path / "others.yaml", exported)
    with pytest.raises(UserError, match="chosen for another checkpoint"):
        run(small_raw, *given, others, source=())


def test_thresholds_of_a_sweep_are_those_of_the_checkpoint(small_raw: Path, tmp_path: Path) -> None:
    raw, checkpoint = small_raw, write_small(tmp_path / "small.safetensors")
    thresholds = write_chosen(tmp_path / "thresholds.yaml", checkpoint)
    given = ["--checkpoint", checkpoint, "--thresholds", thresholds]
    assert run(raw, *given, source=()) == 0
    about = json.loads((raw.parent / "out" / "about.json").read_text())
    assert about["lines"]["min_score"] == 0.42
    assert about["thresholds_from"] == str(thresholds)
    other = write_small(tmp_path / "other.safetensors", **{"scores.bias": np.ones(4, np.float32)})
    with pytest.raises(UserError, match="chosen for another checkpoint"):
        run(raw, "--checkpoint", other, "--thresholds", thresholds, source=())
    with pytest.raises(UserError, match="give it with --checkpoint"):
        run(raw, "--thresholds", thresholds)
