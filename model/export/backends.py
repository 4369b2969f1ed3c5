"""What runs a network: MindSpore, a MINDIR under MindSpore, or ONNX Runtime without MindSpore."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, Protocol, get_args

from manifests.errors import UserError
from model.config import Config
from model.decoding_changes import with_decoding
from model.environment import prepare
from model.export.exported import Arrays, Exported, Pixels
from model.export.packages import needing
from model.export.weights import Weights, read_weights
from model.outputs import Outputs

Name = Literal["mindspore", "mindir", "onnxruntime"]
BACKENDS: tuple[str, ...] = get_args(Name)
_OF_SUFFIX = {".mindir": "mindir", ".onnx": "onnxruntime"}


class Backend(Protocol):
    """A network that is ready to run, with the config by which its outputs become lines."""

    config: Config

    def outputs(self, image: Pixels) -> Outputs:
        """What the network says of a (height, width, 3) uint8 RGB picture of any size."""

    def run(self, inputs: Iterable[Pixels], batch: int = 1) -> Iterator[Arrays]:
        """``scores``, ``vertical`` and ``side`` as in ``Outputs`` of each of the network's inputs,
        (input_height, input_width, 3) uint8 RGB, in order; ``batch`` of them at a time."""


def backend_of(checkpoint: Path, given: str | None = None) -> str:
    """The backend for a file: the one that is given, else the one that its name asks for.

    Raises UserError where it is none, or cannot run such a file.
    """
    asked = _OF_SUFFIX.get(checkpoint.suffix)
    if given is None:
        return asked or "mindspore"
    if given not in BACKENDS:
        raise UserError(f"no backend {given!r}; choose one of {', '.join(BACKENDS)}")
    if asked not in (None, given):
        raise UserError(f"{checkpoint} is a file for the backend {asked}, not for {given}")
    return given


def open_backend(
    checkpoint: Path, backend: str | None = None, device: str = "CPU", changes: Sequence[str] = ()
) -> Backend:
    """A network that is ready to run, of a checkpoint or of an exported file.

    backend: one of ``BACKENDS``; None leaves it to the file. A checkpoint is exported in passing
    where the backend asks for it. changes: ``key=value`` of the decoding or, of a checkpoint, of
    the input's size. With "onnxruntime" MindSpore is imported for a ``.ckpt`` alone. Raises
    UserError.
    """
    name = backend_of(checkpoint, backend)
    if name == "onnxruntime":
        return _onnx(checkpoint, device, changes)
    prepare(device)
    if name == "mindir":
        return _mindir(checkpoint, changes)
    from model.checkpoints import load
    from model.predictor import predictor_of

    loaded = load(checkpoint)
    return predictor_of(loaded, with_decoding(loaded.config, changes), device)


def _onnx(checkpoint: Path, device: str, changes: Sequence[str]) -> Exported:
    from model.export.onnx_running import open_onnx

    if checkpoint.suffix in _OF_SUFFIX:
        return open_onnx(checkpoint, device).changed(changes)
    with needing("onnx"):
        from model.export.onnx_file import build_onnx
    weights = _weights(checkpoint, changes)
    return open_onnx(checkpoint, device, build_onnx(weights, _input(weights)).SerializeToString())


def _mindir(checkpoint: Path, changes: Sequence[str]) -> Exported:
    from model.export.mindir_running import open_mindir

    if checkpoint.suffix in _OF_SUFFIX:
        return open_mindir(checkpoint).changed(changes)
    from model.export.mindir_file import write_graph

    weights = _weights(checkpoint, changes)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{checkpoint.stem}.mindir"
        write_graph(weights, path, _input(weights))
        return open_mindir(path)


def _weights(checkpoint: Path, changes: Sequence[str]) -> Weights:
    weights = read_weights(checkpoint)
    return replace(weights, config=with_decoding(weights.config, changes))


def _input(weights: Weights) -> tuple[int, int]:
    return weights.config.network.input_width, weights.config.network.input_height
