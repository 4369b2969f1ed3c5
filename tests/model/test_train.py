"""Training a tiny network on a few pictures."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from manifests.errors import UserError
from manifests.sealing import load_sealed
from manifests.shardset import ShardSet
from model.config import Config, load_config
from model.curves import draw_curves
from model.files import write_object
from model.listing import read_run
from model.runs import default_checkpoint
from tests.model.plain_preset import PLAIN

if TYPE_CHECKING:
    from model.network import Ctpn
    from model.train import Training

pytestmark = pytest.mark.usefixtures("mindspore")

TINY = [
    "network.channels=[4, 4, 6, 8, 8]",
    "network.input_width=128",
    "network.input_height=96",
    "network.anchor_heights=[16, 24, 36]",
    "network.window_channels=8",
    "network.rnn_units=4",
    "network.dense_units=8",
    "sample.anchors=64",
    "sample.max_positive=32",
    "pretrain.batch=2",
    "pretrain.epochs=3",
    "pretrain.steps=0",
    "pretrain.warmup_steps=2",
    "pretrain.learning_rate=0.01",
    "pretrain.optimizer=adam",
    "pretrain.checkpoint_every=1",
    "pretrain.keep=2",
]


def tiny(*changes: str) -> Config:
    return load_config(PLAIN, [*TINY, *changes])


def network_of(config: Config, seed: int = 1) -> "Ctpn":
    import mindspore as ms

    from model.network import Ctpn

    ms.set_seed(seed)
    return Ctpn(config.network, config.pretrain.frozen_blocks)


def training(config: Config, shards: ShardSet, folder: Path, **extra: Any) -> "Training":
    from model.loader import Loader
    from model.runs import Run
    from model.train import Training

    task = config.pretrain
    batches = Loader(shards, config, task.batch, task.seed)
    run = Run(folder, config, {"task": "pretrain"})
    return Training(network_of(config), config, task, batches, run, **extra)


def values(network: "Ctpn") -> dict[str, Any]:
    return {p.name: p.asnumpy().copy() for p in network.get_parameters()}


def test_a_few_steps_on_one_batch_bring_the_loss_down(tiny_shards: ShardSet) -> None:
    from model.loader import Loader
    from model.step import TrainingStep

    config = tiny()
    batch = next(Loader(tiny_shards, config, 2, 1).epoch(1))
    step = TrainingStep(network_of(config), config, config.pretrain)
    losses = [step(batch.arrays(), 0.01) for _ in range(25)]
    assert losses[-1].loss < 0.5 * losses[0].loss
    assert losses[-1].vertical < losses[0].vertical


def test_a_step_follows_the_learning_rate_it_is_given(tiny_shards: ShardSet) -> None:
    from model.loader import Loader
    from model.step import TrainingStep

    config = tiny("pretrain.optimizer=momentum", "pretrain.weight_decay=0")
    arrays = next(Loader(tiny_shards, config, 2, 1).epoch(1)).arrays()
    network = network_of(config)
    step = TrainingStep(network, config, config.pretrain)
    moves = []
    for rate in (0.1, 0.0, 0.2):
        before = values(network)["scores.bias"]
        # Momentum carries the last step's direction on; at rate 0 nothing may move at all.
        step(arrays, rate)
        moves.append(np.abs(values(network)["scores.bias"] - before).max())
    assert moves[0] > 0
    assert moves[1] == 0
    assert moves[2] > moves[0]


def test_weight_decay_spares_biases_and_norms() -> None:
    from model.step import decays

    config = tiny()
    spared = [p.name for p in network_of(config).trainable_params() if not decays(p)]
    assert all(name.endswith(("bias", "gamma", "beta")) or ".bias_" in name for name in spared)
    assert "rows.lstm.bias_hh_l0" in spared
    assert len(spared) == 13 * 2 + 4 + 1 + 1 + 3


def test_frozen_blocks_stay_as_they_are(tiny_shards: ShardSet) -> None:
    from model.loader import Loader
    from model.step import TrainingStep

    config = tiny("pretrain.frozen_blocks=2")
    network = network_of(config)
    before = values(network)
    step = TrainingStep(network, config, config.pretrain)
    for batch in Loader(tiny_shards, config, 2, 1).epoch(1):
        step(batch.arrays(), 0.05)
    after = values(network)
    moved = {name for name in before if not np.array_equal(before[name], after[name])}
    frozen = {name for name in before if ".block1." in name or ".block2." in name}
    assert len(frozen) == 4 * 5
    assert not moved & frozen
    assert moved == set(before) - frozen


def test_a_run_is_a_folder_with_all_that_belongs_to_it(
    tiny_shards: ShardSet, tmp_path: Path
) -> None:
    from model.checkpoints import load

    config = tiny("pretrain.evaluation.every=1", "pretrain.evaluation.start=2")
    hmeans = iter((0.5, 0.25))
    seen = []

    def evaluate(predict: Any) -> dict[str, float]:
        seen.append(predict(np.zeros((50, 70, 3), np.uint8)))
        return {"hmean": next(hmeans)}

    run = training(config, tiny_shards, tmp_path / "run", evaluate=evaluate)
    run.train()
    folder = tmp_path / "run"
    assert load_config(folder / "config.yaml") == config
    assert load_sealed(folder / "lineage.json") == {"task": "pretrain"}
    entries = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert [(entry["step"], entry["epoch"]) for entry in entries] == [
        (1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3),
    ]  # fmt: skip
    for entry in entries:
        parts = [entry[name] for name in ("classification", "vertical", "side")]
        weights = (config.loss.classification, config.loss.vertical, config.loss.side)
        assert entry["loss"] == pytest.approx(np.dot(weights, parts), rel=1e-4)
        assert 0 <= entry["wait_share"] <= 1
        assert entry["images_per_second"] > 0
    names = sorted(path.name for path in (folder / "checkpoints").iterdir())
    assert names == ["best.ckpt", "epoch-0002.ckpt", "epoch-0003.ckpt", "last.ckpt"]
    assert load(folder / "checkpoints" / "best.ckpt").step == 4
    assert load(folder / "checkpoints" / "last.ckpt").step == 6
    results = [json.loads(x) for x in (folder / "evaluations.jsonl").read_text().splitlines()]
    assert [(result["epoch"], result["hmean"]) for result in results] == [(2, 0.5), (3, 0.25)]
    assert len(seen) == 2


@pytest.mark.parametrize("keep", [0, 1, 3, 5])
def test_a_training_keeps_as_many_epochs_as_it_was_told(
    tiny_shards: ShardSet, tmp_path: Path, keep: int
) -> None:
    config = tiny("pretrain.epochs=4", f"pretrain.keep={keep}")
    training(config, tiny_shards, tmp_path / "run").train()
    names = sorted(path.stem for path in (tmp_path / "run" / "checkpoints").glob("epoch-*"))
    assert names == [f"epoch-{epoch:04d}" for epoch in range(1, 5)][max(0, 4 - keep) :]


def test_an_evaluation_without_a_score_makes_no_checkpoint_the_best(
    tiny_shards: ShardSet, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config, folder = tiny("pretrain.steps=1", "pretrain.evaluation.every=1"), tmp_path / "run"
    training(config, tiny_shards, folder, evaluate=lambda _: {"hmean": None}).train()
    assert "has no score and is never the best" in caplog.text
    assert not (folder / "checkpoints" / "best.ckpt").exists()
    assert json.loads((folder / "evaluations.jsonl").read_text())["hmean"] is None
    assert draw_curves(folder)
    write_object(folder / "lineage.json", {"task": "pretrain", "preset": "lite"})
    row = read_run(folder)
    assert (row.state, row.best) == ("stopped", None), row.problem


def test_the_first_network_of_those_that_find_nothing_is_not_the_best(
    tiny_shards: ShardSet, tmp_path: Path
) -> None:
    from model.checkpoints import load

    config, nothing = tiny("pretrain.evaluation.every=1"), {"hmean": 0.0}
    training(config, tiny_shards, tmp_path / "none", evaluate=lambda _: nothing).train()
    checkpoints = tmp_path / "none" / "checkpoints"
    assert default_checkpoint(checkpoints) == checkpoints / "last.ckpt"
    hmeans = iter((0.0, 0.25, 0.0))
    run = training(
        config, tiny_shards, tmp_path / "one", evaluate=lambda _: {"hmean": next(hmeans)}
    )
    run.train()
    assert load(tmp_path / "one" / "checkpoints" / "best.ckpt").step == 4


@pytest.mark.parametrize(("best", "stays"), [(0.0, False), (0.5, True)])
def test_a_best_checkpoint_that_found_nothing_does_not_outlive_going_on(
    tiny_shards: ShardSet, tmp_path: Path, best: float, stays: bool
) -> None:
    from model.checkpoints import load

    run = training(tiny(), tiny_shards, tmp_path / "run")
    run.best = best
    run.run.save("best", run.network, 0)
    run._save()
    run.resume(load(tmp_path / "run" / "checkpoints" / "last.ckpt"))
    assert (tmp_path / "run" / "checkpoints" / "best.ckpt").exists() == stays
    assert run.best == best


def test_steps_take_the_place_of_epochs(tiny_shards: ShardSet, tmp_path: Path) -> None:
    run = training(tiny("pretrain.steps=3"), tiny_shards, tmp_path / "run")
    run.train()
    assert run.step == 3
    assert len((tmp_path / "run" / "log.jsonl").read_text().splitlines()) == 3


def test_a_loss_that_is_no_number_names_the_images(tiny_shards: ShardSet, tmp_path: Path) -> None:
    from model.checkpoints import load

    run = training(tiny("pretrain.save_every=1"), tiny_shards, tmp_path / "run")
    epoch = run.loader.epoch

    def poisoned(number: int, skip: int = 0) -> Any:
        for place, batch in enumerate(epoch(number, skip)):
            if place:
                batch.vertical[:] = math.nan
            yield batch

    run.loader.epoch = poisoned  # type: ignore[method-assign]
    match = (
        r"loss is nan at step 2 .*tiny/train/img_\d, tiny/train/img_\d\. .*"
        r"state is that of step 1: .*--resume .*run`.*--checkpoint .*last\.ckpt"
    )
    with pytest.raises(UserError, match=match):
        run.train()
    assert load(tmp_path / "run" / "checkpoints" / "last.ckpt").step == 1
    assert len((tmp_path / "run" / "log.jsonl").read_text().splitlines()) == 1


def test_another_seed_gives_another_network() -> None:
    first, second = (values(network_of(tiny(), seed))["scores.weight"] for seed in (1, 2))
    assert not np.array_equal(first, second)


def test_a_run_does_not_write_into_a_folder_that_holds_something(
    tiny_shards: ShardSet, tmp_path: Path
) -> None:
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(UserError, match="is not empty"):
        training(tiny(), tiny_shards, tmp_path)


def test_a_checkpoint_gives_back_the_network_that_was_saved(tmp_path: Path) -> None:
    from model.checkpoints import load, restore, save

    config = tiny()
    network = network_of(config, seed=3)
    path = tmp_path / "a.ckpt"
    save(path, network, config, 17)
    assert [p.name for p in tmp_path.iterdir()] == ["a.ckpt"]
    checkpoint = load(path)
    assert (checkpoint.step, checkpoint.config) == (17, config)
    other = network_of(config, seed=4)
    restore(other, checkpoint)
    wanted, found = values(network), values(other)
    assert wanted.keys() == found.keys()
    for name in wanted:
        np.testing.assert_array_equal(found[name], wanted[name], err_msg=name)


def test_a_checkpoint_that_does_not_fit_names_the_parameters(tmp_path: Path) -> None:
    from model.checkpoints import load, restore, save

    config = tiny()
    save(tmp_path / "a.ckpt", network_of(config), config, 0)
    wider = tiny("network.dense_units=9")
    other = network_of(wider)
    before = values(other)
    with pytest.raises(UserError, match=r"dense\.weight is \(8, 8\), not \(9, 8\)"):
        restore(other, load(tmp_path / "a.ckpt"))
    assert all(np.array_equal(before[name], value) for name, value in values(other).items())


@pytest.mark.parametrize("content", [b"", b"no checkpoint at all", b"\x08" * 300])
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    from model.checkpoints import load

    path = tmp_path / "bad.ckpt"
    path.write_bytes(content)
    with pytest.raises(UserError, match="is no checkpoint of this project, or damaged"):
        load(path)
    with pytest.raises(UserError, match="no checkpoint at"):
        load(tmp_path / "absent.ckpt")


def test_a_network_that_trains_elsewhere_is_built_from_the_same_parameters() -> None:
    """What the CPU trains must fit the layer that other devices run."""
    from model.network import Ctpn

    config = tiny()
    host, fused = (Ctpn(config.network, on_host=on_host) for on_host in (True, False))
    shapes = [{p.name: p.shape for p in net.get_parameters()} for net in (host, fused)]
    assert shapes[0] == shapes[1]
