"""One training step: forward, backward and update, compiled as one graph."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import mindspore as ms
import numpy as np
import numpy.typing as npt
from mindspore import nn, ops

from model.config import Config, TaskSettings
from model.loss import CtpnLoss
from model.network import Ctpn
from model.parallel import ALONE, Team
from model.precision import FIRST_SCALE, SMALLEST_SCALE, next_scale


@dataclass(frozen=True)
class Losses:
    """The loss of a batch, the mean over all workers, and its parts before their weights."""

    loss: float
    classification: float
    vertical: float
    side: float
    loss_scale: float = 1.0
    """What the gradients were taken with; see model.precision."""
    skipped: bool = False
    """Loss or gradients left the range of half precision: nothing was updated, the scale halved."""
    gradients_finite: bool = True

    @property
    def finite(self) -> bool:
        """Whether the training can go on: all are numbers, or a smaller loss scale may help."""
        parts = (self.loss, self.classification, self.vertical, self.side)
        return self.skipped or (self.gradients_finite and bool(np.isfinite(parts).all()))


class TrainingStep:
    """Calling it trains the network on one batch.

    team: the workers that train together; the gradients of all are averaged. scale: the loss scale
    to begin with; None: what a mixed network needs, or none.
    """

    def __init__(
        self,
        network: Ctpn,
        config: Config,
        task: TaskSettings,
        team: Team = ALONE,
        scale: float | None = None,
    ) -> None:
        network.set_train(True)
        self._network = {p.name for p in network.get_parameters()}
        self.optimizer = optimizer(network, task)
        self._rates = learning_rates(self.optimizer, task)
        if scale is None and network.mixed:
            scale = FIRST_SCALE
        self._scale = ms.Parameter(ms.Tensor(scale or 1.0, ms.float32), "loss_scale")
        self._good_steps = ms.Parameter(ms.Tensor(0, ms.int32), "good_steps")
        self._team, self._scaled, self._compiled = team, scale is not None, False
        loss = CtpnLoss(config.loss)
        self._update = _Update(network, loss, self.optimizer, team.size, self._scaled)

    def state(self) -> dict[str, ms.Parameter]:
        """What changes from step to step besides the network: the optimizer's own parameters and
        the loss scale."""
        own = [*self.optimizer.get_parameters(), self._scale, self._good_steps]
        return {p.name: p for p in own if p.name not in self._network}

    def __call__(self, arrays: Sequence[npt.NDArray[Any]], learning_rate: float) -> Losses:
        """Take one step; ``arrays`` as ``model.loader.Batch.arrays`` gives them."""
        for parameter, factor in self._rates:
            parameter.set_data(ms.Tensor(learning_rate * factor, ms.float32))
        scale = float(self._scale.asnumpy())
        tensors = [*(ms.Tensor(array) for array in arrays), ms.Tensor(scale, ms.float32)]
        if not self._compiled:
            self._update.compile(*tensors)
            self._compiled = True
        self._team.exchange()  # the averaging of gradients waits 30 s for a late worker, no more
        loss, classification, vertical, side, finite = (
            value.asnumpy().item() for value in self._update(*tensors)
        )
        losses = Losses(loss, classification, vertical, side)
        return self._judged(losses, finite, scale) if self._scaled else losses

    def _judged(self, losses: Losses, finite: bool, scale: float) -> Losses:
        """The losses with what became of the step; sets the scale of the next."""
        good_steps = int(self._good_steps.asnumpy())
        scale_next, good_next = next_scale(scale, good_steps, not finite)
        self._scale.set_data(ms.Tensor(scale_next, ms.float32))
        self._good_steps.set_data(ms.Tensor(good_next, ms.int32))
        skipped = not finite and scale > SMALLEST_SCALE
        return replace(losses, loss_scale=scale, skipped=skipped, gradients_finite=finite)


class _Update(nn.Cell):
    """The graph of a step: losses, and whether all gradients are finite (looked at only where the
    loss is scaled; the network then stays as it is if they are not).

    A Cell, not a ``ms.jit`` function: the latter keeps the parameters as it was compiled with them
    and would not see the learning rate change from outside.
    """

    def __init__(
        self, network: Ctpn, loss: CtpnLoss, optimizer: nn.Optimizer, workers: int, scaled: bool
    ) -> None:
        super().__init__(auto_prefix=False)
        self.optimizer, self.workers, self.scaled = optimizer, workers, scaled
        if workers > 1:
            self.average = nn.DistributedGradReducer(optimizer.parameters, True, workers)
            self.sum = ops.AllReduce()

        def evaluate(
            images: Any, labels: Any, vertical: Any, side: Any, mask: Any, scale: Any
        ) -> Any:
            losses = loss(*network(images), labels, vertical, side, mask)
            return losses[0] * scale if scaled else losses[0], losses

        self.gradient = ms.value_and_grad(evaluate, None, optimizer.parameters, has_aux=True)

    def construct(
        self, images: Any, labels: Any, vertical: Any, side: Any, mask: Any, scale: Any
    ) -> Any:
        (_, losses), gradients = self.gradient(images, labels, vertical, side, mask, scale)
        if self.workers > 1:
            gradients = self.average(gradients)
            losses = ops.unstack(self.sum(ops.stack(losses)) / self.workers)
        finite = ops.isfinite(losses[0])
        if not self.scaled:
            self.optimizer(gradients)
            return (*losses, finite)
        gradients = tuple([gradient / scale for gradient in gradients])
        for gradient in gradients:
            finite = ops.logical_and(finite, ops.isfinite(gradient).all())
        if finite:
            self.optimizer(gradients)
        return (*losses, finite)


def optimizer(network: Ctpn, task: TaskSettings) -> nn.Optimizer:
    """Momentum or Adam over the trainable parameters; weight decay on weights alone."""
    groups = []
    for weights, backbone in itertools.product((True, False), repeat=2):
        chosen = [
            p
            for p in network.trainable_params()
            if (decays(p), in_backbone(p)) == (weights, backbone)
        ]
        rate = task.learning_rate * (task.backbone_rate if backbone else 1.0)
        decay = task.weight_decay if weights else 0.0
        if chosen:
            groups.append({"params": chosen, "weight_decay": decay, "lr": rate})
    if task.optimizer == "adam":
        return nn.Adam(groups, task.learning_rate, beta1=task.momentum)
    return nn.Momentum(groups, task.learning_rate, task.momentum)


def learning_rates(optimizer: nn.Optimizer, task: TaskSettings) -> list[tuple[ms.Parameter, float]]:
    """The optimizer's learning rates, one for each group, and the factor on the task's."""
    named = {
        rate.name: (rate, task.backbone_rate if in_backbone(parameter) else 1.0)
        for parameter, rate in zip(optimizer.parameters, optimizer.learning_rate, strict=True)
    }
    return list(named.values())


def in_backbone(parameter: ms.Parameter) -> bool:
    """Whether it belongs to VGG16 and not to the layers above."""
    return str(parameter.name).startswith("backbone.")


def decays(parameter: ms.Parameter) -> bool:
    """Whether weight decay applies: to matrices and filters, not to biases and norms."""
    return len(parameter.shape) > 1
