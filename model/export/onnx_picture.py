"""The way of a picture to the network's input (``model.transforms``) as part of an ONNX graph.

Of a picture whose size is known beforehand the tables of ``model.export.taps`` are constants; of
one of any size the graph computes them, in float64 as Python does, so that both place a picture to
the same pixel.
"""

from dataclasses import dataclass

import numpy as np

from model.config import NetworkSettings
from model.export.graph import Graph
from model.export.taps import Taps, both_axes
from model.transforms import FILL, fit


@dataclass(frozen=True)
class Table:
    """``Taps`` as names of values in the graph."""

    index: str
    weights: str
    inside: str


def fixed_picture(graph: Graph, image: str, network: NetworkSettings, size: tuple[int, int]) -> str:
    """A (height, width, 3) uint8 picture of a known ``size`` (width, height) on the input.

    Returns the name of pixels (1, 3, input_height, input_width) float32, whole numbers 0 to 255.
    """
    placed = fit(*size, network.input_width, network.input_height)
    if size == (network.input_width, network.input_height):
        return _batch(graph, graph.cast(graph.add("Transpose", image, perm=[2, 0, 1]), np.float32))
    rows, columns = (_constants(graph, table) for table in both_axes(placed))
    return _resized(graph, image, network, rows, columns)


def any_picture(graph: Graph, image: str, network: NetworkSettings, placed: str) -> str:
    """As ``fixed_picture``, of any size. ``placed``: the name for the picture's width and height on
    the input, (2,) int64."""
    size, resized, area = _fit(graph, image, network)
    graph.cast(resized, np.int64, out=placed)
    height, width = (_computed(graph, size, resized, at, network, area) for at in (1, 0))
    return _resized(graph, image, network, height, width)


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


def _constants(graph: Graph, table: Taps) -> Table:
    return Table(
        graph.constant(table.index, np.int64),
        graph.constant(table.weights[:, None], np.float32),
        graph.constant(table.inside, np.bool_),
    )


def _computed(
    graph: Graph, size: str, resized: str, at: int, network: NetworkSettings, area: str
) -> Table:
    """``taps.taps`` in the graph. at: 0 for the width, 1 for the height of size and resized."""
    length, short = (graph.add("Gather", v, graph.constant(at, np.int64)) for v in (size, resized))
    padded = (network.input_width, network.input_height)[at]
    pixel = graph.constant(np.arange(padded)[:, None], np.float64)
    zero, half, one = (graph.constant(value, np.float64) for value in (0, 0.5, 1))
    step = graph.add("Div", length, short)
    edge = graph.add("Mul", pixel, step)
    centre = graph.add("Sub", graph.add("Mul", graph.add("Add", pixel, half), step), half)
    begin = graph.add("Where", area, edge, centre)
    whole = graph.add("Ceil", step)
    uneven = graph.cast(graph.add("Less", step, whole), np.float64)
    count = graph.add("Add", whole, uneven)
    taps = graph.add("Add", graph.add("Floor", begin), graph.add("Range", zero, count, one))
    end = graph.add("Min", graph.add("Add", taps, one), graph.add("Add", edge, step))
    covered = graph.add("Div", graph.add("Sub", end, graph.add("Max", taps, edge)), step)
    near = graph.add("Sub", one, graph.add("Abs", graph.add("Sub", taps, centre)))
    weights = graph.add("Max", graph.add("Where", area, covered, near), zero)
    last = graph.add("Sub", length, one)
    index = graph.cast(graph.add("Min", graph.add("Max", taps, zero), last), np.int64)
    weights = graph.add("Unsqueeze", graph.cast(weights, np.float32), graph.integers(1))
    inside = graph.add("Squeeze", graph.add("Less", pixel, short), graph.integers(1))
    return Table(index, weights, inside)


def _resized(
    graph: Graph, image: str, network: NetworkSettings, rows: Table, columns: Table
) -> str:
    """Pixels of the input, by the taps of its rows and of its columns."""
    height, width = network.input_height, network.input_width
    # Along one axis the other one and the colours are numbers that stay together.
    low = _resampled(graph, image, rows)
    turned = graph.add("Transpose", _apart(graph, low, height), perm=[1, 0, 2])
    both = _apart(graph, _resampled(graph, turned, columns), width)
    colours = graph.add("Transpose", both, perm=[2, 1, 0])
    limits = graph.constant(0, np.float32), graph.constant(255, np.float32)
    pixels = graph.add("Clip", graph.add("Round", colours), *limits)
    row = graph.add("Unsqueeze", rows.inside, graph.integers(1))
    fill = graph.constant(np.reshape(FILL, (3, 1, 1)), np.float32, "fill")
    inside = graph.add("And", row, columns.inside)
    return _batch(graph, graph.add("Where", inside, pixels, fill))


def _resampled(graph: Graph, rows: str, table: Table) -> str:
    """(length, M, 3) of any number type to (input, 1, 3 * M) float32."""
    wide = graph.add("Reshape", rows, graph.integers(0, -1))
    neighbours = graph.cast(graph.add("Gather", wide, table.index, axis=0), np.float32)
    return graph.add("MatMul", table.weights, neighbours)


def _apart(graph: Graph, rows: str, length: int) -> str:
    """(length, 1, 3 * M) to (length, M, 3)."""
    return graph.add("Reshape", rows, graph.integers(length, -1, 3))


def _batch(graph: Graph, pixels: str) -> str:
    return graph.add("Unsqueeze", pixels, graph.integers(0))
