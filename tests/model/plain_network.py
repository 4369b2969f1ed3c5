"""The network and its loss once more, in float64 NumPy and plainly, for finite differences.

Parameters are those of ``model.network.Ctpn`` by name. Shapes as there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from model.config import LossSettings, NetworkSettings
from model.parameters import CONVOLUTIONS, EPSILON

Floats = npt.NDArray[np.float64]
Parameters = Mapping[str, Floats]


def loss(
    parameters: Parameters,
    network: NetworkSettings,
    batch_statistics: bool,
    arrays: Sequence[npt.NDArray[Any]],
    settings: LossSettings,
) -> list[float]:
    """Total, classification, vertical, side; ``arrays`` as ``model.loader.Batch.arrays``."""
    images, *targets = arrays
    predictions = predict(parameters, network, batch_statistics, images)
    return loss_of(*predictions, *targets, settings)


def predict(
    parameters: Parameters,
    network: NetworkSettings,
    batch_statistics: bool,
    images: npt.NDArray[Any],
) -> tuple[Floats, Floats, Floats]:
    """Scores, vertical and side of (B, H, W, 3) images."""
    x = ((images - np.array(network.mean)) / np.array(network.deviation)).transpose(0, 3, 1, 2)
    for block, count in enumerate(CONVOLUTIONS, 1):
        for n in range(1, count + 1):
            name = f"backbone.block{block}.conv{block}_{n}"
            x = convolution(x, parameters[f"{name}.convolution.weight"])
            x = np.maximum(norm(x, parameters, f"{name}.norm", batch_statistics), 0)
        if block < len(CONVOLUTIONS):
            b, c, h, w = x.shape
            x = x.reshape(b, c, h // 2, 2, w // 2, 2).max(axis=(3, 5))
    x = convolution(x, parameters["window.weight"]) + parameters["window.bias"][:, None, None]
    b, c, rows, columns = x.shape
    right = x.transpose(0, 2, 3, 1).reshape(b * rows, columns, c)
    both = [lstm(right, parameters, ""), lstm(right[:, ::-1], parameters, "_reverse")[:, ::-1]]
    hidden = np.maximum(dense(np.concatenate(both, axis=2), parameters, "dense"), 0)
    grid = (b, rows, columns, len(network.anchor_heights))
    scores, vertical, side = (dense(hidden, parameters, n) for n in ("scores", "vertical", "side"))
    return scores.reshape(*grid, 2), vertical.reshape(*grid, 2), side.reshape(grid)


def convolution(x: Floats, weight: Floats) -> Floats:
    """3x3, padded by one pixel."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    return np.tensordot(windows, weight, axes=((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2)


def norm(x: Floats, parameters: Parameters, name: str, batch_statistics: bool) -> Floats:
    mean, variance = parameters[f"{name}.moving_mean"], parameters[f"{name}.moving_variance"]
    if batch_statistics:
        mean, variance = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
    scale = parameters[f"{name}.gamma"] / np.sqrt(variance + EPSILON)
    shift = parameters[f"{name}.beta"] - mean * scale
    return x * scale[:, None, None] + shift[:, None, None]


def lstm(x: Floats, parameters: Parameters, end: str) -> Floats:
    """(N, T, C) to (N, T, H), from the first step to the last."""
    w_in, w_state, b_in, b_state = (
        parameters[f"rows.lstm.{name}_l0{end}"]
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    state = cell = np.zeros((len(x), w_state.shape[1]))
    states = []
    for t in range(x.shape[1]):
        gates = x[:, t] @ w_in.T + b_in + state @ w_state.T + b_state
        i, f, g, o = np.split(gates, 4, axis=1)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        state = sigmoid(o) * np.tanh(cell)
        states.append(state)
    return np.stack(states, axis=1)


def sigmoid(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x)))


def dense(x: Floats, parameters: Parameters, name: str) -> Floats:
    return np.asarray(x @ parameters[f"{name}.weight"].T + parameters[f"{name}.bias"])


def loss_of(
    scores: Floats,
    vertical: Floats,
    side: Floats,
    labels: npt.NDArray[np.int32],
    true_vertical: npt.NDArray[Any],
    true_side: npt.NDArray[Any],
    side_mask: npt.NDArray[Any],
    settings: LossSettings,
) -> list[float]:
    """Total, classification, vertical, side, anchor by anchor."""
    parts = np.zeros(3)
    for image in range(len(labels)):
        sums, sampled = np.zeros(3), 0
        for at in np.ndindex(labels.shape[1:]):
            place = (image, *at)
            label = labels[place]
            if label < 0:
                continue
            sampled += 1
            sums[0] += np.logaddexp(*scores[place]) - scores[place][label]
            if label == 1:
                away = vertical[place] - true_vertical[place]
                sums[1] += sum(smooth_l1(float(x), settings.beta) for x in away)
                offset = float(side[place] - true_side[place])
                sums[2] += smooth_l1(offset, settings.beta) * side_mask[place]
        parts += sums / max(sampled, 1) / len(labels)
    weights = (settings.classification, settings.vertical, settings.side)
    return [float(np.dot(weights, parts)), *map(float, parts)]


def smooth_l1(x: float, beta: float) -> float:
    return x * x / (2 * beta) if abs(x) < beta else abs(x) - beta / 2
