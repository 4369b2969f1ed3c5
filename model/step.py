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
        """Whether all are numbers that a step can be taken with."""
        return bool(np.isfinite([self.loss, self.classification, self.vertical, self.side]).all())


class TrainingStep:
    """Calling it trains the network on one batch."""

    def __init__(self, network: Ctpn, config: Config, task: TaskSettings) -> None:
        network.set_train(True)
        self._network = {p.name for p in network.get_parameters()}
        self.optimizer = optimizer(network, task)
        self._update = _Update(network, CtpnLoss(config.loss), self.optimizer)

    def state(self) -> dict[str, ms.Parameter]:
        """What changes from step to step besides the network: the optimizer's own parameters."""
        return {p.name: p for p in self.optimizer.get_parameters() if p.name not in self._network}

    def __call__(self, arrays: Sequence[npt.NDArray[Any]], learning_rate: float) -> Losses:
        """Take one step; ``arrays`` as ``model.loader.Batch.arrays`` gives them."""
        self.optimizer.learning_rate.set_data(ms.Tensor(learning_rate, ms.float32))
        values = self._update(*(ms.Tensor(array) for array in arrays))
        return Losses(*(float(value.asnumpy()) for value in values))


class _Update(nn.Cell):
    """The graph of a step. A Cell, not a ``ms.jit`` function: the latter keeps the parameters as it
    was compiled with them and would not see the learning rate change from outside."""

    def __init__(self, network: Ctpn, loss: CtpnLoss, optimizer: nn.Optimizer) -> None:
        super().__init__(auto_prefix=False)
        self.optimizer = optimizer

        def evaluate(images: Any, labels: Any, vertical: Any, side: Any, mask: Any) -> Any:
            return loss(*network(images), labels, vertical, side, mask)

        self.gradient = ms.value_and_grad(evaluate, None, optimizer.parameters, has_aux=True)

    def construct(self, images: Any, labels: Any, vertical: Any, side: Any, mask: Any) -> Any:
        losses, gradients = self.gradient(images, labels, vertical, side, mask)
        self.optimizer(gradients)
        return losses


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
