"""The train command, from shards to a run and from a pretrain to a finetune."""

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import yaml

from manifests.entry import main
from manifests.errors import UserError
from manifests.findings import Code, findings_table, write_findings
from manifests.shardset import open_shards
from model.__main__ import build_parser
from model.__main__ import main as model_main
from model.commands.leaks import warn_of_evaluation
from model.config import load_config
from model.lineage import resumed
from tests.model.plain_preset import PLAIN
from tests.model.test_resume import make_run

pytestmark = pytest.mark.usefixtures("mindspore")


@pytest.fixture(scope="module")
def preset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = yaml.safe_load(load_config(PLAIN).to_yaml())
    tree["network"] |= {
        "channels": [2, 2, 3, 3, 4], "input_width": 64, "input_height": 48,
        "anchor_heights": [12, 24], "window_channels": 4, "rnn_units": 3, "dense_units": 4,
    }  # fmt: skip
    task = {"mix": "tiny", "batch": 2, "steps": 3, "warmup_steps": 1, "learning_rate": 0.01}
    for name in ("pretrain", "finetune"):
        tree[name] |= task
        tree[name]["evaluation"]["every"] = 0
    path = tmp_path_factory.mktemp("presets") / "tiny.yaml"
    path.write_text(yaml.safe_dump(tree))
    return path


def train(data: Path, preset: Path, *arguments: str) -> int:
    command = ["train", "--data", str(data), "--preset", str(preset), *arguments]
    args = build_parser().parse_args(command)
    return int(args.run(args))


