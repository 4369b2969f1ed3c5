"""Two workers under MindSpore's launcher train as one does with twice the batch."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from manifests.errors import UserError
from manifests.sealing import load_sealed, write_sealed
from manifests.shardset import ShardSet
from model.__main__ import build_parser
from model.config import Config, load_config
from tests.model.plain_preset import PLAIN

CORES = os.cpu_count() or 1
pytestmark = [
    pytest.mark.usefixtures("mindspore"),
    pytest.mark.skipif(
        CORES < 2, reason="two workers on the CPU want two cores, and this machine has one"
    ),
]

ROOT = Path(__file__).resolve().parents[2]
TEXTLINES = "import sys; from manifests.entry import main; sys.exit(main())"
"""The installed command, which hands on less than it was given itself."""
STEPS = 3
TINY = [
    "network.channels=[4, 4, 6, 8, 8]",
    # The batch's own statistics are each worker's own: frozen ones are the same for all.
    "network.batch_norm=frozen",
    "network.input_width=64",
    "network.input_height=48",
    "network.anchor_heights=[12, 24]",
    "network.window_channels=8",
    "network.rnn_units=4",
    "network.dense_units=8",
    "sample.anchors=24",
    "pretrain.mix=tiny",
    f"pretrain.steps={STEPS}",
    "pretrain.warmup_steps=0",
    "pretrain.learning_rate=0.05",
    "pretrain.evaluation.every=0",
]


def config_of(batch: int) -> Config:
    return load_config(PLAIN, [*TINY, f"pretrain.batch={batch}"])


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory, mindspore: None) -> Path:
    """A checkpoint to start from."""
    import mindspore as ms

    from model.checkpoints import save
    from model.network import Ctpn

    ms.set_seed(1)
    path = tmp_path_factory.mktemp("start") / "start.ckpt"
    save(path, Ctpn(config_of(1).network), config_of(1), 0)
    return path


@pytest.fixture(scope="module")
def together(tiny_data: Path, start: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of two workers with one image each, and what the launcher said."""
    folder = tmp_path_factory.mktemp("runs")
    preset = folder / "tiny.yaml"
    preset.write_text(config_of(1).to_yaml())
    command = [
        sys.executable, "-c", TEXTLINES, "model", "train", "--task", "pretrain",
        "--data", str(tiny_data), "--preset", str(preset), "--checkpoint", str(start),
        "--run", str(folder / "run"), "--workers", "2",
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=600, env=os.environ
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "said.txt").write_text(done.stdout)
    return folder


def alone(shards: ShardSet, start: Path, folder: Path) -> None:
    """One process with a batch of two."""
    from model.checkpoints import load, restore
    from model.loader import Loader
    from model.network import Ctpn
    from model.runs import Run
    from model.train import Training

    config = config_of(2)
    network = Ctpn(config.network)
    restore(network, load(start))
    loader = Loader(shards, config, 2, config.pretrain.seed)
    run = Run(folder, config, {})
    Training(network, config, config.pretrain, loader, run).train()
    run.close()


def log(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_two_workers_equal_one_with_twice_the_batch(
    tiny_shards: ShardSet, start: Path, together: Path, tmp_path: Path
) -> None:
    """Up to the order in which float32 sums are taken: 1e-5 of a parameter's largest value."""
    from model.checkpoints import load

    alone(tiny_shards, start, tmp_path / "run")
    before = load(start).parameters
    one, two = (load(f / "run" / "checkpoints" / "last.ckpt") for f in (tmp_path, together))
    moved = 0
    for name, value in one.parameters.items():
        wanted = value.asnumpy()
        moved += not np.allclose(wanted, before[name].asnumpy(), rtol=0, atol=1e-4)
        atol = 1e-5 * max(np.abs(wanted).max(), 1e-3)
        np.testing.assert_allclose(
            two.parameters[name].asnumpy(), wanted, rtol=0, atol=atol, err_msg=name
        )
    assert moved > 10
    logs = [log(f / "run") for f in (tmp_path, together)]
    assert len(logs[0]) == STEPS
    for first, second in zip(*logs, strict=True):
        for key in ("loss", "classification", "vertical", "side"):
            assert second[key] == pytest.approx(first[key], rel=1e-5, abs=1e-7), key
        assert (first["step"], first["epoch"]) == (second["step"], second["epoch"])


def test_only_the_leading_worker_writes(together: Path, tiny_data: Path) -> None:
    run = together / "run"
    assert [entry["step"] for entry in log(run)] == list(range(1, STEPS + 1))
    lineage = json.loads((run / "lineage.json").read_text())
    assert (lineage["workers"], lineage["precision"]) == (2, "float32")
    said = (together / "said.txt").read_text()
    assert said.count(f"run: {run}\n") == 1
    assert "ONEDNN_MAX_CPU_ISA=" in said
    logs = tiny_data / "logs" / "run"
    assert "worker 1 of 2 is process" in (logs / "worker_1.log").read_text()
    assert f"run: {run}" not in (logs / "worker_1.log").read_text()


def test_a_run_goes_on_with_as_many_workers_as_it_began(together: Path) -> None:
    path = together / "run" / "summary.json"
    write_sealed(path, load_sealed(path) | {"state": "stopped"})
    args = build_parser().parse_args(["train", "--resume", str(together / "run"), "--workers", "3"])
    with pytest.raises(UserError, match="begun with --workers 2"):
        args.run(args)
