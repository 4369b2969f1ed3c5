"""One training step: forward, backward and update, compiled as one graph."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mindspore as ms
import numpy as np
import numpy.typing as npt
from mindspore import nn

from model.config import Config, TaskSettings
from model.loss import CtpnLoss
from model.network import Ctpn


@dataclass(frozen=True)
class Losses:
    """The loss of a batch and its parts before their weights."""

    loss: float
    classification: float
    vertical: float
    side: float

    @property
    def finite(self) -> bool:
        """Whether it is a number that a step can be taken with."""
        return bool(np.isfinite(self.loss))


class TrainingStep:
    """Calling it trains the network on one batch."""

    def __init__(self, network: Ctpn, config: Config, task: TaskSettings) -> None:
        network.set_train(True)
        loss = CtpnLoss(config.loss)
        self.network = network
        self.optimizer = optimizer(network, task)

        def evaluate(images: Any, labels: Any, vertical: Any, side: Any, mask: Any) -> Any:
            return loss(*network(images), labels, vertical, side, mask)

        update = self.optimizer
        gradient = ms.value_and_grad(evaluate, None, update.parameters, has_aux=True)

        def step(images: Any, labels: Any, vertical: Any, side: Any, mask: Any) -> Any:
            losses, gradients = gradient(images, labels, vertical, side, mask)
            update(gradients)
            return losses

        self._step = ms.jit(step)

    def __call__(self, arrays: Sequence[npt.NDArray], learning_rate: float) -> Losses:
        """Take one step; ``arrays`` as ``model.loader.Batch.arrays`` gives them."""
        self.optimizer.learning_rate.set_data(ms.Tensor(learning_rate, ms.float32))
        values = self._step(*(ms.Tensor(array) for array in arrays))
        return Losses(*(float(value.asnumpy()) for value in values))


def optimizer(network: Ctpn, task: TaskSettings) -> nn.Optimizer:
    """Momentum or Adam over the trainable parameters; weight decay on weights alone."""
    parameters = network.trainable_params()
    groups = [
        {"params": [p for p in parameters if decays(p) == wanted], "weight_decay": decay}
        for wanted, decay in ((True, task.weight_decay), (False, 0.0))
    ]
    if task.optimizer == "adam":
        return nn.Adam(groups, task.learning_rate, beta1=task.momentum)
    return nn.Momentum(groups, task.learning_rate, task.momentum)


def decays(parameter: ms.Parameter) -> bool:
    """Whether weight decay applies: to matrices and filters, not to biases and norms."""
    return len(parameter.shape) > 1
