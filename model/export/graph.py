"""Writing an ONNX graph node by node."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from model.export.weights import require_half

OPSET = 17
"""Operators as of ONNX 1.12, 2022: what is used here has not changed meaning since, and runtimes
of that age read it."""
IR_VERSION = 8
"""The file format of ONNX 1.12."""

_HALF = np.dtype(np.float16)


class Graph:
    """The nodes and constants of a graph that is being written; values are known by name.

    half: store large constants in float16 and turn them to float32 where they are used.
    """

    def __init__(self, half: bool = False) -> None:
        self.half = half
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add(self, operator: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        """One operation; returns the name of its result, ``out`` or one that is made up."""
        name = out or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name, **attributes))
        return name

    def constant(self, value: npt.ArrayLike, dtype: npt.DTypeLike, name: str = "") -> str:
        """A constant; returns its name."""
        name = name or f"constant_{len(self.constants)}"
        array = np.ascontiguousarray(np.asarray(value, dtype=dtype).reshape(np.shape(value)))
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def integers(self, *values: int) -> str:
        """A constant (n,) of int64, as shapes and axes are."""
        return self.constant(values, np.int64)

    def weight(self, name: str, value: npt.NDArray[np.floating[Any]]) -> str:
        """A trained float32 constant by its name; in float16 where the graph is ``half``.

        Raises UserError for numbers that float16 cannot hold.
        """
        if not self.half or value.ndim < 2:
            return self.constant(value, np.float32, name)
        require_half(name, value)
        stored = self.constant(value, _HALF, f"{name}.half")
        return self.cast(stored, np.float32, out=name)

    def cast(self, value: str, dtype: npt.DTypeLike, out: str = "") -> str:
        """A value as another number type."""
        kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self.add("Cast", value, out=out, to=kind)

    def finish(
        self,
        name: str,
        inputs: Sequence[onnx.ValueInfoProto],
        outputs: Sequence[onnx.ValueInfoProto],
    ) -> onnx.ModelProto:
        """The whole, checked, with the shapes of all values inferred."""
        graph = helper.make_graph(self.nodes, name, inputs, outputs, self.constants)
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION)
        model = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
        onnx.checker.check_model(model, full_check=True)
        return model


def declare(
    name: str, dtype: npt.DTypeLike, shape: Sequence[int | str], about: str
) -> onnx.ValueInfoProto:
    """An input or an output of a graph; sizes that are free have a name."""
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return helper.make_tensor_value_info(name, kind, shape, about)
