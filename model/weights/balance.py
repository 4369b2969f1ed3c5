"""Layers without norms brought to one scale, their function unchanged.

In VGG16 as it was published the activations of inner layers are hundreds of times larger than those
of conv5_3. An optimizer whose steps do not depend on the gradient's size, such as Adam, then moves
a layer's output by more than the output itself: measured here, conv5_3 grew 3,000-fold in 500 steps
and the network learnt nothing. ReLU and pooling pass positive factors on, so a factor on one layer
and its inverse on the next cancel out; factors that are powers of two do so to the last bit.

Shape letters: H, W pixels of a feature map.
"""

from collections.abc import Mapping

import numpy as np

from model.parameters import CONVOLUTIONS, layer_names
from model.weights.weight_file import Floats

SIZE = 64


def scales(layers: Mapping[str, tuple[Floats, Floats]]) -> dict[str, float]:
    """For each layer, conv1_1 to conv5_3, the power of two that its outputs are to be divided by.

    layers: weight (out, in, 3, 3) and bias (out,) by name, for input about 0 with a deviation about
    1. It is the nearest power of two to the root mean square of the layer's outputs for a picture
    of noise with the spectrum of photographs; 1 for conv5_3, whose outputs stay as they are.
    """
    x = noise(SIZE)
    found = {}
    last = layer_names()[-1]
    for name in layer_names():
        weight, bias = layers[name]
        x = np.maximum(convolve(x, weight) + bias[:, None, None], 0)
        size = float(np.sqrt(np.square(x, dtype=np.float64).mean()))
        found[name] = 2.0 ** round(np.log2(size)) if size > 0 and name != last else 1.0
        block, number = int(name[4]), int(name[6])
        if number == CONVOLUTIONS[block - 1]:
            x = x.reshape(len(x), x.shape[1] // 2, 2, x.shape[2] // 2, 2).max(axis=(2, 4))
    return found


def balanced(layers: Mapping[str, tuple[Floats, Floats]]) -> dict[str, tuple[Floats, Floats]]:
    """The layers with every output divided by its scale; conv5_3's outputs are equal bit for bit,
    unless a value leaves the range of float32."""
    before, result = 1.0, {}
    for name, scale in scales(layers).items():
        weight, bias = layers[name]
        result[name] = (weight * np.float32(before / scale), bias * np.float32(1 / scale))
        before = scale
    return result


def noise(size: int) -> Floats:
    """(3, size, size) float32, mean 0 and deviation 1: noise whose amplitude falls with the
    frequency, as that of photographs does; always the same."""
    rng = np.random.default_rng(0)
    frequency = np.fft.fftfreq(size)
    radius = np.maximum(np.hypot(frequency[:, None], frequency), 1 / size)
    spectrum = np.fft.fft2(rng.normal(size=(3, size, size))) / radius
    picture = np.fft.ifft2(spectrum).real
    return ((picture - picture.mean()) / picture.std()).astype(np.float32)


def convolve(x: Floats, weight: Floats) -> Floats:
    """(in, H, W) and (out, in, 3, 3) -> (out, H, W), padded with zeros."""
    _, height, width = x.shape
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    total = np.zeros((len(weight), height * width), np.float32)
    for row in range(3):
        for column in range(3):
            part = padded[:, row : row + height, column : column + width]
            total += weight[:, :, row, column] @ part.reshape(len(x), -1)
    return total.reshape(-1, height, width)
