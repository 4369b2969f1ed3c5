"""The way of a picture to the network's input (``model.transforms``) as part of an ONNX graph.

Sizes are computed in float64 as Python does, so a picture is placed to the same pixel.
"""

import numpy as np

from model.config import NetworkSettings
from model.export.graph import Graph
from model.transforms import FILL


def placed_picture(graph: Graph, image: str, network: NetworkSettings, placed: str) -> str:
    """A (height, width, 3) uint8 picture of any size, resized and padded to the input.

    Returns the name of pixels (1, 3, input_height, input_width) float32, whole numbers 0 to 255.
    ``placed``: the name for the picture's width and height on the input, (2,) int64.
    """
    size, resized, area = _fit(graph, image, network)
    graph.cast(resized, np.int64, out=placed)
    lengths = [_item(graph, value, at) for at in (1, 0) for value in (size, resized)]
    # Along one axis the other one and the colours are a row of numbers that stay together.
    wide = graph.add("Reshape", image, graph.integers(0, -1))
    rows = _resampled(graph, wide, *lengths[:2], area)
    turned = graph.add("Transpose", _unflattened(graph, rows), perm=[1, 0, 2])
    wide = graph.add("Reshape", turned, graph.integers(0, -1))
    columns = _resampled(graph, wide, *lengths[2:], area)
    colours = graph.add("Transpose", _unflattened(graph, columns), perm=[2, 1, 0])
    limits = graph.constant(0, np.float32), graph.constant(255, np.float32)
    pixels = graph.add("Clip", graph.add("Round", colours), *limits)
    return _padded(graph, pixels, placed, network)


def whole_picture(graph: Graph, image: str, network: NetworkSettings) -> str:
    """A uint8 picture of exactly the input's size as pixels (1, 3, height, width) float32."""
    colours = graph.add("Transpose", image, perm=[2, 0, 1])
    return graph.add("Reshape", graph.cast(colours, np.float32), _input_shape(graph, network))


def normalised(graph: Graph, pixels: str, network: NetworkSettings) -> str:
    """Pixels, less the mean, over the deviation."""
    mean, deviation = (
        graph.constant(np.reshape(values, (1, 3, 1, 1)), np.float32, name)
        for name, values in (("mean", network.mean), ("deviation", network.deviation))
    )
    return graph.add("Div", graph.add("Sub", pixels, mean), deviation)


def _fit(graph: Graph, image: str, network: NetworkSettings) -> tuple[str, str, str]:
    """As ``transforms.fit``: (width, height) of the picture and of the resized picture, float64,
    and whether it becomes smaller in both directions."""
    sides = graph.add("Gather", graph.add("Shape", image), graph.integers(1, 0))
    size = graph.cast(sides, np.float64)
    limit = graph.constant((network.input_width, network.input_height), np.float64)
    one = graph.constant(1, np.float64)
    scale = graph.add("ReduceMin", graph.add("Div", limit, size), keepdims=0)
    # Halves go to the even neighbour here and in Python.
    rounded = graph.add("Round", graph.add("Mul", size, scale))
    resized = graph.add("Min", graph.add("Max", rounded, one), limit)
    largest = graph.add("ReduceMax", graph.add("Div", resized, size), keepdims=0)
    return size, resized, graph.add("Less", largest, one)


def _resampled(graph: Graph, rows: str, length: str, resized: str, area: str) -> str:
    """(length, N) of any number type to (resized, 1, N) float32, by ``taps``."""
    index, weights = _taps(graph, length, resized, area)
    neighbours = graph.cast(graph.add("Gather", rows, index, axis=0), np.float32)
    flat = graph.add("Unsqueeze", weights, graph.integers(1))
    return graph.add("MatMul", flat, neighbours)


def _taps(graph: Graph, length: str, resized: str, area: str) -> tuple[str, str]:
    """``model.export.taps.taps`` in the graph; lengths are float64 scalars."""
    zero, half, one = (graph.constant(value, np.float64) for value in (0, 0.5, 1))
    step = graph.add("Div", length, resized)
    pixel = graph.add("Range", zero, resized, one)
    pixel = graph.add("Unsqueeze", pixel, graph.integers(1))
    edge = graph.add("Mul", pixel, step)
    centre = graph.add("Sub", graph.add("Mul", graph.add("Add", pixel, half), step), half)
    begin = graph.add("Where", area, edge, centre)
    whole = graph.add("Ceil", step)
    uneven = graph.cast(graph.add("Less", step, whole), np.float64)
    count = graph.add("Add", whole, uneven)
    at = graph.add("Add", graph.add("Floor", begin), graph.add("Range", zero, count, one))
    end = graph.add("Min", graph.add("Add", at, one), graph.add("Add", edge, step))
    covered = graph.add("Div", graph.add("Sub", end, graph.add("Max", at, edge)), step)
    near = graph.add("Sub", one, graph.add("Abs", graph.add("Sub", at, centre)))
    weights = graph.add("Max", graph.add("Where", area, covered, near), zero)
    last = graph.add("Sub", length, one)
    index = graph.add("Min", graph.add("Max", at, zero), last)
    return graph.cast(index, np.int64), graph.cast(weights, np.float32)


def _padded(graph: Graph, pixels: str, placed: str, network: NetworkSettings) -> str:
    """Pixels (3, h, w) at the top left of the input, the rest filled with ``FILL``."""
    fill = graph.constant(np.reshape(FILL, (3, 1, 1)), np.float32, "fill")
    limit = graph.integers(network.input_height, network.input_width)
    height_width = graph.add("Gather", placed, graph.integers(1, 0))
    free = graph.add("Sub", limit, height_width)
    pads = graph.add("Concat", graph.integers(0, 0, 0, 0), free, axis=0)
    # Padding has one value for all colours: 0, once the fill is taken away.
    around = graph.add("Pad", graph.add("Sub", pixels, fill), pads)
    filled = graph.add("Add", around, fill)
    return graph.add("Reshape", filled, _input_shape(graph, network))


def _input_shape(graph: Graph, network: NetworkSettings) -> str:
    return graph.integers(1, 3, network.input_height, network.input_width)


def _unflattened(graph: Graph, rows: str) -> str:
    """(length, 1, N) to (length, N / 3, 3)."""
    return graph.add("Reshape", rows, graph.integers(0, -1, 3))


def _item(graph: Graph, pair: str, at: int) -> str:
    return graph.add("Gather", pair, graph.constant(at, np.int64))