def only_run(data: Path, task: str) -> Path:
    (folder,) = (data / "runs").glob(f"{task}-tiny-*")
    return folder


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--task", "pretrain", "--workers", "0"], "--workers must be at least 1, not 0"),
        (["--task", "pretrain", "--workers", "1000"], "--workers 1000 on the CPU wants as many"),
        (["--task", "backbone", "--images", "x", "--workers", "2"], "leave out --workers"),
    ],
)
def test_a_number_of_workers_that_cannot_be_is_refused(
    preset: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        train(tmp_path, preset, *arguments)


def test_more_workers_than_cores_are_refused_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    from model.commands.plan import check_workers

    monkeypatch.setattr("os.cpu_count", lambda: 3)
    check_workers(3, "CPU")
    check_workers(4, "GPU")
    with pytest.raises(UserError, match="this machine has 3; give --workers 3 at most"):
        check_workers(4, "CPU")
    monkeypatch.setattr("model.commands.plan.is_worker", lambda: True)
    check_workers(4, "CPU")  # the others may be elsewhere


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that workers are started with; none is."""
    commands: list[list[str]] = []

    def launch(command: Sequence[str], _workers: int, _logs: Path) -> int:
        commands.append(list(command))
        return 0

    monkeypatch.setattr("model.commands.train.launch", launch)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    # what this process was started with is not what the command was given
    monkeypatch.setattr("sys.argv", ["pytest", "--of", "the", "process"])
    return commands


@pytest.mark.parametrize("entry", ["textlines", "python -m model"])
def test_workers_are_given_what_the_command_was_given(
    tiny_data: Path, preset: Path, tmp_path: Path, launched: list[list[str]], entry: str
) -> None:
    given = ["train", "--task", "pretrain", "--data", str(tiny_data), "--preset", str(preset)]
    given += ["--workers", "2", "--run", str(tmp_path / "run"), "--set", "pretrain.steps=2"]
    assert (main(["model", *given]) if entry == "textlines" else model_main(given)) == 0
    assert launched == [["-m", "model", *given, f"--run={tmp_path / 'run'}"]]
    args = build_parser().parse_args(launched[0][2:])
    assert (args.folder, args.changes) == (tmp_path / "run", ["pretrain.steps=2"])


@pytest.mark.parametrize("named", [True, False])
def test_workers_go_on_with_the_run_that_was_found(
    tiny_data: Path, tmp_path: Path, launched: list[list[str]], named: bool
) -> None:
    (tmp_path / "shards").symlink_to(tiny_data / "shards")
    run = make_run(tmp_path / "runs" / "one", mix="tiny", workers=2)
    given = ["train", "--data", str(tmp_path), "--resume", *([str(run)] if named else [])]
    assert main(["model", *given]) == 0
    assert launched == [["-m", "model", *given, f"--resume={run}"]]
    assert build_parser().parse_args(launched[0][2:]).resume == str(run)


def test_a_finetune_goes_on_from_the_last_pretrain(
    tiny_data: Path, preset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from model.checkpoints import load
    from model.runs import latest_checkpoint

    data = tmp_path / "data"
    data.mkdir()
    (data / "shards").symlink_to(tiny_data / "shards")
    with pytest.raises(UserError, match=r"no finished pretrain run .* --task pretrain"):
        train(data, preset, "--task", "finetune")
    assert train(data, preset, "--task", "pretrain") == 0
    pretrain = only_run(data, "pretrain")
    assert capsys.readouterr().out == f"run: {pretrain}\n"
    last = pretrain / "checkpoints" / "last.ckpt"
    assert latest_checkpoint(data, "finetune", "pretrain") == last.parent / last.name
    rate = "finetune.learning_rate=1e-30"
    assert train(data, preset, "--task", "finetune", "--set", rate, "finetune.seed=9") == 0
    finetune = only_run(data, "finetune")
    lineage = json.loads((finetune / "lineage.json").read_text())
    assert lineage["start"]["kind"] == "checkpoint"
    assert lineage["start"]["path"] == str(last.relative_to(data))
    assert lineage["shards"]["digest"] == "d"
    assert load_config(finetune / "config.yaml").finetune.seed == 9
    before, after = load(last), load(finetune / "checkpoints" / "last.ckpt")
    # At no learning rate at all only the batch statistics move: the weights were taken over.
    for name in ("scores.weight", "backbone.block5.conv5_3.convolution.weight"):
        np.testing.assert_allclose(
            after.parameters[name].asnumpy(), before.parameters[name].asnumpy(), atol=1e-7
        )


def learnt(folder: Path) -> tuple[list[list[float]], dict[str, bytes]]:
    """The losses of a run's every step and the parameters it ended with."""
    from model.checkpoints import load

    names = ("loss", "classification", "vertical", "side", "learning_rate")
    entries = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    parameters = load(folder / "checkpoints" / "last.ckpt").parameters
    losses = [[entry[name] for name in names] for entry in entries]
    return losses, {name: value.asnumpy().tobytes() for name, value in parameters.items()}


@pytest.mark.parametrize("task", ["pretrain", "finetune"])
def test_the_same_training_gives_the_same_losses_to_the_last_bit(
    tiny_data: Path, preset: Path, tmp_path: Path, task: str
) -> None:
    """In this process with two loader threads, and in one of its own with one."""
    from model.checkpoints import save
    from model.network import Ctpn

    start = tmp_path / "start.ckpt"
    save(start, Ctpn(load_config(preset).network), load_config(preset), 0)
    arguments = ["--task", task, *(["--checkpoint", str(start)] if task == "finetune" else [])]
    here, elsewhere = (
        [*arguments, "--run", str(tmp_path / workers), "--set", f"{task}.steps=5",
         f"loader.workers={workers}"] for workers in ("2", "1")
    )  # fmt: skip
    command = [sys.executable, "-m", "model", "train", "--data", str(tiny_data)]
    with subprocess.Popen(
        [*command, "--preset", str(preset), *elsewhere], stderr=subprocess.PIPE
    ) as other:
        assert train(tiny_data, preset, *here) == 0
        assert other.wait() == 0, other.communicate()[1].decode()
    losses, parameters = learnt(tmp_path / "2")
    assert len({tuple(step) for step in losses}) == 5
    assert learnt(tmp_path / "1") == (losses, parameters)


def test_a_full_network_needs_a_start(tiny_data: Path, preset: Path) -> None:
    says = r"batch_norm is frozen, which needs a trained backbone.*pretrain\.frozen_blocks=0 \("
    with pytest.raises(UserError, match=says):
        train(tiny_data, preset, "--task", "pretrain", "--set", "network.batch_norm=frozen")


@pytest.mark.parametrize("task", ["pretrain", "finetune"])
def test_blocks_of_random_weights_are_not_frozen(
    tiny_data: Path, preset: Path, tmp_path: Path, task: str
) -> None:
    from model.config import Task
    from model.starting import Start, build_network

    changes = [f"{task}.frozen_blocks=1"]
    config, named = load_config(preset, changes), cast(Task, task)
    says = rf"{task}\.frozen_blocks is 1, .*--backbone FILE .*set .*{task}\.frozen_blocks=0"
    with pytest.raises(UserError, match=says):
        build_network(config, named, "CPU", Start("random"))
    build_network(load_config(preset), named, "CPU", Start("random"))
    run = ["--run", str(tmp_path / "run"), "--set", *changes, "network.batch_norm=batch"]
    if task == "pretrain":
        with pytest.raises(UserError, match=says):
            train(tiny_data, preset, "--task", task, *run)
    assert not (tmp_path / "run").exists()


def test_a_backbone_starts_a_pretrain(tiny_data: Path, preset: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    channels, width, arrays = (2, 2, 3, 3, 4), 3, {}
    for block, (count, out) in enumerate(zip((2, 2, 3, 3, 3), channels, strict=True), 1):
        for n in range(1, count + 1):
            scale = math.sqrt(2 / (9 * width))
            weight = rng.standard_normal((out, width, 3, 3)) * scale
            arrays[f"conv{block}_{n}.weight"] = weight.astype(np.float32)
            arrays[f"conv{block}_{n}.bias"] = np.zeros(out, np.float32)
            width = out
    np.savez(tmp_path / "vgg16.npz", **arrays)
    folder = tmp_path / "run"
    frozen = ["network.batch_norm=frozen", "pretrain.frozen_blocks=2", "pretrain.steps=1"]
    arguments = ["--backbone", str(tmp_path / "vgg16.npz"), "--run", str(folder), "--set", *frozen]
    assert train(tiny_data, preset, "--task", "pretrain", *arguments) == 0
    start = json.loads((folder / "lineage.json").read_text())["start"]
    assert (start["kind"], len(start["sha256"])) == ("backbone", 64)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--mix", "none"], "no shards of the mix 'none'"),
        (["--checkpoint", "absent.ckpt"], "no checkpoint at absent.ckpt"),
        (["--backbone", "absent.npz"], "no backbone at absent.npz"),
        (["--set", "pretrain.steeps=1"], "did you mean steps"),
        (["--set", "pretrain.batch=6"], "do not fill a batch of 6"),
        (["--images", "x"], "--images is for --task backbone; a detector is trained on"),
        (
            ["--set", "pretrain.evaluation.every=1", "pretrain.evaluation.start=0"],
            r"pretrain\.evaluation\.start must be at least 1, the first epoch, not 0",
        ),
        (["--device", "Ascend"], "MindSpore cannot use Ascend here"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_written(
    tiny_data: Path, preset: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    folder = tmp_path / "run"
    with pytest.raises(UserError, match=message):
        train(tiny_data, preset, "--task", "pretrain", "--run", str(folder), *arguments)
    assert not folder.exists()


def test_damaged_shards_are_noticed(tiny_data: Path, preset: Path, tmp_path: Path) -> None:
    import shutil

    data = tmp_path / "data"
    shutil.copytree(tiny_data / "shards", data / "shards")
    path = data / "shards" / "tiny" / "tiny.mindrecord1"
    content = bytearray(path.read_bytes())
    content[-500] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"tiny\.mindrecord1 is missing or not what was written"):
        train(data, preset, "--task", "pretrain")


TRAINED, TESTED = "tiny/train/img_0", "other/test/img_7"


@pytest.fixture
def leaking(tiny_data: Path, tmp_path: Path) -> Path:
    """Shards that tell what they are made of, and findings of a pair with a test split."""
    data = tmp_path / "data"
    shutil.copytree(tiny_data / "shards", data / "shards")
    index = data / "shards" / "tiny" / "shards.json"
    info = json.loads(index.read_text())
    info["mix"] |= {"seed": 1, "shards": 2, "members": [["tiny", "train", 0, 0.0, 1.0]]}
    info["inputs"] = [{"name": "tiny/train", "fingerprint": "f"}]
    index.write_text(json.dumps(info))
    code = Code("leak_near", "error", "One picture twice.", "Drop one.")
    pair = code.finding("tiny", "train", "the same", image_id=TRAINED, other_image_id=TESTED)
    path = data / "report" / "findings.parquet"
    write_findings(path, findings_table([pair]), [code], {"tiny/train": "f"})
    return data


def test_a_leaking_mix_is_refused_before_anything_is_written(
    leaking: Path, preset: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    workers = str(min(2, os.cpu_count() or 1))
    for more in ([], ["--workers", workers]):
        with pytest.raises(UserError, match=rf"{TRAINED} and {TESTED} .*finding-leak_near.html"):
            train(leaking, preset, "--task", "pretrain", "--run", str(run), *more)
    assert not run.exists()


def test_leaks_that_are_allowed_stand_in_the_lineage(
    leaking: Path, preset: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = tmp_path / "run"
    arguments = ["--task", "pretrain", "--run", str(run), "--allow-leaks"]
    assert train(leaking, preset, *arguments, "--set", "pretrain.steps=1") == 0
    assert "the mix tiny leaks, which was allowed" in caplog.text
    leaks = json.loads((run / "lineage.json").read_text())["leaks"]
    assert (leaks["state"], leaks["pairs"]) == ("allowed", [[TRAINED, TESTED, "leak_near"]])


def test_shards_without_a_report_are_unchecked_and_the_lineage_says_so(
    leaking: Path, preset: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (leaking / "report" / "findings.parquet").unlink()
    run = tmp_path / "run"
    arguments = ["--task", "pretrain", "--run", str(run), "--set", "pretrain.steps=1"]
    assert train(leaking, preset, *arguments) == 0
    assert "the mix tiny was not checked for leaks" in caplog.text
    leaks = json.loads((run / "lineage.json").read_text())["leaks"]
    assert leaks["state"] == "unchecked"
    assert "findings.parquet" in leaks["why"]


def test_an_evaluation_on_what_is_trained_on_is_warned_of(
    leaking: Path, caplog: pytest.LogCaptureFixture
) -> None:
    index = leaking / "shards" / "tiny" / "shards.json"
    info = json.loads(index.read_text())
    val = leaking / "shards" / "val"
    val.mkdir()
    for members, said in (
        ([["tiny", "train", 0, 0.9, 1.0]], "take the same images of tiny/train"),
        ([["other", "test", 0, 0.0, 1.0]], f"the first of them {TRAINED} as {TESTED}"),
        ([["third", "val", 0, 0.0, 1.0]], ""),
    ):
        mix = {**info["mix"], "name": "val", "members": members}
        (val / "shards.json").write_text(json.dumps({**info, "mix": mix}))
        caplog.clear()
        warn_of_evaluation(leaking, open_shards(leaking, "tiny"), open_shards(leaking, "val"))
        assert said in caplog.text
        assert bool(said) == bool(caplog.text)


def test_a_run_that_now_leaks_is_gone_on_with_only_if_that_is_allowed(leaking: Path) -> None:
    lineage = {"leaks": {"state": "unchecked"}, "task": "pretrain"}
    later = resumed(lineage, 5, "CPU", {"state": "allowed", "count": 1})
    assert later["leaks"]["state"] == "allowed"
    assert resumed(lineage, 5, "CPU", {"state": "none"})["leaks"]["state"] == "unchecked"
