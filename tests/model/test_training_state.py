"""What a training saves of itself, and takes up again."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from manifests.errors import UserError
from manifests.shardset import ShardSet
from tests.model.test_train import network_of, tiny, training

if TYPE_CHECKING:
    from model.checkpoints import Checkpoint

pytestmark = pytest.mark.usefixtures("mindspore")


def stopped_at_the_end_of_an_epoch(shards: ShardSet, folder: Path) -> "Checkpoint":
    from model.checkpoints import load

    run = training(tiny(), shards, folder)
    run.step, run.position = 2, 2
    run._save()
    run.run.close()
    return load(folder / "checkpoints" / "last.ckpt")


@pytest.mark.parametrize("noted", [True, False])
def test_on_resume_an_evaluation_that_was_due_is_done_once(
    tiny_shards: ShardSet, tmp_path: Path, noted: bool
) -> None:
    from model.loader import Loader
    from model.runs import Run
    from model.train import Training

    config = tiny("pretrain.evaluation.every=1")
    state = stopped_at_the_end_of_an_epoch(tiny_shards, tmp_path / "run")
    record = Run.reopen(tmp_path / "run")
    if noted:
        record.evaluated({"step": 2, "epoch": 1, "hmean": 0.75})
    calls: list[Any] = []

    def evaluate(predict: Any) -> dict[str, float]:
        calls.append(predict)
        return {"hmean": 0.75}

    run = Training(
        network_of(config),
        config,
        config.pretrain,
        Loader(tiny_shards, config, 2, 1),
        record,
        evaluate,
    )
    run.resume(state)
    assert (run.step, run.epoch, run.position) == (2, 1, 2)
    run._epoch_done()
    assert len(calls) == (0 if noted else 1)
    assert run.best == 0.75
    lines = (tmp_path / "run" / "evaluations.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [2]


def test_a_state_of_other_batches_or_none_is_refused(tiny_shards: ShardSet, tmp_path: Path) -> None:
    state = stopped_at_the_end_of_an_epoch(tiny_shards, tmp_path / "run")
    run = training(tiny(), tiny_shards, tmp_path / "other")
    with pytest.raises(UserError, match=r"holds a network and no state .*--checkpoint"):
        run.resume(replace(state, training=None))
    with pytest.raises(UserError, match=r"step 3, which does not fit 2 steps an epoch"):
        run.resume(replace(state, step=3))
    assert state.training is not None
    fewer = replace(state.training, tensors={})
    with pytest.raises(UserError, match=r"the state in .*last\.ckpt does not fit"):
        run.resume(replace(state, training=fewer))


def test_a_broken_network_is_never_saved_over_a_whole_one(
    tiny_shards: ShardSet, tmp_path: Path
) -> None:
    """The loss may be a number still when the update after it has broken the network."""
    import mindspore as ms

    from model.checkpoints import load

    run = training(tiny(), tiny_shards, tmp_path / "run")
    run.step, run.epoch, run.position = 6, 3, 2
    run._save()
    bias = run.network.vertical.bias
    bias.set_data(ms.Tensor(np.full(bias.shape, math.inf, np.float32)))
    run.step = 7
    last = tmp_path / "run" / "checkpoints" / "last.ckpt"
    before = last.read_bytes()
    with pytest.raises(UserError, match=r"after step 7 .*vertical\.bias hold .*that of step 6: "):
        run._save()
    assert last.read_bytes() == before
    assert load(last).step == 6
