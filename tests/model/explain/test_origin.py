"""What figures were made with, and what an archive is called."""

import hashlib
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from manifests.errors import UserError
from manifests.identity import sha256_file
from manifests.mixes import load_mix
from manifests.shardset import ShardSet
from model.config import load_config
from model.explain.origin import (
    changed_settings,
    chosen_on_pictures,
    decoding,
    require_of_run,
    submission_name,
)
from model.explain.subject import Subject
from model.files import append
from model.pretrained import FOLDER, ChosenOn, chosen_on, names, pictures_digest
from model.thresholds import Thresholds, write_thresholds


def shards(mix: str = "val", digest: str = "d") -> ShardSet:
    return ShardSet(Path("nowhere"), {"mix": {"name": mix}, "digest": digest})


def make_run(tmp_path: Path, **lineage: Any) -> Path:
    folder = tmp_path / "runs" / "finetune-lite-1"
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "lineage.json").write_text(json.dumps(lineage))
    for step in range(1, 7):
        append(folder / "log.jsonl", {"step": step, "epoch": (step + 1) // 2})
    return folder / "checkpoints"


@pytest.mark.parametrize(
    ("name", "step", "expected"),
    [
        ("best.ckpt", 4, "finetune-lite-1-2"),
        ("last.ckpt", 6, "finetune-lite-1-3"),
        ("epoch-0012.ckpt", 4, "finetune-lite-1-12"),
        ("best.ckpt", 99, "finetune-lite-1-99"),
    ],
)
def test_an_archive_is_called_by_run_and_epoch(
    tmp_path: Path, name: str, step: int, expected: str
) -> None:
    assert submission_name(make_run(tmp_path) / name, step) == expected


def test_without_a_run_the_weights_own_name_and_step_tell(tmp_path: Path) -> None:
    assert submission_name(FOLDER / "lite.safetensors", 5500) == "lite-5500"
    assert submission_name(tmp_path / "checkpoints" / "mine.ckpt", 7) == "mine-7"
    assert submission_name(tmp_path / "epoch-0003.ckpt", 70) == "epoch-0003-3"


def test_a_checkpoint_that_took_the_place_of_another_is_refused(tmp_path: Path) -> None:
    path = make_run(tmp_path, checkpoints={"last.ckpt": "0" * 64}) / "last.ckpt"
    require_of_run(path)  # it is not there, which is told elsewhere
    path.write_bytes(b"of another run")
    with pytest.raises(UserError, match="is not the checkpoint that its run wrote"):
        require_of_run(path)
    require_of_run(path.rename(path.with_name("mine.ckpt")))
    (path.parents[1] / "lineage.json").write_text(
        json.dumps({"checkpoints": {"mine.ckpt": sha256_file(path.with_name("mine.ckpt"))}})
    )
    require_of_run(path.with_name("mine.ckpt"))


def origin(path: Path, changes: list[str], of: ShardSet) -> tuple[Any, dict[str, Any]]:
    return decoding(Subject(path, load_config("lite"), 1), changes, of)


def test_changed_settings_have_digits_of_their_own_however_they_are_changed() -> None:
    own = load_config("lite")
    score, size = "lines.min_score=0.123", f"network.input_width={own.network.input_width + 16}"
    sets = ([score], [size], [score, size], ["lines.min_score=0.124"])
    digits = [changed_settings(own, load_config("lite", changes)) for changes in sets]
    assert len({*digits, ""}) == 5
    assert {len(each) for each in digits} == {8}
    assert changed_settings(own, load_config("lite", [size, score])) == digits[2]
    assert (
        changed_settings(own, load_config("lite", [f"lines.min_score={own.lines.min_score}"])) == ""
    )


def test_where_thresholds_came_from_is_said(tmp_path: Path) -> None:
    config, told = origin(tmp_path / "a.ckpt", [], shards())
    assert told["words"] == "the checkpoint's own settings"
    assert told["warnings"] == []
    changed, told = origin(tmp_path / "a.ckpt", ["lines.min_score=0.7"], shards())
    assert changed.lines.min_score == 0.7 != config.lines.min_score
    assert told["words"].endswith("changed by --set lines.min_score=0.7")
    with pytest.raises(UserError, match="after training"):
        origin(tmp_path / "a.ckpt", ["network.rnn_units=3"], shards())


def test_a_mix_that_took_part_is_warned_of(tmp_path: Path) -> None:
    run = make_run(tmp_path, shards={"digest": "trained"}, evaluation={"digest": "chosen"})
    for name, digest, said in (
        ("best.ckpt", "chosen", "best of its run on this very mix"),
        ("best.ckpt", "trained", "trained on this very mix"),
        ("last.ckpt", "chosen", ""),
        ("best.ckpt", "other", ""),
    ):
        warnings = " ".join(origin(run / name, [], shards(digest=digest))[1]["warnings"])
        assert said in warnings if said else not warnings


def test_the_pictures_tell_what_thresholds_were_chosen_on_and_not_the_mix_s_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = ChosenOn("val", pictures_digest(["aa", "bb"]))
    monkeypatch.setattr("model.pretrained._CHOSEN_ON", {"lite": chosen})
    lite = Subject(FOLDER / "lite.safetensors", load_config("lite"), 1)
    exported = replace(lite, path=tmp_path / "a.onnx", checkpoint=lite.path)
    own, file = {"kind": "checkpoint"}, {"kind": "file"}
    for subject in (lite, exported):
        assert decoding(subject, [], shards("val"))[1]["warnings"] == []
        [warning] = chosen_on_pictures(subject, own, ["bb", "aa"])
        assert warning == (
            "the thresholds of lite were chosen on these very pictures, those of the mix val"
        )
        for others in ([], ["aa"], ["aa", "bb", "bb"], ["aa", "cc"]):
            assert chosen_on_pictures(subject, own, others) == []
        assert chosen_on_pictures(subject, file, ["aa", "bb"]) == []
    # thresholds of another file went into this one, and a copy may be of anything
    swept = replace(exported, chosen={"mix": "val"})
    copy = replace(lite, path=tmp_path / "lite.safetensors")
    assert chosen_on_pictures(swept, own, ["aa", "bb"]) == []
    assert chosen_on_pictures(copy, own, ["aa", "bb"]) == []


def test_the_pictures_are_those_of_the_mix_that_the_card_names(shared: Path) -> None:
    with zipfile.ZipFile(shared / "raw" / "icdar15" / "ch4_training_images.zip") as archive:
        pictures = {
            f"icdar15/train/{Path(name).stem}": name
            for name in archive.namelist()
            if name.endswith(".jpg")
        }
        mix = load_mix("icdar15_val")
        taken = [name for image, name in pictures.items() if mix.member_of(image)]
        digests = [hashlib.sha256(archive.read(name)).hexdigest() for name in taken]
    assert chosen_on("lite") == (mix.name, pictures_digest(digests))


def test_the_cards_say_the_same() -> None:
    for name in names():
        card = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
        chosen = chosen_on(name)
        assert chosen is None or f"chosen on the same `{chosen.mix}`" in card


def test_thresholds_of_a_file_go_below_changes_and_tell_what_they_were_chosen_on(
    tmp_path: Path,
) -> None:
    checkpoint, file = tmp_path / "a.ckpt", tmp_path / "t.yaml"
    checkpoint.write_bytes(b"weights")
    chosen = {
        "checkpoint_sha256": sha256_file(checkpoint), "mix": "val", "shards_digest": "d",
        "protocol": "iou", "hmean": 0.5, "images": 9,
    }  # fmt: skip
    values = {"lines": {"min_score": 0.65, "gap": 16.0}}
    write_thresholds(file, Thresholds(values, chosen))
    loaded = Subject(checkpoint, load_config("lite"), 1)
    config, told = decoding(loaded, ["lines.gap=48"], shards("test", digest="other"), file)
    assert (config.lines.min_score, config.lines.gap) == (0.65, 48)
    assert (told["kind"], told["changes"]) == ("file", ["lines.gap=48"])
    assert told["file"] == {"path": str(file), "sha256": sha256_file(file)}
    assert told["chosen"] == chosen
    assert f"{file}, chosen on val" in told["words"] and "--set lines.gap=48" in told["words"]
    assert not told["warnings"]
    [warning] = decoding(loaded, [], shards("val", digest="d"), file)[1]["warnings"]
    assert "chosen on this very mix, val" in warning
    by_hand = {"by": "hand", "checkpoint_sha256": chosen["checkpoint_sha256"]}
    write_thresholds(file, Thresholds(values, by_hand))
    told = decoding(loaded, [], shards("val", digest="d"), file)[1]
    assert "chosen by hand" in told["words"] and not told["warnings"]
    checkpoint.write_bytes(b"others")
    with pytest.raises(UserError, match="chosen for another checkpoint"):
        decoding(loaded, [], shards(), file)
