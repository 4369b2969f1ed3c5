"""The public MindSpore CTPN (MindSpore's model zoo, official/cv/CTPN), by its parameters' names.

What differs from the network here, and how it is carried over without changing an output:

- Each convolution of ``vgg16_feature_extractor`` has its norm as item 1 of a list; input as here.
- Two LSTMs stand side by side, and only one of them was ever trained: ``rnn`` (Ascend's DynamicRNN:
  one matrix (features + units, 4 units) a direction, gates input, cell, forget, output) or ``rnn2``
  (``nn.LSTM``). The other still is as it was drawn, uniform within 1 / sqrt(units).
- ``lstm_fc`` has no ReLU. The LSTM's outputs lie in (-1, 1), so a bias large enough keeps every
  unit above zero, where ReLU changes nothing, and the heads' biases take it away again.
- ``rpn_reg`` gives four numbers an anchor, of which the decoding uses the second (centre) and the
  fourth (height); the same order of anchors, and of background and text, as here.
- Its anchors are cut to whole, inclusive pixels: one named 2 is 3 px high. See ``actual_anchors``.
- There is no side refinement.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from manifests.errors import UserError
from model.anchors import STRIDE
from model.parameters import layer_names
from model.weights.stack import Convention, Layer, Norm, Stack
from model.weights.weight_file import Floats, WeightFile

CONVENTION = Convention((123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
_BACKBONE = "vgg16_feature_extractor."
_HEADS = "rpn_with_loss.rpn_convs_list."
_NORM_PARTS = ("gamma", "beta", "moving_mean", "moving_variance")
_HEAD_NAMES, _PARTS = ("lstm_fc", "rpn_cls", "rpn_reg"), ("weight", "bias")
_DYNAMIC, _FUSED = "rnn.", "rnn2."
_FUSED_NAMES = [
    f"{part}_l0{way}"
    for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    for way in ("", "_reverse")
]


class Anchors(NamedTuple):
    """The public version's anchors; k of them."""

    heights: tuple[float, ...]
    """(k,) px."""
    lowered: tuple[float, ...]
    """(k,) px by which the centre lies below the centre of the cell."""


def prefix_of(file: WeightFile) -> str | None:
    """What stands before all names, mostly nothing; None where it is no public CTPN or VGG16."""
    end = f"{_BACKBONE}conv1_1.0.weight"
    # The optimizer's moments carry the same names.
    found = [n for n in file.names if n.endswith(end) and "moment" not in n]
    return min(found, key=len).removesuffix(end) if found else None


def is_whole(file: WeightFile, prefix: str) -> bool:
    """Whether there is more than the backbone."""
    return f"{prefix}{_HEADS}lstm_fc.weight" in file.names


def backbone_stack(file: WeightFile, prefix: str) -> Stack:
    """The backbone. Raises UserError where a layer is absent."""
    at = {name: f"{prefix}{_BACKBONE}{name}." for name in layer_names()}
    names = [f"{a}0.weight" for a in at.values()]
    names += [f"{a}1.{part}" for a in at.values() for part in _NORM_PARTS]
    file.require(names, "backbone of the public MindSpore CTPN")
    layers = {}
    for name, a in at.items():
        weight = file.read(f"{a}0.weight")
        norm = Norm(*(file.read(f"{a}1.{part}") for part in _NORM_PARTS))
        layers[name] = Layer(weight, np.zeros(len(weight), np.float32), norm)
    return Stack(layers, CONVENTION)


def other_parameters(
    file: WeightFile, prefix: str, anchors: Anchors, lstm: str | None = None
) -> dict[str, Floats]:
    """All parameters of ``Ctpn`` but the backbone's. lstm: "rnn" or "rnn2", or None to find out.

    Raises UserError where some are absent, or which LSTM was trained cannot be told.
    """
    heads = f"{prefix}{_HEADS}"
    names = [f"{heads}{n}.{p}" for n in _HEAD_NAMES for p in _PARTS]
    file.require([f"{prefix}conv.weight", *names], "public MindSpore CTPN")
    window = file.read(f"{prefix}conv.weight")
    bias = f"{prefix}conv.bias"
    values = {
        "window.weight": window,
        "window.bias": file.read(bias) if bias in file.names else np.zeros(len(window), np.float32),
    }
    values |= {f"rows.lstm.{name}": value for name, value in _lstm(file, prefix, lstm).items()}
    read = {n: tuple(file.read(f"{heads}{n}.{p}") for p in _PARTS) for n in _HEAD_NAMES}
    return values | _dense_and_heads(read, anchors)


