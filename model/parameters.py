"""The network's parameters by name and shape, for those who read them without MindSpore."""

from collections.abc import Mapping

from manifests.errors import UserError
from model.config import NetworkSettings

CONVOLUTIONS = (2, 2, 3, 3, 3)
"""Convolutions in each block of VGG16; a pooling by 2 follows all blocks but the last."""

EPSILON = 1e-5
"""Of the norms: added to the variance."""

_SHOWN = 2

Shapes = Mapping[str, tuple[int, ...]]


def layer_names() -> list[str]:
    """conv1_1 ... conv5_3, in order."""
    return [f"conv{b}_{n}" for b, count in enumerate(CONVOLUTIONS, 1) for n in range(1, count + 1)]


def parameter_shapes(network: NetworkSettings) -> dict[str, tuple[int, ...]]:
    """The shape of each parameter of ``model.network.Ctpn`` by its name."""
    hidden, k = network.dense_units, len(network.anchor_heights)
    window, units = network.window_channels, network.rnn_units
    return {
        **_backbone(network.channels),
        "window.weight": (window, network.channels[-1], 3, 3),
        "window.bias": (window,),
        **_lstm(window, units),
        **_dense("dense", 2 * units, hidden),
        **_dense("scores", hidden, 2 * k),
        **_dense("vertical", hidden, 2 * k),
        **_dense("side", hidden, k),
    }


def require_fit(wanted: Shapes, given: Shapes, source: str) -> None:
    """Raise UserError, naming what does not fit, unless ``given`` has each of ``wanted`` in its
    shape, and nothing else."""
    problems = [f"{name} is missing" for name in wanted if name not in given]
    problems += [f"{name} is not of this network" for name in given if name not in wanted]
    problems += [
        f"{name} is {given[name]}, not {shape}"
        for name, shape in wanted.items()
        if given.get(name, shape) != shape
    ]
    if problems:
        more = f" and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise UserError(
            f"{source} does not fit the network: {'; '.join(problems[:_SHOWN])}{more}. Use the "
            "preset it was trained with, or another checkpoint"
        )


def _backbone(channels: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    into = 3
    for name in layer_names():
        block = int(name[4])
        out, at = channels[block - 1], f"backbone.block{block}.{name}."
        shapes[f"{at}convolution.weight"] = (out, into, 3, 3)
        for part in ("moving_mean", "moving_variance", "gamma", "beta"):
            shapes[f"{at}norm.{part}"] = (out,)
        into = out
    return shapes


def _lstm(features: int, units: int) -> dict[str, tuple[int, ...]]:
    return {
        f"rows.lstm.{name}_l0{end}": shape
        for end in ("", "_reverse")
        for name, shape in (
            ("weight_ih", (4 * units, features)),
            ("weight_hh", (4 * units, units)),
            ("bias_ih", (4 * units,)),
            ("bias_hh", (4 * units,)),
        )
    }


def _dense(name: str, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}
