"""The public MindSpore CTPN in NumPy, from its own parameters, as far as scores and boxes go."""

from collections.abc import Mapping

import numpy as np

from tests.model.weights import plain_vgg as plain
from tests.model.weights.plain_vgg import Bytes, Floats

HEADS = "rpn_with_loss.rpn_convs_list."
BACKBONE = "vgg16_feature_extractor."


def parameters(
    channels: tuple[int, ...], window: int, units: int, dense: int, k: int, seed: int = 0
) -> dict[str, Floats]:
    """Random parameters of the shapes that the public version has; both LSTMs as they are drawn."""
    rng = np.random.default_rng(seed)
    draws: dict[str, tuple[tuple[int, ...], float]] = {
        "conv.weight": ((window, channels[-1], 3, 3), 0.2),
        f"{HEADS}lstm_fc.weight": ((dense, 2 * units), 0.5),
        f"{HEADS}lstm_fc.bias": ((dense,), 0.5),
        f"{HEADS}rpn_cls.weight": ((2 * k, dense), 0.5),
        f"{HEADS}rpn_cls.bias": ((2 * k,), 0.5),
        f"{HEADS}rpn_reg.weight": ((4 * k, dense), 0.2),
        f"{HEADS}rpn_reg.bias": ((4 * k,), 0.2),
    }
    values = {n: rng.normal(0, s, shape).astype(np.float32) for n, (shape, s) in draws.items()}
    bound = units**-0.5
    shapes = {"weight_ih": (4 * units, window), "weight_hh": (4 * units, units)}
    shapes |= {"bias_ih": (4 * units,), "bias_hh": (4 * units,)}
    for way in ("", "_reverse"):
        for part, shape in shapes.items():
            values[f"rnn2.{part}_l0{way}"] = rng.uniform(-bound, bound, shape).astype(np.float32)
    for way in ("", "_bw"):
        drawn = rng.uniform(-bound, bound, (window + units, 4 * units))
        values[f"rnn.w1{way}"] = drawn.astype(np.float32)
        values[f"rnn.b1{way}"] = rng.uniform(-bound, bound, 4 * units).astype(np.float32)
    return values | backbone(channels, rng)


def backbone(channels: tuple[int, ...], rng: np.random.Generator) -> dict[str, Floats]:
    """Its VGG16: convolutions without bias, and lived-in norms."""
    caffe, values = plain.random_weights(channels, rng), {}
    for name in plain.NAMES:
        size = len(caffe[f"{name}.bias"])
        at = f"{BACKBONE}{name}"
        values[f"{at}.0.weight"] = caffe[f"{name}.weight"]
        values[f"{at}.1.gamma"] = rng.uniform(0.5, 1.5, size).astype(np.float32)
        values[f"{at}.1.beta"] = rng.normal(0, 0.3, size).astype(np.float32)
        values[f"{at}.1.moving_mean"] = rng.normal(0, 0.3, size).astype(np.float32)
        values[f"{at}.1.moving_variance"] = rng.uniform(0.5, 2, size).astype(np.float32)
    return values


def trained(values: Mapping[str, Floats], lstm: str) -> dict[str, Floats]:
    """The same after one of its LSTMs ("rnn" or "rnn2") has learnt something."""
    grown = {n: v * 3 for n, v in values.items() if n.startswith(f"{lstm}.")}
    return {**values, **grown}


def conv5_3(rgb: Bytes, values: Mapping[str, Floats]) -> Floats:
    """Its features of a picture."""

    def layer(name: str, x: Floats) -> Floats:
        at = f"{BACKBONE}{name}"
        x = plain.convolve(x, values[f"{at}.0.weight"], np.zeros(1, np.float32))
        parts = ("gamma", "beta", "moving_mean", "moving_variance")
        gamma, beta, mean, variance = (values[f"{at}.1.{p}"][:, None, None] for p in parts)
        return np.asarray((x - mean) / np.sqrt(variance + 1e-5) * gamma + beta, np.float32)

    mean, deviation = np.float32((123.675, 116.28, 103.53)), np.float32((58.395, 57.12, 57.375))
    return plain.stack(((rgb - mean) / deviation).transpose(2, 0, 1), layer)


