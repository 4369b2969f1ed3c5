"""Evaluation joins by image id, counts every image and writes what the competition takes."""

import json
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from manifests.errors import UserError
from manifests.identity import sha256_file
from manifests.reading import open_manifest
from manifests.shardset import open_shards
from model.__main__ import main
from model.config import load_config
from model.evaluate import (
    Evaluation,
    Predict,
    _pictures,
    evaluate_network,
    load_truths,
    score_lines,
)
from model.explain.folder import open_evaluation, write_evaluation
from model.explain.place import alone
from model.explain.rows import explain_evaluation
from model.files import append, write_object
from model.listing import list_runs
from model.pretrained import ChosenOn, pictures_digest
from model.protocols import evaluate
from model.submission import read_submission
from pipelines.normalize import normalize
from pipelines.shard import shard
from tests.model.explain.evaluations import ABOUT
from tests.model.export.small import write_small
from tests.model.plain_preset import PLAIN
from tests.pipelines.conftest import ONE_WORKER, picture

TRUTH = {
    "img_1": '3, 4, 30, 20, "one"\r\n36, 4, 60, 20, "two"\r\n',
    "img_2": '5, 25, 40, 40, "three"\r\n',
    "img_10": "",
}


@dataclass
class Found:
    quads: np.ndarray
    boxes: np.ndarray
    scores: np.ndarray


def found(*boxes: tuple[float, float, float, float]) -> Found:
    rows = np.array(boxes, np.float32).reshape(-1, 4)
    quads = rows[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)
    return Found(quads, rows, np.full(len(rows), 0.95, np.float32))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("evaluate")
    images = root / "raw" / "icdar13" / "Challenge2_Test_Task12_Images"
    truth = root / "raw" / "icdar13" / "Challenge2_Test_Task1_GT"
    for folder in (images, truth):
        folder.mkdir(parents=True)
    for seed, (stem, lines) in enumerate(TRUTH.items()):
        suffix, kind = (".png", "PNG") if stem == "img_10" else (".jpg", "JPEG")
        (images / f"{stem}{suffix}").write_bytes(picture(seed, "RGB", kind))
        (truth / f"gt_{stem}.txt").write_text(lines)
    normalize(root / "raw", root / "data", beam_options=ONE_WORKER)
    shard(root / "data", ["test"], beam_options=ONE_WORKER)
    return root / "data"


def perfect(data: Path) -> dict[str, Found]:
    boxes = ("left", "top", "right", "bottom")
    return {
        row["image_id"]: found(*(tuple(r["box"][side] for side in boxes) for r in row["regions"]))
        for row in open_manifest(data, "icdar13", "test").rows()
    }


def test_the_truth_scores_one_under_every_protocol(data: Path) -> None:
    truths = load_truths(data, open_shards(data, "test"))
    scores = score_lines(truths, perfect(data))
    assert {name: score.hmean for name, score in scores.items()} == {
        "deteval": 1.0,
        "icdar2013": 1.0,
        "iou": 1.0,
    }
    assert {(s.images, s.ground_truths, s.detections) for s in scores.values()} == {(3, 3, 3)}


def test_detections_are_joined_by_image_id_not_by_order(data: Path) -> None:
    """The public version pairs predictions with images by the order of a directory listing."""
    truths = load_truths(data, open_shards(data, "test"))
    lines = perfect(data)
    backwards = dict(reversed(lines.items()))
    assert score_lines(truths, backwards)["deteval"].hmean == 1.0
    exchanged = dict(zip(lines, reversed(list(lines.values())), strict=True))
    assert score_lines(truths, exchanged)["deteval"].hmean < 1.0


def test_an_image_without_a_detection_counts(data: Path) -> None:
    truths = load_truths(data, open_shards(data, "test"))
    lines = perfect(data)
    del lines["icdar13/test/img_1"]
    score = score_lines(truths, lines)["icdar2013"]
    assert (score.images, score.ground_truths, score.recall, score.precision) == (3, 3, 1 / 3, 1.0)


def test_a_network_sees_every_picture_once(data: Path) -> None:
    shapes: list[tuple[int, ...]] = []

    def predict(pixels: np.ndarray) -> Found:
        shapes.append(pixels.shape)
        return found((3, 4, 31, 21))

    evaluation = evaluate_network(predict, data, open_shards(data, "test"))
    assert shapes == [(48, 64, 3)] * 3
    assert sorted(evaluation.lines) == sorted(f"icdar13/test/{stem}" for stem in TRUTH)
    assert evaluation.scores["icdar2013"].recall == pytest.approx(1 / 3)
    assert not evaluation.truths.rows, "training has no use for them"
    assert not evaluation.brightness


def explained(data: Path, predict: Predict) -> Evaluation:
    return evaluate_network(predict, data, open_shards(data, "test"), explain=True)


def write(folder: Path, evaluation: Evaluation, name: str = "mine-3") -> dict:
    return write_evaluation(folder, evaluation, explain_evaluation(evaluation), ABOUT, name)


