"""The way of a picture to the network's input (``model.transforms``) as MindSpore cells.

As in ``model.export.onnx_picture``: constant tables for a picture of a known size; for one of any
size the graph computes them in float64, as Python does.
"""

import mindspore as ms
import numpy as np
from mindspore import nn, ops

from model.config import NetworkSettings
from model.export.taps import Taps, both_axes
from model.transforms import FILL, fit


class FixedPicture(nn.Cell):
    """(height, width, 3) uint8 RGB of a known size (width, height) -> (input_height, input_width,
    3) float32 0..255 on the network's input."""

    def __init__(self, network: NetworkSettings, size: tuple[int, int]) -> None:
        super().__init__()
        limit = (network.input_width, network.input_height)
        rows, columns = both_axes(fit(*size, *limit))
        self.as_it_is = size == limit
        self.rows, self.columns = _tensors(rows), _tensors(columns)
        inside = rows.inside[:, None] & columns.inside
        self.inside = ms.Tensor(inside[:, :, None])
        self.fill = ms.Tensor(FILL, ms.float32)

    def construct(self, image: ms.Tensor) -> ms.Tensor:
        if self.as_it_is:
            return ops.cast(image, ms.float32)
        return ops.where(self.inside, resampled(image, self.rows, self.columns), self.fill)


class AnyPicture(nn.Cell):
    """(height, width, 3) uint8 RGB -> (input_height, input_width, 3) float32 0..255, and (2,) int64
    width and height of the picture on the input."""

    def __init__(self, network: NetworkSettings) -> None:
        super().__init__()
        self.limit = ms.Tensor((network.input_width, network.input_height), ms.float64)
        self.x, self.y = (_count(n) for n in (network.input_width, network.input_height))
        self.fill = ms.Tensor(FILL, ms.float32)

    def construct(self, image: ms.Tensor) -> tuple[ms.Tensor, ms.Tensor]:
        height, width, _ = ops.shape(image)
        size = ops.stack((_number(width), _number(height)))
        scale = ops.minimum(self.limit[0] / size[0], self.limit[1] / size[1])
        # Halves go to the even neighbour here and in Python.
        resized = ops.minimum(ops.maximum(ops.round(size * scale), 1.0), self.limit)
        share = resized / size
        area = ops.maximum(share[0], share[1]) < 1
        rows = computed(size[1], resized[1], self.y, area)
        columns = computed(size[0], resized[0], self.x, area)
        inside = ops.logical_and(self.y < resized[1], self.x.reshape(1, -1) < resized[0])
        pixels = ops.where(ops.expand_dims(inside, 2), resampled(image, rows, columns), self.fill)
        return pixels, ops.cast(resized, ms.int64)


def resampled(
    image: ms.Tensor, rows: tuple[ms.Tensor, ms.Tensor], columns: tuple[ms.Tensor, ms.Tensor]
) -> ms.Tensor:
    """(height, width, 3) uint8 to (input_height, input_width, 3) float32 of whole numbers, by the
    index and the weights, (input, T) and (input, 1, T), of each axis."""
    low = along(image, rows)
    both = along(ops.transpose(low, (1, 0, 2)), columns)
    return ops.clamp(ops.round(ops.transpose(both, (1, 0, 2))), 0.0, 255.0)


def along(rows: ms.Tensor, table: tuple[ms.Tensor, ms.Tensor]) -> ms.Tensor:
    """(length, M, 3) to (input, M, 3) float32."""
    index, weights = table
    length, others, _ = ops.shape(rows)
    wide = ops.reshape(rows, (length, 3 * others))
    neighbours = ops.cast(ops.gather(wide, index, 0), ms.float32)
    sums = ops.bmm(weights, neighbours)
    return ops.reshape(sums, (ops.shape(index)[0], others, 3))


def computed(
    length: ms.Tensor, resized: ms.Tensor, pixel: ms.Tensor, area: ms.Tensor
) -> tuple[ms.Tensor, ms.Tensor]:
    """``taps.taps`` in the graph: index (input, T) and weights (input, 1, T). Lengths are float64
    scalars, ``pixel`` is (input, 1)."""
    step = length / resized
    edge = pixel * step
    centre = (pixel + 0.5) * step - 0.5
    whole = ops.ceil(step)
    count = ops.cast(whole, ms.int64) + ops.cast(step < whole, ms.int64)
    begin = ops.where(area, edge, centre)
    at = ops.floor(begin) + ops.cast(ops.arange(0, count), ms.float64)
    covered = (ops.minimum(at + 1, edge + step) - ops.maximum(at, edge)) / step
    weights = ops.maximum(ops.where(area, covered, 1 - ops.abs(at - centre)), 0.0)
    index = ops.minimum(ops.maximum(at, 0.0), length - 1)
    return ops.cast(index, ms.int64), ops.expand_dims(ops.cast(weights, ms.float32), 1)


def _number(size: int) -> ms.Tensor:
    return ops.cast(ops.scalar_to_tensor(size), ms.float64)


def _count(length: int) -> ms.Tensor:
    """(length, 1) float64 0, 1, 2 ..."""
    return ms.Tensor(np.arange(length)[:, None], ms.float64)


def _tensors(table: Taps) -> tuple[ms.Tensor, ms.Tensor]:
    return ms.Tensor(table.index), ms.Tensor(table.weights[:, None])
