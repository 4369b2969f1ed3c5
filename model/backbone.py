"""VGG16 to conv5_3 with batch norm: the network's features, one cell to 16 x 16 pixels.

Simonyan and Zisserman 2014, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
configuration D; the width of each of its five blocks is free. Layers carry VGG's own names.

Shape letters: B images, H and W pixels.
"""

from collections import OrderedDict
from collections.abc import Sequence

import mindspore as ms
from mindspore import nn, ops
from mindspore.common import initializer

from model.parameters import CONVOLUTIONS, EPSILON


class ConvNorm(nn.Cell):
    """A 3x3 convolution without bias, batch norm, ReLU.

    ``batch_statistics``: normalise by the batch while training. Otherwise, and at inference, the
    running statistics are constants, so the norm is folded into the convolution: one operation,
    and nothing of the norm to go back through. The parameters are the same in either case.

    ``mixed``: the convolution takes and gives float16; batch statistics are taken in float32.
    """

    def __init__(
        self, channels_in: int, channels_out: int, batch_statistics: bool, mixed: bool = False
    ) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(
            channels_in,
            channels_out,
            3,
            pad_mode="pad",
            padding=1,
            weight_init=initializer.HeNormal(mode="fan_out", nonlinearity="relu"),
        )
        self.norm = nn.BatchNorm2d(channels_out, eps=EPSILON)
        self.batch_statistics = batch_statistics
        self.number = ms.float16 if mixed else ms.float32
        self.convolve = ops.Conv2D(channels_out, 3, pad_mode="pad", pad=1)
        if not batch_statistics:
            self.norm.gamma.requires_grad = False
            self.norm.beta.requires_grad = False

    def construct(self, x: ms.Tensor) -> ms.Tensor:
        if self.batch_statistics and self.training:
            sums = self.product(x, self.convolution.weight)
            return ops.relu(self.norm(ops.cast(sums, ms.float32)))
        weight, bias = self.folded()
        return ops.relu(ops.bias_add(self.product(x, weight), ops.cast(bias, self.number)))

    def product(self, x: ms.Tensor, weight: ms.Tensor) -> ms.Tensor:
        """The convolution itself."""
        return self.convolve(ops.cast(x, self.number), ops.cast(weight, self.number))

    def folded(self) -> tuple[ms.Tensor, ms.Tensor]:
        """Weight and bias of the one convolution that equals convolution and frozen norm."""
        norm = self.norm
        scale = norm.gamma * ops.rsqrt(norm.moving_variance + EPSILON)
        bias = norm.beta - norm.moving_mean * scale
        return self.convolution.weight * scale.reshape(-1, 1, 1, 1), bias


class Vgg16(nn.Cell):
    """(B, 3, H, W) -> (B, channels[4], H / 16, W / 16), H and W multiples of 16.

    Both float32; where ``mixed``, the answer may be float16 (see ConvNorm).

    channels: width of each block. frozen_blocks: the first so many blocks are not trained; nothing
    is computed backwards for them and their batch statistics stay. batch_statistics: see ConvNorm.
    """

    def __init__(
        self,
        channels: Sequence[int],
        frozen_blocks: int = 0,
        batch_statistics: bool = False,
        mixed: bool = False,
    ) -> None:
        super().__init__()
        widths = (3, *channels)
        blocks = [
            _block(
                number, widths[number - 1], widths[number], batch_statistics and not frozen, mixed
            )
            for number, frozen in ((n, n <= frozen_blocks) for n in range(1, 6))
        ]
        self.block1, self.block2, self.block3, self.block4, self.block5 = blocks
        self.frozen_blocks = frozen_blocks
        for block in blocks[:frozen_blocks]:
            for parameter in block.get_parameters():
                parameter.requires_grad = False

    def construct(self, x: ms.Tensor) -> ms.Tensor:
        blocks = (self.block1, self.block2, self.block3, self.block4, self.block5)
        for index in range(5):
            x = blocks[index](x)
            if index + 1 == self.frozen_blocks:
                x = ops.stop_gradient(x)
        return x


def _block(
    number: int, channels_in: int, channels_out: int, batch_statistics: bool, mixed: bool
) -> nn.SequentialCell:
    layers: OrderedDict[str, nn.Cell] = OrderedDict()
    for n in range(1, CONVOLUTIONS[number - 1] + 1):
        width = channels_in if n == 1 else channels_out
        layers[f"conv{number}_{n}"] = ConvNorm(width, channels_out, batch_statistics, mixed)
    if number < len(CONVOLUTIONS):
        layers[f"pool{number}"] = nn.MaxPool2d(2, 2)
    return nn.SequentialCell(layers)
