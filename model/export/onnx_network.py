"""The network (``model.network``) as part of an ONNX graph.

Norms are folded into the convolutions before them, and the two scores of an anchor into one: their
difference, of which a sigmoid is the probability of text that a softmax over both would be.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from model.anchors import STRIDE
from model.config import NetworkSettings
from model.export.graph import Graph
from model.export.weights import Weights
from model.parameters import CONVOLUTIONS, EPSILON

Array = npt.NDArray[np.floating[Any]]
_CONVOLUTION: dict[str, Any] = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
_GATES = (0, 3, 1, 2)
"""MindSpore's input, forget, cell, output in the order of ONNX: input, output, forget, cell."""


def grid(network: NetworkSettings) -> tuple[int, int, int]:
    """Rows, columns and anchors to a cell: R, C and k."""
    rows, columns = network.input_height // STRIDE, network.input_width // STRIDE
    return rows, columns, len(network.anchor_heights)


def add_network(graph: Graph, weights: Weights, normalised: str) -> None:
    """Add the network; ``normalised`` is the name of its input, (1, 3, height, width) float32.

    Its outputs are called scores, vertical and side, shapes as in ``model.outputs.Outputs``.
    """
    network, arrays = weights.config.network, weights.arrays
    features = _backbone(graph, weights, normalised)
    window = _parameters(graph, weights, "window")
    features = graph.add("Conv", features, *window, **_CONVOLUTION)
    hidden = graph.add("Relu", _dense(graph, _rows(graph, weights, features), "dense", weights))
    shape = grid(network)
    weight, bias = (arrays[f"scores.{part}"] for part in ("weight", "bias"))
    difference = _affine(
        graph, hidden, "scores", weight[1::2] - weight[::2], bias[1::2] - bias[::2]
    )
    probability = graph.add("Sigmoid", difference)
    graph.add("Reshape", probability, graph.integers(*shape), out="scores")
    for name, more in (("vertical", (2,)), ("side", ())):
        head = _dense(graph, hidden, name, weights)
        graph.add("Reshape", head, graph.integers(*shape, *more), out=name)


def folded(weights: Weights, layer: str) -> tuple[Array, Array]:
    """Weight and bias of the convolution that equals ``layer`` and the norm after it."""
    gamma, beta, mean, variance = (
        weights.arrays[f"{layer}.norm.{part}"].astype(np.float64)
        for part in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    scale = gamma / np.sqrt(variance + EPSILON)
    weight = weights.arrays[f"{layer}.convolution.weight"] * scale[:, None, None, None]
    return weight, beta - mean * scale


def _backbone(graph: Graph, weights: Weights, x: str) -> str:
    for block, count in enumerate(CONVOLUTIONS, 1):
        for number in range(1, count + 1):
            layer = f"backbone.block{block}.conv{block}_{number}"
            weight, bias = folded(weights, layer)
            parameters = (
                graph.weight(f"{layer}.weight", weight),
                graph.weight(f"{layer}.bias", bias),
            )
            x = graph.add("Relu", graph.add("Conv", x, *parameters, **_CONVOLUTION))
        if block < len(CONVOLUTIONS):
            x = graph.add("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    return x


def _rows(graph: Graph, weights: Weights, features: str) -> str:
    """(1, channels, R, C) to (R, C, 2 * units): each row read from both ends."""
    network = weights.config.network
    steps = graph.add("Transpose", features, perm=[3, 0, 2, 1])
    steps = graph.add("Reshape", steps, graph.integers(0, -1, network.window_channels))
    names = ("weight_ih", "weight_hh")
    parameters = [graph.weight(f"rows.{n}", _both_ends(weights, n)) for n in names]
    biases = [_both_ends(weights, name) for name in ("bias_ih", "bias_hh")]
    parameters.append(graph.constant(np.concatenate(biases, axis=1), np.float32, "rows.bias"))
    # (C, 2, R, units): the steps first, then the direction.
    states = graph.add(
        "LSTM", steps, *parameters, direction="bidirectional", hidden_size=network.rnn_units
    )
    turned = graph.add("Transpose", states, perm=[2, 0, 1, 3])
    return graph.add("Reshape", turned, graph.integers(0, 0, 2 * network.rnn_units))


def _both_ends(weights: Weights, name: str) -> Array:
    """(2, 4 * units, ...) of left to right and right to left, the gates in ONNX's order."""
    ends = [weights.arrays[f"rows.lstm.{name}_l0{end}"] for end in ("", "_reverse")]
    gates = [np.split(end, 4) for end in ends]
    return np.stack([np.concatenate([gate[i] for i in _GATES]) for gate in gates])


def _dense(graph: Graph, x: str, name: str, weights: Weights) -> str:
    arrays = weights.arrays
    return _affine(graph, x, name, arrays[f"{name}.weight"], arrays[f"{name}.bias"])


def _affine(graph: Graph, x: str, name: str, weight: Array, bias: Array) -> str:
    product = graph.add("MatMul", x, graph.weight(f"{name}.weight", weight.T))
    return graph.add("Add", product, graph.weight(f"{name}.bias", bias))


def _parameters(graph: Graph, weights: Weights, name: str) -> tuple[str, str]:
    weight, bias = (f"{name}.{part}" for part in ("weight", "bias"))
    return graph.weight(weight, weights.arrays[weight]), graph.weight(bias, weights.arrays[bias])