def outputs(rgb: Bytes, values: Mapping[str, Floats], lstm: str) -> tuple[Floats, Floats]:
    """Scores (R, C, k, 2) and box offsets (R, C, k, 4): x, y, width, height."""
    features = conv5_3(rgb, values)
    x = plain.convolve(features, values["conv.weight"], np.zeros(1, np.float32))
    run = dynamic_rnn if lstm == "rnn" else fused_lstm
    hidden = run(x.transpose(2, 1, 0), values)  # columns first: the steps
    dense = hidden @ values[f"{HEADS}lstm_fc.weight"].T + values[f"{HEADS}lstm_fc.bias"]
    scores = dense @ values[f"{HEADS}rpn_cls.weight"].T + values[f"{HEADS}rpn_cls.bias"]
    boxes = dense @ values[f"{HEADS}rpn_reg.weight"].T + values[f"{HEADS}rpn_reg.bias"]
    columns, rows = hidden.shape[:2]
    return (
        scores.reshape(columns, rows, -1, 2).transpose(1, 0, 2, 3),
        boxes.reshape(columns, rows, -1, 4).transpose(1, 0, 2, 3),
    )


def decoded(boxes: Floats, heights: list[int]) -> Floats:
    """Centre y and height in px of (R, C, k, 4) outputs, by inclusive whole-pixel anchors."""
    rows, columns, k, _ = boxes.shape
    found = np.zeros((rows, columns, k, 2))
    for a, named in enumerate(heights):
        top, bottom = int(7.5 - named / 2), int(7.5 + named / 2)
        height = bottom - top + 1.0
        for row in range(rows):
            centre = 16 * row + top + 0.5 * height
            found[row, :, a, 0] = boxes[row, :, a, 1] * height + centre
            found[row, :, a, 1] = np.exp(boxes[row, :, a, 3]) * height
    return found


def sigmoid(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x)), np.float32)


def dynamic_rnn(x: Floats, values: Mapping[str, Floats]) -> Floats:
    """(T, N, C) -> (T, N, 2H) by Ascend's operator: gates input, cell, forget, output."""

    def one_way(x: Floats, weight: Floats, bias: Floats) -> Floats:
        units = len(bias) // 4
        state = cell = np.zeros((x.shape[1], units), np.float32)
        states = []
        for step in x:
            gates = np.concatenate([step, state], axis=1) @ weight + bias
            i, g, f, o = np.split(gates, 4, axis=1)
            cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
            state = sigmoid(o) * np.tanh(cell)
            states.append(state)
        return np.stack(states)

    right = one_way(x, values["rnn.w1"], values["rnn.b1"])
    left = one_way(x[::-1], values["rnn.w1_bw"], values["rnn.b1_bw"])[::-1]
    return np.concatenate([right, left], axis=2)


def fused_lstm(x: Floats, values: Mapping[str, Floats]) -> Floats:
    """(T, N, C) -> (T, N, 2H) by ``nn.LSTM``: gates input, forget, cell, output."""

    def one_way(x: Floats, way: str) -> Floats:
        w, u, b, c = (
            values[f"rnn2.{part}_l0{way}"]
            for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        state = cell = np.zeros((x.shape[1], len(b) // 4), np.float32)
        states = []
        for step in x:
            i, f, g, o = np.split(step @ w.T + state @ u.T + b + c, 4, axis=1)
            cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
            state = sigmoid(o) * np.tanh(cell)
            states.append(state)
        return np.stack(states)

    return np.concatenate([one_way(x, ""), one_way(x[::-1], "_reverse")[::-1]], axis=2)
