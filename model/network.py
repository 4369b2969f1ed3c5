"""The CTPN network: a picture in, scores and offsets of every anchor out.

Tian et al. 2016, "Detecting Text in Natural Image with Connectionist Text Proposal Network",
section 3: VGG16 to conv5_3, a 3x3 convolution, a bidirectional LSTM along each row, a dense layer
and three heads.

Shape letters: B images, R rows and C columns of the feature map, k anchors to a cell.
"""

import mindspore as ms
from mindspore import nn, ops
from mindspore.common import initializer

from model.backbone import Vgg16
from model.config import NetworkSettings
from model.recurrent import RowLstm

PRIOR = [2.0, -2.0]
"""Scores of background and text that an untrained network begins with: a probability of text of
0.02, about its share. From equal scores the first steps would do nothing but push all features
towards "background" (Lin et al. 2017, "Focal Loss for Dense Object Detection", section 4.1)."""


class Ctpn(nn.Cell):
    """(B, H, W, 3) uint8 or float32, RGB 0..255 -> scores, vertical, side; all float32.

    scores: (B, R, C, k, 2), background and text, before the softmax. vertical: (B, R, C, k, 2),
    v_c = (c - c_a) / h_a and v_h = log(h / h_a). side: (B, R, C, k), o = (x_side - x_centre) / 16.

    H and W are multiples of 16. frozen_blocks: the first so many blocks of the backbone are not
    trained. on_host: run the recurrence in NumPy (the CPU's best). mixed: convolutions and dense
    layers in float16, the rest in float32.
    """

    def __init__(
        self,
        settings: NetworkSettings,
        frozen_blocks: int = 0,
        on_host: bool = True,
        mixed: bool = False,
    ) -> None:
        super().__init__()
        k = len(settings.anchor_heights)
        self.k = k
        self.mixed = mixed
        self.mean = ms.Tensor(settings.mean, ms.float32).reshape(1, 3, 1, 1)
        self.deviation = ms.Tensor(settings.deviation, ms.float32).reshape(1, 3, 1, 1)
        batch_statistics = settings.batch_norm == "batch"
        self.backbone = Vgg16(settings.channels, frozen_blocks, batch_statistics, mixed)
        width, hidden = settings.window_channels, settings.dense_units
        self.window = nn.Conv2d(
            settings.channels[-1], width, 3, pad_mode="pad", padding=1, has_bias=True,
            weight_init=initializer.HeNormal(mode="fan_out", nonlinearity="relu"),
            bias_init="zeros",
        )  # fmt: skip
        self.rows = RowLstm(width, settings.rnn_units, on_host)
        self.dense = _dense(2 * settings.rnn_units, hidden, initializer.HeNormal())
        small = initializer.Normal(0.01)
        self.scores = _dense(hidden, 2 * k, small)
        self.scores.bias.set_data(ms.Tensor(PRIOR * k, ms.float32))
        self.vertical = _dense(hidden, 2 * k, small)
        self.side = _dense(hidden, k, small)
        if mixed:
            for layer in (self.window, self.dense, self.scores, self.vertical, self.side):
                layer.to_float(ms.float16)

    def construct(self, images: ms.Tensor) -> tuple[ms.Tensor, ms.Tensor, ms.Tensor]:
        pixels = ops.cast(images, ms.float32).transpose(0, 3, 1, 2)
        window = self.window(self.backbone((pixels - self.mean) / self.deviation))
        features = ops.cast(window, ms.float32)
        count, channels, rows, columns = features.shape
        sequences = features.transpose(0, 2, 3, 1).reshape(count * rows, columns, channels)
        hidden = ops.relu(self.dense(self.rows(sequences)))
        grid = (count, rows, columns, self.k)
        scores = ops.cast(self.scores(hidden), ms.float32).reshape((*grid, 2))
        vertical = ops.cast(self.vertical(hidden), ms.float32).reshape((*grid, 2))
        return scores, vertical, ops.cast(self.side(hidden), ms.float32).reshape(grid)


def _dense(inputs: int, outputs: int, weight: initializer.Initializer) -> nn.Dense:
    return nn.Dense(inputs, outputs, weight_init=weight, bias_init="zeros")
