"""CTPN's training step as MindSpore's own layers and operations suggest it.

VGG16 with batch norm in inference mode, nn.LSTM, dense heads; anchors are assigned and sampled in
the graph, in which the loop over slices is unrolled. Blocks 1 and 2 and the norms are not trained.

Shape letters: A anchors, S slices (256), k anchors to a cell.
"""

from collections.abc import Sequence
from typing import Any

import mindspore as ms
import numpy as np
import numpy.typing as npt
from mindspore import nn, ops

from model.anchors import STRIDE, anchor_grid
from model.config import Config, NetworkSettings, TaskSettings
from model.parameters import CONVOLUTIONS, EPSILON

MOST_POSITIVE, SAMPLED = 256, 512
POSITIVE_IOU, NEGATIVE_IOU = 0.7, 0.5


class Network(nn.Cell):
    """(1, 3, H, W) float32, normalised -> scores (A, 2) and vertical values (A, 2)."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        k, hidden = len(settings.anchor_heights), settings.dense_units
        self.backbone = backbone(settings.channels)
        self.window = nn.Conv2d(
            settings.channels[-1], settings.window_channels, 3, pad_mode="same", has_bias=True
        )
        self.lstm = nn.LSTM(
            settings.window_channels, settings.rnn_units, batch_first=True, bidirectional=True
        )
        self.dense = nn.Dense(2 * settings.rnn_units, hidden)
        self.scores, self.vertical = nn.Dense(hidden, 2 * k), nn.Dense(hidden, 2 * k)

    def construct(self, image: ms.Tensor) -> tuple[ms.Tensor, ms.Tensor]:
        features = self.window(self.backbone(image))
        rows = features.transpose(0, 2, 3, 1)[0]
        hidden = ops.relu(self.dense(self.lstm(rows)[0]))
        return self.scores(hidden).reshape(-1, 2), self.vertical(hidden).reshape(-1, 2)


def backbone(channels: Sequence[int]) -> nn.SequentialCell:
    """Convolution, norm, ReLU, thirteen times; a pooling after each block but the last."""
    layers: list[nn.Cell] = []
    width = 3
    for block, count in enumerate(CONVOLUTIONS):
        for _ in range(count):
            convolution = nn.Conv2d(width, channels[block], 3, pad_mode="same")
            convolution.weight.requires_grad = block >= 2
            width = channels[block]
            norm = nn.BatchNorm2d(width, eps=EPSILON, use_batch_statistics=False)
            norm.gamma.requires_grad = norm.beta.requires_grad = False
            layers += [convolution, norm, nn.ReLU()]
        if block + 1 < len(CONVOLUTIONS):
            layers.append(nn.MaxPool2d(2, 2))
    return nn.SequentialCell(layers)


class Assignment(nn.Cell):
    """Slices (S, 4) and which of them there are -> (A,) labels 1, 0, -1 and the slices' indices."""

    def __init__(self, anchors: npt.NDArray[np.float32], slices: int) -> None:
        super().__init__()
        self.anchors, self.slices = ms.Tensor(anchors), slices
        self.zero, self.select = ms.Tensor(np.zeros(len(anchors), np.int32)), ops.Select()

    def construct(self, slices: ms.Tensor, there: ms.Tensor) -> tuple[ms.Tensor, ms.Tensor]:
        iou = ops.select(there[:, None].broadcast_to(self._shape()), self.iou(slices), self._none())
        best, owner = iou.max(0), ops.cast(iou.argmax(0), ms.int32)
        label = self.select(best < NEGATIVE_IOU, self.zero, self.zero - 1)
        label = self.select(best > POSITIVE_IOU, self.zero + 1, label)
        mine = ops.logical_and(iou == iou.max(1)[:, None], iou > 0)
        label = self.select(mine.any(0), self.zero + 1, label)
        for i, chosen in enumerate(ops.unstack(mine)):
            owner = self.select(chosen, self.zero + i, owner)
        return label, owner

    def iou(self, slices: ms.Tensor) -> ms.Tensor:
        """(S, A)."""
        one, other = slices[:, None], self.anchors[None]
        size = ops.minimum(one[..., 2:], other[..., 2:]) - ops.maximum(one[..., :2], other[..., :2])
        size = ops.relu(size)
        shared = size[..., 0] * size[..., 1]
        return shared / (area(one) + area(other) - shared)

    def _shape(self) -> tuple[int, int]:
        return self.slices, len(self.anchors)

    def _none(self) -> ms.Tensor:
        return ops.zeros(self._shape(), ms.float32) - 1


