"""What the numbers of a training can be: beyond them it learns the wrong thing, or nothing."""

import math
from collections.abc import Mapping
from typing import Any, Final

from model.decoding_ranges import SHARE, check_ranges

_UP: Final = (0.0, math.inf)
RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "loss.classification": _UP,
    "loss.vertical": _UP,
    "loss.side": _UP,
    "targets.positive_iou": SHARE,
    "targets.negative_iou": SHARE,
    "targets.ignore_coverage": SHARE,
    "targets.content_coverage": SHARE,
    "targets.neighbourhood": _UP,
    "pretrain.weight_decay": _UP,
    "finetune.weight_decay": _UP,
}
"""Lowest and highest value of each number, by its dotted name in a preset."""


def check_training(config: Any) -> None:
    """Raise ValueError for a number of a ``Config`` with which nothing can be learnt."""
    check_ranges(config, RANGES)
    loss = config.loss
    if not any((loss.classification, loss.vertical, loss.side)):
        raise ValueError(
            "loss.classification, loss.vertical and loss.side are all 0: nothing would be learnt"
        )
    if config.targets.side_reach <= 0:
        raise ValueError("targets.side_reach must be greater than 0")
    for name in ("pretrain", "finetune"):
        _check_momentum(name, getattr(config, name))


def _check_momentum(name: str, task: Any) -> None:
    if not 0 <= task.momentum < 1:
        raise ValueError(f"{name}.momentum must be at least 0 and below 1, not {task.momentum:g}")
    if task.optimizer == "adam" and task.momentum == 0:
        raise ValueError(f"{name}.momentum must be greater than 0 for {name}.optimizer=adam")
    if not math.isfinite(task.learning_rate * task.backbone_rate):
        raise ValueError(f"{name}.learning_rate times {name}.backbone_rate is too large")
