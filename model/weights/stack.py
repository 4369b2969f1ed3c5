"""A VGG16 of any origin, and what it is as the parameters of ``model.backbone``.

Two things differ from source to source. What the input's numbers mean: the order of the colours,
what is subtracted from them and what the rest is divided by. That is a change of conv1_1, exact but
for the outermost pixels, where the padding stands for another colour if the means differ. And
whether a batch norm follows each convolution: a convolution with a bias and no norm is one followed
by a frozen norm with gamma 1, beta the bias, mean 0 and variance 1 - epsilon. Layers without norms
are brought to one scale (``balance``), which changes nothing but how well they learn.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from model.config import NetworkSettings
from model.parameters import EPSILON, layer_names
from model.weights.balance import balanced
from model.weights.weight_file import Floats


@dataclass(frozen=True)
class Convention:
    """The input that a network was trained with: (colour 0..255 - mean) / deviation."""

    mean: tuple[float, ...]
    """Red, green, blue."""
    deviation: tuple[float, ...]
    """Red, green, blue."""
    bgr: bool = False
    """Whether the channels of conv1_1 are blue, green, red."""


@dataclass(frozen=True)
class Norm:
    """A batch norm at inference with this project's epsilon: four (out,) arrays."""

    gamma: Floats
    beta: Floats
    mean: Floats
    variance: Floats


@dataclass(frozen=True)
class Layer:
    """A 3x3 convolution, weight (out, in, 3, 3) and bias (out,), and the norm after it, if any."""

    weight: Floats
    bias: Floats
    norm: Norm | None = None


@dataclass(frozen=True)
class Stack:
    """The 13 layers by their names, conv1_1 to conv5_3."""

    layers: Mapping[str, Layer]
    convention: Convention


def backbone_parameters(stack: Stack, network: NetworkSettings) -> dict[str, Floats]:
    """The parameters of ``Vgg16`` by their names without a prefix, for the network's own input."""
    ours = Convention(network.mean, network.deviation)
    first = layer_names()[0]
    layers = {**stack.layers, first: for_input(stack.layers[first], stack.convention, ours)}
    if all(layer.norm is None for layer in layers.values()):
        pairs = balanced({name: (layer.weight, layer.bias) for name, layer in layers.items()})
        layers = {name: Layer(*pair) for name, pair in pairs.items()}
    values: dict[str, Floats] = {}
    for name in layer_names():
        layer = layers[name]
        norm = _norm(layer)
        at = f"block{name[4]}.{name}"
        values[f"{at}.convolution.weight"] = layer.weight
        values[f"{at}.norm.gamma"] = norm.gamma
        values[f"{at}.norm.beta"] = norm.beta
        values[f"{at}.norm.moving_mean"] = norm.mean
        values[f"{at}.norm.moving_variance"] = norm.variance
    return values


def stack_of(parameters: Mapping[str, Floats], network: NetworkSettings) -> Stack:
    """The inverse of ``backbone_parameters``: a backbone of this project as a stack."""
    layers = {}
    for name in layer_names():
        at = f"block{name[4]}.{name}"
        norm = Norm(
            parameters[f"{at}.norm.gamma"],
            parameters[f"{at}.norm.beta"],
            parameters[f"{at}.norm.moving_mean"],
            parameters[f"{at}.norm.moving_variance"],
        )
        weight = parameters[f"{at}.convolution.weight"]
        layers[name] = Layer(weight, np.zeros(len(weight), np.float32), norm)
    return Stack(layers, Convention(network.mean, network.deviation))


def for_input(layer: Layer, source: Convention, ours: Convention) -> Layer:
    """conv1_1 for another convention of the input.

    With y = (x - m) / d the source's input and z = (x - M) / D ours, y = z D / d + (M - m) / d.
    """
    weight = layer.weight[:, ::-1] if source.bgr else layer.weight
    exact = weight.astype(np.float64)
    deviation = np.array(source.deviation)
    shift = (np.array(ours.mean) - np.array(source.mean)) / deviation
    bias = layer.bias + np.einsum("oikl,i->o", exact, shift)
    scaled = exact * (np.array(ours.deviation) / deviation)[None, :, None, None]
    return Layer(scaled.astype(np.float32), bias.astype(np.float32), layer.norm)


def _norm(layer: Layer) -> Norm:
    """The norm that takes the place of bias and norm: a bias is a smaller mean."""
    bias, norm = layer.bias, layer.norm
    if norm is None:
        zero, one = np.zeros_like(bias), np.ones_like(bias)
        return Norm(one, bias, zero, np.full_like(bias, 1 - EPSILON))
    return Norm(norm.gamma, norm.beta, norm.mean - bias, norm.variance)