def _dense_and_heads(read: Mapping[str, tuple[Floats, ...]], anchors: Anchors) -> dict[str, Floats]:
    """The dense layer lifted above zero, and the heads that see it so. read: weight and bias."""
    (weight, bias), (scores, scores_bias), (boxes, boxes_bias) = (read[n] for n in _HEAD_NAMES)
    k = len(anchors.heights)
    if len(boxes) != 4 * k or len(scores) != 2 * k:
        raise UserError(
            f"it has {len(boxes) // 4} anchors a position, not the {k} of the preset; give a "
            "--preset with its network.anchor_heights"
        )
    enough = np.maximum(np.abs(weight.astype(np.float64)).sum(axis=1) - bias, 0)
    lifted = (bias + enough).astype(np.float32)
    lift = lifted.astype(np.float64) - bias  # what was really added, rounding included
    vertical, vertical_bias = (_vertical(part, k) for part in (boxes, boxes_bias))
    vertical_bias[0::2] += np.array(anchors.lowered) / np.array(anchors.heights)
    return {
        "dense.weight": weight,
        "dense.bias": lifted,
        "scores.weight": scores,
        "scores.bias": (scores_bias - scores @ lift).astype(np.float32),
        "vertical.weight": vertical.astype(np.float32),
        "vertical.bias": (vertical_bias - vertical @ lift).astype(np.float32),
        "side.weight": np.zeros((k, len(weight)), np.float32),
        "side.bias": np.zeros(k, np.float32),
    }


def _vertical(boxes: Floats, k: int) -> npt.NDArray[np.float64]:
    """(4k, ...) x, y, width, height of each anchor -> (2k, ...) y and height."""
    chosen = boxes.reshape(k, 4, *boxes.shape[1:])[:, [1, 3]]
    return chosen.reshape(2 * k, *boxes.shape[1:]).astype(np.float64)


def _lstm(file: WeightFile, prefix: str, wanted: str | None) -> dict[str, Floats]:
    found = {}
    if f"{prefix}{_DYNAMIC}w1" in file.names:
        found["rnn"] = _dynamic(file, prefix + _DYNAMIC)
    if f"{prefix}{_FUSED}{_FUSED_NAMES[0]}" in file.names:
        file.require([f"{prefix}{_FUSED}{n}" for n in _FUSED_NAMES], "public MindSpore CTPN")
        found["rnn2"] = {n: file.read(f"{prefix}{_FUSED}{n}") for n in _FUSED_NAMES}
    if wanted is not None and wanted not in found:
        raise UserError(f"{file.path} has no LSTM {wanted!r}; it has {', '.join(found) or 'none'}")
    trained = [n for n, values in found.items() if len(found) == 1 or _trained(values)]
    if wanted is None and len(trained) != 1:
        raise UserError(
            f"{file.path}: which of its LSTMs ({', '.join(found) or 'none is there'}) was trained "
            "cannot be told; give --lstm rnn for a training on Ascend, --lstm rnn2 for one on GPU"
        )
    return found[wanted or trained[0]]


def _trained(values: dict[str, Floats]) -> bool:
    """Whether any weight has left the range that it was drawn from."""
    bound = values["weight_hh_l0"].shape[1] ** -0.5
    return max(float(np.abs(value).max()) for value in values.values()) > bound * 1.0001


def _dynamic(file: WeightFile, prefix: str) -> dict[str, Floats]:
    """DynamicRNN's matrices as ``nn.LSTM`` has them."""
    file.require([f"{prefix}{n}" for n in ("w1", "b1", "w1_bw", "b1_bw")], "public MindSpore CTPN")
    values = {}
    for ours, theirs in (("_l0", "1"), ("_l0_reverse", "1_bw")):
        weight = _gates(file.read(f"{prefix}w{theirs}").T)
        bias = _gates(file.read(f"{prefix}b{theirs}"))
        features = weight.shape[1] - len(weight) // 4
        values[f"weight_ih{ours}"] = weight[:, :features]
        values[f"weight_hh{ours}"] = weight[:, features:]
        values[f"bias_ih{ours}"] = bias
        values[f"bias_hh{ours}"] = np.zeros_like(bias)
    return values


def _gates(rows: Floats) -> Floats:
    """(4 units, ...) input, cell, forget, output -> input, forget, cell, output."""
    i, g, f, o = np.split(rows, 4)
    return np.concatenate([i, f, g, o])


def actual_anchors(heights: Sequence[float]) -> Anchors:
    """What the public version makes of anchors of these heights.

    Top and bottom are 7.5 -+ height / 2, cut to whole numbers towards zero, both inclusive; pixel
    0 is the first of the cell.
    """
    half = np.array(heights, dtype=np.float64) / 2
    top, bottom = np.trunc((STRIDE - 1) / 2 - half), np.trunc((STRIDE - 1) / 2 + half)
    height = bottom - top + 1
    lowered = top + height / 2 - STRIDE / 2
    return Anchors(tuple(height.tolist()), tuple(lowered.tolist()))
