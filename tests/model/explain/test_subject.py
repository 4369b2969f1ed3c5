"""What is scored: checkpoints under a backend, exported files, and where they come from."""

import json
from pathlib import Path

import numpy as np
import pytest

from manifests.errors import UserError
from manifests.identity import sha256_file
from manifests.shardset import ShardSet
from model.explain.origin import changed_settings, decoding, describe, submission_name
from model.explain.subject import Predictor, Subject, find_checkpoint_of, read_subject
from model.export.backends import open_backend
from model.export.onnx_file import build_onnx
from model.export.weights import Weights, read_weights
from model.pretrained import FOLDER
from model.thresholds import Thresholds, write_thresholds
from tests.model.export.small import HEIGHT, WIDTH, picture, write_small

pytest.importorskip("onnxruntime", reason="needs the packages onnx and onnxruntime")

LITE = FOLDER / "lite.safetensors"


def shards(digest: str, mix: str = "val") -> ShardSet:
    info = {"mix": {"name": mix}, "digest": digest, "key": "k", "inputs": []}
    return ShardSet(Path("nowhere"), info)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of DATA with a small checkpoint, trained on the shards ``trained``."""
    folder = tmp_path / "data" / "runs" / "finetune-1"
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "lineage.json").write_text(json.dumps({"shards": {"digest": "trained"}}))
    write_small(folder / "checkpoints" / "best.safetensors")
    return folder


def export(path: Path, weights: Weights, any_size: bool = False) -> Path:
    size = None if any_size else weights.input_size
    path.write_bytes(build_onnx(weights, size).SerializeToString())
    return path


def test_an_exported_file_knows_its_checkpoint_and_run(run: Path, tmp_path: Path) -> None:
    checkpoint = run / "checkpoints" / "best.safetensors"
    file = export(tmp_path / "shipped.onnx", read_weights(checkpoint))
    subject = read_subject(file, tmp_path / "data")
    assert (subject.backend, subject.step, subject.origin) == ("onnxruntime", 7, checkpoint)
    assert subject.sha256 == sha256_file(checkpoint) != sha256_file(file)
    about = describe(subject, subject.config, "val", tmp_path, shards("d"))
    assert about["run"] == "finetune-1" and about["lineage"]["path"] == str(run / "lineage.json")
    assert about["checkpoint"] == {
        "path": str(file), "sha256": sha256_file(file), "step": 7, "backend": "onnxruntime",
        "exported_from": {"name": checkpoint.name, "sha256": subject.sha256, "step": 7},
    }  # fmt: skip
    assert submission_name(subject.origin, subject.step) == "finetune-1-7"
    [warning] = decoding(subject, [], shards("trained"))[1]["warnings"]
    assert "trained on this very mix, val" in warning
    assert not decoding(subject, [], shards("other"))[1]["warnings"]


def test_without_its_run_the_file_stands_alone(run: Path, tmp_path: Path) -> None:
    file = export(tmp_path / "shipped.onnx", read_weights(run / "checkpoints" / "best.safetensors"))
    (run / "lineage.json").write_text("{}")  # of another training under the same name
    subject = read_subject(file, tmp_path / "data")
    assert subject.checkpoint is None and subject.origin == file
    assert describe(subject, subject.config, "val", tmp_path, shards("d"))["run"] is None


def test_the_project_s_own_weights_are_known_by_their_digest() -> None:
    ours = {"name": LITE.name, "sha256": sha256_file(LITE)}
    assert find_checkpoint_of(ours, {}, Path("nowhere")) == LITE
    assert find_checkpoint_of({**ours, "sha256": "0" * 64}, {}, Path("nowhere")) is None
    assert find_checkpoint_of({**ours, "name": f"../{LITE.name}"}, {}, Path("nowhere")) == LITE
    assert find_checkpoint_of({}, {"name": "..", "lineage_sha256": None}, Path("nowhere")) is None


def test_thresholds_that_went_into_the_file_are_warned_of(run: Path, tmp_path: Path) -> None:
    checkpoint = run / "checkpoints" / "best.safetensors"
    chosen = {
        "checkpoint_sha256": sha256_file(checkpoint), "mix": "val", "shards_digest": "swept",
        "protocol": "iou", "hmean": 0.5, "images": 9,
    }  # fmt: skip
    write_thresholds(tmp_path / "t.yaml", Thresholds({"lines": {"min_score": 0.25}}, chosen))
    weights = read_weights(checkpoint).decided(thresholds=tmp_path / "t.yaml")
    subject = read_subject(export(tmp_path / "shipped.onnx", weights), tmp_path / "data")
    assert subject.config.lines.min_score == 0.25
    [warning] = decoding(subject, [], shards("swept"))[1]["warnings"]
    assert "shipped.onnx were chosen on this very mix, val" in warning
    # The same file of thresholds fits what was exported from its checkpoint.
    config, told = decoding(subject, [], shards("other"), tmp_path / "t.yaml")
    assert config.lines.min_score == 0.25 and told["kind"] == "file"


def test_another_backend_is_another_evaluation(mindspore: None, tmp_path: Path) -> None:
    own, other = (read_subject(LITE, tmp_path, name) for name in (None, "onnxruntime"))
    assert not own.is_run_otherwise and other.is_run_otherwise
    told = decoding(other, [], shards("d"))[1]
    assert told["words"] == "the checkpoint's own settings, run by onnxruntime"
    about = describe(other, other.config, "val", tmp_path, shards("d"))
    assert about["checkpoint"]["backend"] == "onnxruntime"
    assert "backend" not in describe(own, own.config, "val", tmp_path, shards("d"))["checkpoint"]
    assert changed_settings(own.config, own.config) == ""
    assert changed_settings(own.config, own.config, "onnxruntime") != ""


def test_lines_are_the_same_whoever_resizes(run: Path, tmp_path: Path) -> None:
    """A file of any size would resize in its graph; an evaluation resizes as Detector does."""
    weights = read_weights(run / "checkpoints" / "best.safetensors")
    one = export(tmp_path / "one.onnx", weights)
    every = export(tmp_path / "any.onnx", weights, any_size=True)
    seen = picture(3 * WIDTH, 2 * HEIGHT)
    lines = [Predictor(open_backend(path)).predict(seen) for path in (one, every)]
    assert len(lines[0].scores) > 0
    np.testing.assert_allclose(lines[0].quads, lines[1].quads, atol=1e-3)


def test_a_file_for_pictures_of_another_size_is_refused(run: Path, tmp_path: Path) -> None:
    weights = read_weights(run / "checkpoints" / "best.safetensors")
    path = tmp_path / "camera.onnx"
    path.write_bytes(build_onnx(weights, (128, 96)).SerializeToString())
    with pytest.raises(UserError, match="128x96 px alone"):
        Predictor(open_backend(path)).predict(picture(WIDTH, HEIGHT))


def test_a_subject_of_no_export_is_its_own_origin(tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    path.write_bytes(b"weights")
    subject = Subject(path, read_weights(LITE).config, 3)
    assert subject.origin == path and subject.sha256 == sha256_file(path)
