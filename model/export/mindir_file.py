"""A detector as MINDIR, MindSpore's own format for graphs, or as AIR, that of an Ascend."""

import tempfile
from pathlib import Path
from typing import Any

import mindspore as ms
from mindspore import nn, ops

from manifests.sealing import KEY, UNSEALED, seal_file
from model.checkpoints import assign
from model.config import NetworkSettings
from model.export.about import describe
from model.export.mindspore_picture import AnyPicture, FixedPicture
from model.export.weights import Weights, require_half
from model.files import settle, write_object, writing
from model.network import Ctpn

RECURRENCE = "rows."
"""What names of the LSTM's parameters begin with; it stays in float32."""
HALF = "convolutions and dense layers float16, the rest float32"


class Exported(nn.Cell):
    """A picture in; scores, vertical, side and, where its size is free, placed out, as
    ``model.export.about.OUTPUTS`` says."""

    def __init__(
        self, network: Ctpn, settings: NetworkSettings, picture: tuple[int, int] | None
    ) -> None:
        super().__init__()
        self.network = network
        self.free = picture is None
        self.picture = AnyPicture(settings) if picture is None else FixedPicture(settings, picture)

    def construct(self, image: ms.Tensor) -> tuple[ms.Tensor, ...]:
        if self.free:
            pixels, placed = self.picture(image)
            return (*self.outputs(pixels), placed)
        return self.outputs(self.picture(image))

    def outputs(self, pixels: ms.Tensor) -> tuple[ms.Tensor, ms.Tensor, ms.Tensor]:
        """Of pixels on the network's input; the softmax of two scores is a sigmoid."""
        scores, vertical, side = self.network(ops.expand_dims(pixels, 0))
        probability = ops.sigmoid(scores[0, :, :, :, 1] - scores[0, :, :, :, 0])
        return probability, vertical[0], side[0]


def write_graph(
    weights: Weights,
    path: Path,
    picture: tuple[int, int] | None,
    half: bool = False,
    kind: str = "MINDIR",
) -> None:
    """Write a detector to ``path``, whole or not at all. Raises UserError.

    picture: the (width, height) that it takes, or None for any. half: convolutions and dense layers
    compute in float16, and the file holds their weights so. kind: MINDIR or AIR, which cannot hold
    the metadata: it stands in a .json beside it.
    """
    settings = weights.config.network
    # The recurrence in NumPy, the CPU's fastest, cannot go into a file.
    network = Ctpn(settings, on_host=False, mixed=half)
    values = {name: ms.Tensor(array) for name, array in weights.arrays.items()}
    assign(network.get_parameters(), values, str(weights.path))
    if half:
        _halve(network)
    whole = Exported(network, settings, picture)
    whole.set_train(False)
    shape = (None, None, 3) if picture is None else (*picture[::-1], 3)
    image = ms.Tensor(shape=shape, dtype=ms.uint8)
    about = describe(weights, picture, HALF if half else "float32").to_strings()
    more = {"custom_func": _with(about | {KEY: UNSEALED})} if kind == "MINDIR" else {}
    with (
        writing(path, "make room, or give another --out"),
        tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder,
    ):
        name = Path(folder) / "model"
        ms.export(whole, image, file_name=str(name), file_format=kind, **more)
        made = name.with_suffix(f".{kind.lower()}")
        made.chmod(0o644)
        if kind == "MINDIR":
            seal_file(made)
        settle(made, path)
    if kind != "MINDIR":
        write_object(path.with_name(f"{path.name}.json"), about)


def _halve(network: Ctpn) -> None:
    """Keep the weights of layers that compute in float16 in float16. Raises UserError for those
    that it cannot hold."""
    for parameter in network.get_parameters():
        if parameter.ndim > 1 and not parameter.name.startswith(RECURRENCE):
            require_half(parameter.name, parameter.asnumpy())
            parameter.set_dtype(ms.float16)


def _with(about: dict[str, str]) -> Any:
    """What adds metadata to a MINDIR that is being written."""

    def add(model: Any) -> None:
        for key, value in about.items():
            if hasattr(
                model.user_info, "add"
            ):  # protobuf's Python version takes the map for a list
                model.user_info.add(key=key, value=value)
            else:
                model.user_info[key] = value

    return add
