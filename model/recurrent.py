"""A bidirectional LSTM along the rows of a feature map.

On the CPU, MindSpore's backward pass of ``nn.LSTM`` is a scalar reference kernel that takes more
time than all convolutions of a small network, so there the recurrence runs as NumPy inside the
graph, both directions in one batched matrix product a step; the projection of the inputs, which
holds most of the arithmetic, stays a matrix product of the graph. Other devices run ``nn.LSTM``.
The parameters are those of ``nn.LSTM`` in either case, so checkpoints fit both.

Shape letters: N rows (sequences), T columns (steps), C input features, H units a direction. The
axis of length 2 is the direction: left to right, then right to left. Gates stand in the order
input, forget, cell, output.
"""

from typing import Any

import mindspore as ms
import numpy as np
import numpy.typing as npt
from mindspore import nn, ops

Array = npt.NDArray[np.float32]


def forward(projected: Array, w_hidden: Array) -> tuple[Array, Array, Array]:
    """The recurrence: outputs, and what its backward pass needs.

    projected: (N, T, 8H) the inputs' part of the gates with the bias, 4H for each direction;
    w_hidden: (2, 4H, H); both float32. Returns outputs (N, T, 2H), and in each direction's own
    order of steps the gates after their nonlinearities (T, 2, N, 4H) and cell states (T, 2, N, H).
    """
    units = w_hidden.shape[2]
    gates = _by_step(projected)
    cells = np.empty((*gates.shape[:3], units), np.float32)
    states = np.empty_like(cells)
    recurrent = np.ascontiguousarray(w_hidden.transpose(0, 2, 1))
    for t, gate in enumerate(gates):
        if t:
            gate += states[t - 1] @ recurrent
        _activate(gate, units)
        i, f, g, o = np.split(gate, 4, axis=2)
        np.multiply(i, g, out=cells[t])
        if t:
            cells[t] += f * cells[t - 1]
        np.multiply(o, np.tanh(cells[t]), out=states[t])
    return _by_row(states), gates, cells


def backward(
    w_hidden: Array, outputs: Array, gates: Array, cells: Array, d_outputs: Array
) -> tuple[Array, Array]:
    """Gradients with respect to ``projected`` (N, T, 8H) and ``w_hidden`` (2, 4H, H).

    outputs, gates, cells: what ``forward`` returned; d_outputs: (N, T, 2H).
    """
    states, d_states = _by_step(outputs), _by_step(d_outputs)
    d_gates = np.empty_like(gates)
    d_cell = np.zeros_like(cells[0])
    for t in reversed(range(len(gates))):
        before = cells[t - 1] if t else np.zeros_like(d_cell)
        d_cell = _step_back(gates[t], cells[t], before, d_states[t], d_cell, d_gates[t])
        if t:
            d_states[t - 1] += d_gates[t] @ w_hidden
    width, units = w_hidden.shape[1:]
    later = d_gates[1:].transpose(1, 3, 0, 2).reshape(2, width, -1)
    earlier = states[:-1].transpose(1, 0, 2, 3).reshape(2, -1, units)
    return _by_row(d_gates), np.matmul(later, earlier, order="C")


def _activate(gate: Array, units: int) -> None:
    """Nonlinearities of (2, N, 4H) in place; a sigmoid is a tanh of half its argument."""
    sigmoids = (gate[..., : 2 * units], gate[..., 3 * units :])
    for part in sigmoids:
        part *= 0.5
    np.tanh(gate, out=gate)
    for part in sigmoids:
        part += 1
        part *= 0.5


def _step_back(
    gate: Array, cell: Array, before: Array, d_state: Array, d_cell: Array, d_gate: Array
) -> Array:
    """Fill ``d_gate`` (2, N, 4H) of one step; returns the gradient of the cell state before it."""
    i, f, g, o = np.split(gate, 4, axis=2)
    d_i, d_f, d_g, d_o = np.split(d_gate, 4, axis=2)
    squashed = np.tanh(cell)
    d_cell = d_cell + d_state * o * (1 - squashed * squashed)
    np.multiply(d_state * squashed, o * (1 - o), out=d_o)
    np.multiply(d_cell * g, i * (1 - i), out=d_i)
    np.multiply(d_cell * before, f * (1 - f), out=d_f)
    np.multiply(d_cell * i, 1 - g * g, out=d_g)
    return np.asarray(d_cell * f)


def _by_step(rows: Array) -> Array:
    """(N, T, 2F) in order of columns -> (T, 2, N, F) in each direction's own order of steps."""
    right, left = np.split(rows.transpose(1, 0, 2), 2, axis=2)
    return np.ascontiguousarray(np.stack([right, left[::-1]], axis=1))


def _by_row(steps: Array) -> Array:
    """Undoes ``_by_step``."""
    both = np.concatenate([steps[:, 0], steps[::-1, 1]], axis=2)
    return np.ascontiguousarray(both.transpose(1, 0, 2))


def _forward_shapes(projected: Any, w_hidden: Any) -> tuple[Any, Any, Any]:
    rows, steps, units = projected[0], projected[1], w_hidden[2]
    return [rows, steps, 2 * units], [steps, 2, rows, 4 * units], [steps, 2, rows, units]


def _backward_shapes(w_hidden: Any, outputs: Any, _g: Any, _c: Any, _d: Any) -> tuple[Any, Any]:
    return [outputs[0], outputs[1], 8 * w_hidden[2]], w_hidden


def _recurrence() -> ops.Custom:
    """``forward`` as an operation of the graph, with ``backward`` as its gradient."""
    d_recurrence = ops.Custom(
        backward, _backward_shapes, lambda w, o, g, c, d: (w, w), func_type="pyfunc"
    )

    def bprop(projected: Any, w_hidden: Any, out: Any, dout: Any) -> Any:
        return d_recurrence(w_hidden, out[0], out[1], out[2], dout[0])

    return ops.Custom(
        forward, _forward_shapes, lambda p, w: (p, p, p), bprop=bprop, func_type="pyfunc"
    )


class RowLstm(nn.Cell):
    """(N, T, C) float32 -> (N, T, 2H): each row read from both ends.

    ``on_host`` runs the recurrence in NumPy, for the CPU.
    """

    def __init__(self, features: int, units: int, on_host: bool) -> None:
        super().__init__()
        self.lstm = nn.LSTM(features, units, batch_first=True, bidirectional=True)
        self.features = features
        self.on_host = on_host
        self.recurrence = _recurrence()

    def construct(self, rows: ms.Tensor) -> ms.Tensor:
        if not self.on_host:
            return self.lstm(rows)[0]
        return self.recurrence(self.project(rows), ops.stack(self.lstm.w_hh_list))[0]

    def project(self, rows: ms.Tensor) -> ms.Tensor:
        """(N, T, 8H) the inputs' part of the gates, with both biases."""
        weight = ops.concat(self.lstm.w_ih_list)
        bias = ops.concat(self.lstm.b_ih_list) + ops.concat(self.lstm.b_hh_list)
        flat = ops.matmul(rows.reshape(-1, self.features), weight.T) + bias
        return flat.reshape(rows.shape[0], rows.shape[1], -1)
