"""Evaluation joins by image id, counts every image and writes what the competition takes."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from manifests.errors import UserError
from manifests.reading import open_manifest
from manifests.shardset import open_shards
from model.evaluate import evaluate_network, load_truths, score_lines
from pipelines.normalize import normalize
from pipelines.shard import shard
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