def test_what_is_written_scores_the_same(data: Path, tmp_path: Path) -> None:
    def predict(pixels: np.ndarray) -> Found:
        return found((3.2, 4.4, 31.3, 20.7), (36, 4, 61, 21))

    evaluation = explained(data, predict)
    write(tmp_path, evaluation)
    path = tmp_path / "submissions" / "icdar13-test" / "submit_mine-3.zip"
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == [f"res_{stem}.txt" for stem in ("img_1", "img_2", "img_10")]
        assert archive.read("res_img_1.txt") == b"3,4,30,20\r\n36,4,60,20\r\n"
    truths = {f"img_{n}": evaluation.truths.rectangles[f"icdar13/test/img_{n}"] for n in (1, 2, 10)}
    again = evaluate("deteval", truths, read_submission(path, truths))
    summary = json.loads((tmp_path / "evaluation.json").read_text())
    told = summary["protocols"]["deteval"]
    assert told["hmean"] == again.hmean == evaluation.scores["deteval"].hmean
    assert told["outcomes"]["truths"] == {
        "dont_care": 0, "matched": 2, "split": 0, "merged": 0, "low_overlap": 0, "missed": 1,
    }  # fmt: skip
    lines = [json.loads(line) for line in (tmp_path / "predictions.jsonl").read_text().splitlines()]
    assert [line["image_id"] for line in lines] == sorted(evaluation.lines)
    assert lines[0]["lines"][0]["box"] == pytest.approx([3.2, 4.4, 31.3, 20.7])


def test_the_picture_format_does_not_matter(data: Path, tmp_path: Path) -> None:
    """The public version's archive breaks where a picture is no .jpg."""
    write(tmp_path, explained(data, lambda pixels: found()))
    (path,) = tmp_path.glob("submissions/*/*.zip")
    assert zipfile.ZipFile(path).namelist() == [
        "res_img_1.txt",
        "res_img_2.txt",
        "res_img_10.txt",
    ]


def test_the_tables_lead_from_a_figure_to_a_line_of_a_file(data: Path, tmp_path: Path) -> None:
    def predict(pixels: np.ndarray) -> Found:
        return found((3, 4, 31, 21), (60, 40, 64, 48))

    write(tmp_path, explained(data, predict))
    tables = open_evaluation(tmp_path).tables
    truths = {row["region_id"]: row for row in tables["truths"].to_pylist()}
    two = truths["icdar13/test/img_1#2"]
    assert two["raw"] == '36, 4, 60, 20, "two"'
    assert (two["source_line"], two["text"], two["text_length"]) == (2, "two", 3)
    assert two["annotation_uri"].endswith("gt_img_1.txt")
    assert (two["deteval_outcome"], two["deteval_partners"]) == ("missed", [])
    one = truths["icdar13/test/img_1#1"]
    assert (one["iou_outcome"], one["iou_credit"], one["iou_partners"]) == ("matched", 1.0, [0])
    assert (one["best_detection"], one["best_iou"]) == (0, pytest.approx(1.0))
    assert (one["height"], one["width"], one["tilt"]) == (17, 28, 0)
    pixels = decoded(data, "icdar13/test/img_1")
    luma = pixels[4:21, 3:31] @ [0.299, 0.587, 0.114]
    assert one["brightness"] == pytest.approx(luma.mean(), abs=0.6)
    detections = tables["detections"].to_pylist()
    assert len(detections) == 6
    assert {row["icdar2013_outcome"] for row in detections} == {"matched", "background"}
    assert [row["touches"] for row in detections[:2]] == [1, 0]
    images = tables["images"].to_pylist()
    assert [row["image_id"] for row in images] == sorted(row["image_id"] for row in images)
    assert sum(row["deteval_recall_credit"] for row in images) == 1
    assert sum(row["deteval_truths"] for row in images) == 3


def decoded(data: Path, image_id: str) -> np.ndarray:
    """The pixels of an image of the shards."""
    seen = dict(_pictures(open_shards(data, "test")))
    return seen[image_id].astype(float)


