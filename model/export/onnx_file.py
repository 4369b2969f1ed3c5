"""A detector as an ONNX model.

Opset 17, which any ONNX Runtime since 1.12 runs. Built from the weights themselves: MindSpore's own
ONNX export lacks operators that the network has.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import helper

from manifests.sealing import KEY, UNSEALED, seal_bytes
from model.export.about import OUTPUTS, About, describe
from model.export.graph import Graph, declare
from model.export.onnx_network import add_network, grid
from model.export.onnx_picture import any_picture, fixed_picture, normalised
from model.export.weights import Weights
from model.files import replacing, writing

HALF = "weights float16, arithmetic float32"


def build_onnx(
    weights: Weights, picture: tuple[int, int] | None, half: bool = False
) -> onnx.ModelProto:
    """The ONNX model of a detector, checked, with its metadata.

    Its input is ``image``, (height, width, 3) uint8 RGB; its outputs are those of
    ``model.export.about.OUTPUTS``. picture: the (width, height) that it takes, or None for any.
    half: keep the weights in float16; the arithmetic is float32 all the same. Raises UserError for
    weights that float16 cannot hold.
    """
    network = weights.config.network
    graph = Graph(half)
    if picture is None:
        pixels = any_picture(graph, "image", network, placed="placed")
    else:
        pixels = fixed_picture(graph, "image", network, picture)
    add_network(graph, weights, normalised(graph, pixels, network))
    sides = ("height", "width") if picture is None else picture[::-1]
    image = declare("image", np.uint8, (*sides, 3), "RGB, one picture")
    model = graph.finish("ctpn", [image], _outputs(grid(network), picture is None))
    return _described(model, describe(weights, picture, HALF if half else "float32"))


def write_onnx(model: onnx.ModelProto, path: Path) -> None:
    """Write a model, whole or not at all, with its own digest in the metadata. Raises UserError."""
    sealed = onnx.ModelProto()
    sealed.CopyFrom(model)
    helper.set_model_props(sealed, {p.key: p.value for p in model.metadata_props} | {KEY: UNSEALED})
    content = seal_bytes(sealed.SerializeToString(deterministic=True))
    with writing(path, "make room, or give another --out"), replacing(path) as scratch:
        scratch.write_bytes(content)


def _outputs(shape: tuple[int, int, int], dynamic: bool) -> list[onnx.ValueInfoProto]:
    sizes = {"scores": shape, "vertical": (*shape, 2), "side": shape}
    found = [declare(name, np.float32, size, OUTPUTS[name]) for name, size in sizes.items()]
    if dynamic:
        found.append(declare("placed", np.int64, (2,), OUTPUTS["placed"]))
    return found


def _described(model: onnx.ModelProto, about: About) -> onnx.ModelProto:
    model.producer_name = "textlines"
    model.doc_string = (
        "CTPN: slices of text lines of a picture. What its outputs mean stands there."
    )
    helper.set_model_props(model, about.to_strings())
    return model
