"""The recurrence in NumPy, against MindSpore's own layer."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

pytestmark = pytest.mark.usefixtures("mindspore")

Floats = npt.NDArray[np.float32]

ROWS, STEPS, FEATURES, UNITS = 3, 5, 6, 4


def value_and_gradients(
    on_host: bool, x: Floats, weights: dict[str, Floats], wanted: Floats
) -> dict[str, Floats]:
    """sum(layer(x) * wanted) and its gradients, by name."""
    import mindspore as ms

    from model.recurrent import RowLstm

    layer = RowLstm(FEATURES, UNITS, on_host)
    for parameter in layer.get_parameters():
        parameter.set_data(ms.Tensor(weights[parameter.name]))

    def loss(x: Any, wanted: Any) -> Any:
        return (layer(x) * wanted).sum()

    gradient = ms.value_and_grad(loss, 0, layer.trainable_params())
    value, (d_x, d_weights) = ms.jit(gradient)(ms.Tensor(x), ms.Tensor(wanted))
    found = zip(layer.trainable_params(), d_weights, strict=True)
    named = {parameter.name: tensor.asnumpy() for parameter, tensor in found}
    return {"value": value.asnumpy(), "x": d_x.asnumpy(), **named}


def lstm_weights(rng: np.random.Generator) -> dict[str, Floats]:
    shapes = {"weight_ih": (4 * UNITS, FEATURES), "weight_hh": (4 * UNITS, UNITS)}
    shapes |= {"bias_ih": (4 * UNITS,), "bias_hh": (4 * UNITS,)}
    return {
        f"lstm.{name}_l0{end}": (0.7 * rng.standard_normal(shape)).astype(np.float32)
        for name, shape in shapes.items()
        for end in ("", "_reverse")
    }


def test_both_ways_give_the_same_outputs_and_gradients() -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((ROWS, STEPS, FEATURES)).astype(np.float32)
    wanted = rng.standard_normal((ROWS, STEPS, 2 * UNITS)).astype(np.float32)
    weights = lstm_weights(rng)
    fused = value_and_gradients(False, x, weights, wanted)
    host = value_and_gradients(True, x, weights, wanted)
    assert set(fused) == {"value", "x", *weights}
    for name in fused:
        np.testing.assert_allclose(host[name], fused[name], rtol=1e-4, atol=1e-5, err_msg=name)


def test_a_row_of_one_column_works() -> None:
    from model.recurrent import backward, forward

    rng = np.random.default_rng(2)
    projected = rng.standard_normal((2, 1, 8 * UNITS)).astype(np.float32)
    w_hidden = rng.standard_normal((2, 4 * UNITS, UNITS)).astype(np.float32)
    outputs, gates, cells = forward(projected, w_hidden)
    d_projected, d_hidden = backward(w_hidden, outputs, gates, cells, np.ones_like(outputs))
    assert outputs.shape == (2, 1, 2 * UNITS)
    assert np.abs(d_projected).max() > 0
    assert np.array_equal(d_hidden, np.zeros_like(w_hidden))