def test_the_command_evaluates_a_run(
    mindspore: None, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From a checkpoint to the folder, the printed table, `runs`, `compare` and `explain`."""
    from model.checkpoints import save
    from model.network import Ctpn

    run = tmp_path / "runs" / "finetune-own-1"
    (run / "checkpoints").mkdir(parents=True)
    write_object(run / "lineage.json", {"task": "finetune", "preset": "own"})
    append(run / "log.jsonl", {"step": 4, "epoch": 2})
    network = ["channels=[2,2,2,2,2]", "input_width=64", "input_height=32", "dense_units=4"]
    network += ["anchor_heights=[8,20]", "rnn_units=2", "window_channels=3"]
    config = load_config(PLAIN, [f"network.{key}" for key in network])
    path = run / "checkpoints" / "best.ckpt"
    save(path, Ctpn(config.network, on_host=True), config, 4)
    arguments = ["evaluate", "--data", str(data), "--checkpoint", str(path)]
    assert main(arguments) == 0
    assert main([*arguments, "--set", "lines.min_score=0.95"]) == 0
    told = capsys.readouterr().out
    assert "changed by --set lines.min_score=0.95" in told
    assert "COCO AP " in told
    own = run / "evaluations" / "test"
    (folder,) = own.parent.glob("test-*")
    assert told.endswith(f": python -m model compare {own} {folder}\n")
    assert open_evaluation(own).info["lines"]["min_score"] == config.lines.min_score
    assert main([*arguments, "--no-report"]) == 0
    assert f"removed: {own / 'report'}," in capsys.readouterr().out
    assert not (own / "report").exists()
    with alone(own):
        assert main([*arguments, "--no-report"]) == 2
    assert "another run is writing to" in capsys.readouterr().err
    info = open_evaluation(folder).info
    assert info["checkpoint"] == {"path": str(path), "sha256": sha256_file(path), "step": 4}
    assert info["lines"]["min_score"] == 0.95
    assert info["run"] == "finetune-own-1"
    assert info["lineage"]["sha256"] == sha256_file(run / "lineage.json")
    (entry,) = info["shards"]["inputs"]
    assert entry["fingerprint"] == open_manifest(data, "icdar13", "test").fingerprint
    assert {source["uri"].partition("/")[0] for source in entry["raw"]} == {"icdar13"}
    assert "submissions/icdar13-test/submit_finetune-own-1-2.zip" in info["files"]
    assert main(["compare", str(own), str(folder)]) == 0
    assert "too few images to tell" in capsys.readouterr().out
    assert main(["explain", str(folder), "icdar13/test/img_2#1"]) == 0
    assert '5, 25, 40, 40, "three"' in capsys.readouterr().out
    scores = read_run_scores(tmp_path)
    assert [(score["mix"], score["step"]) for score in scores] == [("test", 4)] * 2
    changed = [score["changed"] for score in scores]
    assert changed == [None, "with --set lines.min_score=0.95"]
    check_another_backend(arguments, own)
    (again,) = (s["changed"] for s in read_run_scores(tmp_path) if "--backend" in str(s["changed"]))
    assert again == "with --backend onnxruntime"


def test_pictures_that_thresholds_were_chosen_on_are_warned_of(
    mindspore: None,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = write_small(tmp_path / "small.safetensors")
    arguments = ["evaluate", "--data", str(data), "--checkpoint", str(path), "--no-report"]
    rows = open_manifest(data, "icdar13", "test").rows(["image_sha256"])
    digest = pictures_digest(row["image_sha256"] for row in rows)
    monkeypatch.setattr("model.explain.origin.FOLDER", tmp_path)
    folder = tmp_path / "evaluations" / path.name / "test"
    for chosen, said in ((ChosenOn("test", "of others"), 0), (ChosenOn("other", digest), 1)):
        monkeypatch.setattr("model.pretrained._CHOSEN_ON", {"small": chosen})
        assert main(arguments) == 0
        assert capsys.readouterr().out.count("warning: the thresholds of small") == said
        assert len(open_evaluation(folder).info["thresholds_from"]["warnings"]) == said


def check_another_backend(arguments: list[str], own: Path) -> None:
    """The same figures from ONNX Runtime, in a folder of their own."""
    others = set(own.parent.iterdir())
    assert main([*arguments, "--no-report", "--backend", "onnxruntime"]) == 0
    (folder,) = set(own.parent.iterdir()) - others
    info, ours = (open_evaluation(path).info for path in (folder, own))
    assert info["checkpoint"] == {**ours["checkpoint"], "backend": "onnxruntime"}
    assert {name: score["hmean"] for name, score in info["protocols"].items()} == {
        name: score["hmean"] for name, score in ours["protocols"].items()
    }


def read_run_scores(data: Path) -> Sequence[Mapping[str, Any]]:
    """What `runs` knows of the evaluations of the one run."""
    write_run = data / "runs" / "finetune-own-1" / "config.yaml"
    write_run.write_text(load_config(PLAIN).to_yaml())
    write_object(write_run.with_name("summary.json"), {"state": "finished", "steps": 4})
    append(write_run.with_name("log.jsonl"), {"step": 4, "loss": 1.0})
    (row,) = list_runs(data)
    return row.scores


def test_shards_of_other_manifests_are_refused(data: Path, tmp_path: Path) -> None:
    mine = tmp_path / "data"
    shutil.copytree(data, mine)
    raw = tmp_path / "raw"
    shutil.copytree(data.parent / "raw", raw)
    truth = raw / "icdar13" / "Challenge2_Test_Task1_GT" / "gt_img_2.txt"
    truth.write_text('5, 25, 40, 41, "three"\r\n')
    normalize(raw, mine, beam_options=ONE_WORKER)
    with pytest.raises(UserError, match="another manifest"):
        evaluate_network(lambda pixels: found(), mine, open_shards(mine, "test"))
