"""Layers without norms: brought to one scale without changing what they answer."""

import numpy as np

from model.parameters import layer_names
from model.weights.balance import balanced, convolve, noise, scales
from tests.model.weights import plain_vgg


def conv5_3(of: dict[str, tuple[np.ndarray, np.ndarray]], picture: np.ndarray) -> np.ndarray:
    return plain_vgg.stack(picture, lambda name, x: plain_vgg.convolve(x, *of[name]))


def layers(seed: int, gain: float) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """A narrow stack whose activations grow by about ``gain`` a layer."""
    rng = np.random.default_rng(seed)
    result, width = {}, 3
    for name in layer_names():
        weight = rng.normal(0, gain * np.sqrt(2 / (9 * width)), (4, width, 3, 3))
        result[name] = weight.astype(np.float32), rng.normal(0, gain, 4).astype(np.float32)
        width = 4
    return result


def test_conv5_3_stays_as_it_is_to_the_last_bit() -> None:
    given = layers(1, 3.0)
    picture = noise(32)
    before, after = conv5_3(given, picture), conv5_3(balanced(given), picture)
    assert np.abs(before).max() > 100
    assert (before == after).all()


def test_inner_layers_answer_about_one() -> None:
    even = scales(balanced(layers(2, 4.0)))
    assert set(even) == set(layer_names())
    assert all(0.5 <= scale <= 2 for scale in even.values())


def test_a_layer_that_answers_nothing_is_left_alone() -> None:
    given = layers(3, 1.0)
    weight, bias = given["conv3_2"]
    given["conv3_2"] = weight * 0, bias * 0 - 1
    assert scales(given)["conv3_2"] == 1.0


def test_a_convolution_is_one() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 5, 6)).astype(np.float32)
    weight = rng.normal(size=(3, 2, 3, 3)).astype(np.float32)
    out = convolve(x, weight)
    assert np.isclose(out[1, 2, 3], (x[:, 1:4, 2:5] * weight[1]).sum(), rtol=1e-5)
    assert np.isclose(out[2, 0, 5], (x[:, :2, 4:] * weight[2, :, 1:, :2]).sum(), rtol=1e-5)