def area(boxes: ms.Tensor) -> ms.Tensor:
    """Of (..., 4)."""
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])


class NetworkWithLoss(nn.Cell):
    """Image, slices and which of them there are -> the loss."""

    def __init__(self, network: Network, config: Config, slices: int) -> None:
        super().__init__()
        settings = config.network
        rows, columns = settings.input_height // STRIDE, settings.input_width // STRIDE
        anchors = anchor_grid(rows, columns, settings.anchor_heights).reshape(-1, 4)
        self.network, self.weight, self.beta = network, config.loss.vertical, config.loss.beta
        self.anchors, self.assignment = ms.Tensor(anchors), Assignment(anchors, slices)
        self.choose_positive = ops.RandomChoiceWithMask(MOST_POSITIVE)
        self.choose_negative = ops.RandomChoiceWithMask(SAMPLED)
        self.place = ms.Tensor(np.arange(SAMPLED), ms.int32)

    def construct(self, image: ms.Tensor, slices: ms.Tensor, there: ms.Tensor) -> ms.Tensor:
        scores, vertical = self.network(image)
        label, owner = self.assignment(slices, there)
        chosen, positive = self.choose_positive(label == 1)
        others, negative = self.choose_negative(label == 0)
        left = SAMPLED - ops.cast(positive, ms.int32).sum()
        negative = ops.logical_and(negative, self.place < left)
        entropy = self.entropy(scores, chosen, positive, 1) + self.entropy(
            scores, others, negative, 0
        )
        wanted = self.encode(
            ops.gather_nd(self.anchors, chosen), slices[ops.gather_nd(owner, chosen)]
        )
        away = ops.smooth_l1_loss(
            ops.gather_nd(vertical, chosen), wanted, beta=self.beta, reduction="none"
        )
        position = (away.sum(1) * ops.cast(positive, ms.float32)).sum()
        return (entropy + self.weight * position) / SAMPLED

    def entropy(self, scores: ms.Tensor, at: ms.Tensor, kept: ms.Tensor, label: int) -> ms.Tensor:
        """Cross entropy of the anchors ``at``, summed over those kept."""
        logarithms = ops.log_softmax(ops.gather_nd(scores, at), axis=1)[:, label]
        return -(logarithms * ops.cast(kept, ms.float32)).sum()

    def encode(self, anchors: ms.Tensor, slices: ms.Tensor) -> ms.Tensor:
        """(N, 2) vertical targets; 1 px stands in for the height of slices that are not there."""
        height = anchors[:, 3] - anchors[:, 1]
        tall = ops.maximum(slices[:, 3] - slices[:, 1], ops.ones_like(height))
        middle = (slices[:, 3] + slices[:, 1] - anchors[:, 3] - anchors[:, 1]) / 2
        return ops.stop_gradient(ops.stack([middle / height, ops.log(tall / height)], axis=1))


def training_step(
    network: Network, config: Config, task: TaskSettings, slices: int = 256
) -> nn.Cell:
    """A cell that takes image, slices and their flags, and trains the network by one step."""
    optimizer = nn.Momentum(
        network.trainable_params(), task.learning_rate, task.momentum, task.weight_decay
    )
    step: Any = nn.TrainOneStepCell(NetworkWithLoss(network, config, slices), optimizer)
    return step.set_train(True)
