"""What a run was made of."""

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from manifests.errors import UserError
from manifests.shardset import SHARDS_VERSION, ShardSet
from model.lineage import finished, resumed, trace, warn_of_changes
from tests.builders import edit_info, make_image, publish_manifest


@pytest.fixture
def shards(tmp_path: Path) -> ShardSet:
    """Shards of a manifest below ``tmp_path``, as far as their index goes."""
    folder = publish_manifest(tmp_path, [make_image("alpha", "train", 1)])
    edit_info(folder, lambda info: info.update(sources=[{"uri": "alpha/a.zip", "sha256": "0a"}]))
    info = json.loads((folder / "manifest.json").read_text())
    entry = {"name": "alpha/train", "fingerprint": info["fingerprint"], "images": 1}
    index = {"shards_version": SHARDS_VERSION, "mix": {"name": "m"}, "inputs": [entry]}
    return ShardSet(tmp_path / "shards" / "m", index)


def test_inputs_lead_back_to_the_raw_files(tmp_path: Path, shards: ShardSet) -> None:
    (entry,) = trace(tmp_path, shards)
    assert entry["verified"] is True
    assert entry["raw"] == [{"uri": "alpha/a.zip", "sha256": "0a"}]
    assert entry["fingerprint"] == shards.info["inputs"][0]["fingerprint"]


def test_shards_of_another_manifest_are_refused(tmp_path: Path, shards: ShardSet) -> None:
    publish_manifest(tmp_path, [make_image("alpha", "train", 2)])
    match = r"from another manifest of alpha/train .* `python -m pipelines shard --data .* --mix m`"
    with pytest.raises(UserError, match=match):
        trace(tmp_path, shards)


def test_shards_that_were_copied_alone_are_unverified(
    tmp_path: Path, shards: ShardSet, caplog: pytest.LogCaptureFixture
) -> None:
    (entry,) = trace(tmp_path / "elsewhere", replace(shards, folder=tmp_path / "elsewhere"))
    assert entry == {**shards.info["inputs"][0], "verified": False}
    assert "no manifest of alpha/train" in caplog.text


def test_other_code_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now: dict[str, Any] = {"code": {"commit": "b" * 40}, "versions": {"numpy": "1"}}
    monkeypatch.setattr("model.lineage.surroundings", lambda: now)
    warn_of_changes({**now, "device": "CPU"}, "CPU")
    assert caplog.messages == []
    caplog.set_level(logging.WARNING)
    warn_of_changes({**now, "code": {"commit": "a" * 40}, "device": "GPU"}, "CPU")
    assert [message.partition(" has")[0] for message in caplog.messages] == [
        "the code",
        "the device",
    ]


def test_what_happens_to_a_run_is_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.lineage.surroundings", lambda: {"code": {}})
    (tmp_path / "last.ckpt").write_bytes(b"abc")
    lineage = resumed(resumed({"task": "pretrain"}, 4, "CPU"), 9, "GPU")
    lineage = finished(lineage, tmp_path)
    assert [(entry["step"], entry["device"]) for entry in lineage["resumed"]] == [
        (4, "CPU"), (9, "GPU"),
    ]  # fmt: skip
    moved = resumed(lineage, 12, "CPU", data=tmp_path)
    assert moved["resumed"][-1]["data"] == str(tmp_path.resolve())
    assert lineage["task"] == "pretrain"
    assert lineage["checkpoints"]["last.ckpt"].startswith("ba7816bf")


def test_a_run_that_began_without_evaluation_notes_what_it_is_evaluated_on(tmp_path: Path) -> None:
    shards = ShardSet(tmp_path, {"key": "k", "digest": "d", "images": 5})
    lineage: dict[str, Any] = {"task": "pretrain", "evaluation": None}
    assert resumed(lineage, 4, "CPU", evaluation=None)["evaluation"] is None
    noted = resumed(lineage, 4, "CPU", evaluation=shards)["evaluation"]
    assert noted == {"key": "k", "digest": "d"}
    others = {"evaluation": {"digest": "other"}}
    assert resumed(others, 4, "CPU", evaluation=shards)["evaluation"] == others["evaluation"]
