"""Which mixes thresholds may be chosen on."""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from manifests.errors import UserError
from manifests.shardset import SHARDS_VERSION, open_shards
from model import evaluate
from model.commands import sweep
from model.config import load_config
from model.outputs import Outputs
from model.protocols.inputs import GroundTruths
from model.sweep import DEFAULT_GRID, Sweep
from model.transforms import fit


def make(data: Path, mix: str, *inputs: str) -> None:
    folder = data / "shards" / mix
    folder.mkdir(parents=True)
    info = {
        "shards_version": SHARDS_VERSION, "mix": {"name": mix}, "key": "k", "digest": "d",
        "images": 3, "inputs": [{"name": name, "fingerprint": "f"} for name in inputs],
        "files": [],
    }  # fmt: skip
    (folder / "shards.json").write_text(json.dumps(info))


def test_a_mix_that_holds_a_test_split_is_refused_and_others_are_named(tmp_path: Path) -> None:
    make(tmp_path, "mine", "icdar15/train", "icdar13/test")
    with pytest.raises(UserError, match=r"mine holds icdar13/test.*val or icdar15_val, once"):
        sweep.refuse_test(tmp_path, open_shards(tmp_path, "mine"))
    make(tmp_path, "my_val", "coco_text/val")
    make(tmp_path, "other_val", "svt/test")
    make(tmp_path, "test_pictures", "test/train")
    with pytest.raises(UserError, match=r"--mix my_val$"):
        sweep.refuse_test(tmp_path, open_shards(tmp_path, "mine"))
    sweep.refuse_test(tmp_path, open_shards(tmp_path, "my_val"))
    sweep.refuse_test(tmp_path, open_shards(tmp_path, "test_pictures"))


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    sweep.add_parser(parser.add_subparsers())
    return parser.parse_args(["sweep", *arguments])


def test_it_is_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    make(tmp_path, "test", "icdar13/test")
    args = parsed("--data", str(tmp_path), "--mix", "test", "--checkpoint", "nowhere")
    with pytest.raises(UserError, match="say nothing"):
        args.run(args)
    make(tmp_path, "val", "coco_text/val")
    args = parsed("--data", str(tmp_path), "--mix", "val", "--out", "mine.txt")
    with pytest.raises(UserError, match=r"ends with \.yaml"):
        args.run(args)


def test_a_file_of_somebody_is_refused_before_the_network_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mindspore: None
) -> None:
    make(tmp_path, "val", "coco_text/val")
    (tmp_path / "t.json").write_text("mine")
    monkeypatch.setattr(sweep, "_look", lambda *_: pytest.fail("the network runs"))
    out = str(tmp_path / "t.yaml")
    data = ["--data", str(tmp_path), "--mix", "val", "--checkpoint", "lite"]
    args = parsed(*data, "--out", out)
    with pytest.raises(UserError, match=r"t\.json is there, and no `sweep` wrote it"):
        args.run(args)


class Blind:
    """A network that sees nothing."""

    def outputs(self, picture: np.ndarray) -> Outputs:
        scores = np.zeros((4, 4, 12), np.float32)
        vertical = np.zeros((4, 4, 12, 2), np.float32)
        return Outputs(scores, vertical, scores, fit(64, 64, 64, 64))


@pytest.mark.parametrize(
    ("texts", "words"),
    [(["word"], "no setting finds anything under iou"), (["###"], "val has no text to find")],
)
def test_where_there_is_nothing_to_choose_by_nothing_is_chosen(
    texts: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "val", "coco_text/val")
    quads = {"a": GroundTruths.from_texts([[0, 0, 9, 0, 9, 9, 0, 9]], texts)}
    monkeypatch.setattr(evaluate, "load_truths", lambda *_: evaluate.Truths({}, quads, {}))
    picture = np.zeros((64, 64, 3), np.uint8)
    monkeypatch.setattr(evaluate, "pictures", lambda *_: iter([("a", picture)]))
    trial: Any = Blind()
    with pytest.raises(UserError, match=words):
        sweep._look(
            trial,
            tmp_path,
            open_shards(tmp_path, "val"),
            Sweep(DEFAULT_GRID, load_config("lite"), "iou"),
        )
