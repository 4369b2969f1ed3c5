"""VGG16 as a classifier, and one step of its training.

Between conv5_3 and the classes stand a mean over all positions and one dense layer, not VGG's own
three: those hold nine tenths of its parameters, and none of them is of use to a detector.
"""

from dataclasses import dataclass
from typing import Any

import mindspore as ms
import numpy as np
from mindspore import nn, ops

from model.backbone import Vgg16
from model.classifier.loader import Pictures
from model.classifier.settings import BackboneSettings
from model.config import NetworkSettings
from model.step import decays


class Classifier(nn.Cell):
    """(B, H, W, 3) uint8, RGB 0..255 -> (B, classes) float32 before the softmax.

    Its backbone has the names and the input of a detector's. It normalises by the batch while it
    trains whatever ``settings.batch_norm`` says: norms must have learnt before they can be frozen.
    """

    def __init__(self, settings: NetworkSettings, classes: int) -> None:
        super().__init__()
        self.mean = ms.Tensor(settings.mean, ms.float32).reshape(1, 3, 1, 1)
        self.deviation = ms.Tensor(settings.deviation, ms.float32).reshape(1, 3, 1, 1)
        self.backbone = Vgg16(settings.channels, batch_statistics=True)
        self.classifier = nn.Dense(settings.channels[-1], classes)

    def construct(self, images: ms.Tensor) -> ms.Tensor:
        pixels = ops.cast(images, ms.float32).transpose(0, 3, 1, 2)
        features = self.backbone((pixels - self.mean) / self.deviation)
        return self.classifier(features.mean((2, 3)))


@dataclass(frozen=True)
class Outcome:
    """Of one batch: mean cross entropy, and the share whose class came first."""

    loss: float
    accuracy: float


class ClassifierStep:
    """Calling it trains the classifier on one batch."""

    def __init__(self, network: Classifier, settings: BackboneSettings) -> None:
        network.set_train(True)
        parameters = network.trainable_params()
        groups = [
            {"params": [p for p in parameters if decays(p) == wanted], "weight_decay": decay}
            for wanted, decay in ((True, settings.weight_decay), (False, 0.0))
        ]
        self.optimizer = nn.Momentum(groups, settings.learning_rate, settings.momentum)
        self._update = _Update(network, self.optimizer, settings.label_smoothing)

    def __call__(self, batch: Pictures, learning_rate: float) -> Outcome:
        """Take one step."""
        self.optimizer.learning_rate.set_data(ms.Tensor(learning_rate, ms.float32))
        loss, logits = self._update(ms.Tensor(batch.images), ms.Tensor(batch.labels))
        right = logits.asnumpy().argmax(axis=1) == batch.labels
        return Outcome(float(loss.asnumpy()), float(np.mean(right)))


class _Update(nn.Cell):
    """The graph of a step; a Cell for the reason that ``model.step`` gives."""

    def __init__(self, network: Classifier, optimizer: nn.Optimizer, smoothing: float) -> None:
        super().__init__(auto_prefix=False)
        self.optimizer = optimizer

        def evaluate(images: Any, labels: Any) -> Any:
            logits = network(images)
            return ops.cross_entropy(logits, labels, label_smoothing=smoothing), logits

        self.gradient = ms.value_and_grad(evaluate, None, optimizer.parameters, has_aux=True)

    def construct(self, images: Any, labels: Any) -> Any:
        (loss, logits), gradients = self.gradient(images, labels)
        self.optimizer(gradients)
        return loss, logits


def predict(network: Classifier, images: np.ndarray, batch: int) -> np.ndarray:
    """(B,) classes of at most ``batch`` pictures; fewer are filled up, so one graph serves all."""
    filled = np.concatenate([images, np.zeros((batch - len(images), *images.shape[1:]), np.uint8)])
    training = network.training
    network.set_train(False)
    try:
        logits = network(ms.Tensor(filled)).asnumpy()
    finally:
        network.set_train(training)
    return np.asarray(logits[: len(images)].argmax(axis=1))
