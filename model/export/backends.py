"""What runs a network: MindSpore, a MINDIR under MindSpore, or ONNX Runtime without MindSpore."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Protocol, get_args

from manifests.errors import UserError
from model.config import Config
from model.decoding_changes import with_decoding
from model.environment import prepare
from model.export.exported import Arrays, Exported, Pixels
from model.export.packages import needing
from model.export.weights import Weights, all_changes, read_weights
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


def is_exported(path: Path) -> bool:
    """Whether a file is, by its name, one that ``export`` made."""
    return path.suffix in _OF_SUFFIX


def backend_of(checkpoint: Path, given: str | None = None) -> str:
    """The backend for a file: the one that is given, else the one that its name asks for, else
    MindSpore or, where that is not installed, ONNX Runtime.

    Raises UserError where it is none, or cannot run such a file.
    """
    asked = _OF_SUFFIX.get(checkpoint.suffix)
    if given is None:
        return asked or _default()
    if given not in BACKENDS:
        raise UserError(f"no backend {given!r}; choose one of {', '.join(BACKENDS)}")
    if asked not in (None, given):
        raise UserError(f"{checkpoint} is a file for the backend {asked}, not for {given}")
    return given


def _default() -> str:
    alone = find_spec("mindspore") is None and find_spec("onnxruntime") is not None
    return "onnxruntime" if alone else "mindspore"


def open_backend(
    checkpoint: Path,
    backend: str | None = None,
    device: str = "CPU",
    changes: Sequence[str] = (),
    thresholds: Path | None = None,
) -> Backend:
    """A network that is ready to run, of a checkpoint or of an exported file.

    backend: one of ``BACKENDS``; None leaves it to the file. A checkpoint is exported in passing
    where the backend asks for it. thresholds: a file of ``model.thresholds`` for the checkpoint,
    in the place of its own. changes: ``key=value`` of the decoding or, of a checkpoint, of the
    input's size, in the place of both. With "onnxruntime" MindSpore is imported for a ``.ckpt``
    alone. Raises UserError.
    """
    name = backend_of(checkpoint, backend)
    if name == "onnxruntime":
        from model.export.onnx_running import open_onnx

        if is_exported(checkpoint):
            return _decided(open_onnx(checkpoint, device), checkpoint, changes, thresholds)
        return _onnx(read_weights(checkpoint).decided(changes, thresholds), device)
    prepare(device)
    if name == "mindir":
        from model.export.mindir_running import open_mindir

        if is_exported(checkpoint):
            return _decided(open_mindir(checkpoint), checkpoint, changes, thresholds)
        return _mindir(read_weights(checkpoint).decided(changes, thresholds))
    from model.checkpoints import load
    from model.predictor import predictor_of

    loaded = load(checkpoint)
    changes = all_changes(checkpoint, changes, thresholds)
    return predictor_of(loaded, with_decoding(loaded.config, changes), device)


def _decided(
    exported: Exported, path: Path, changes: Sequence[str], thresholds: Path | None
) -> Exported:
    sha256 = str(exported.about.checkpoint.get("sha256"))
    return exported.changed(all_changes(path, changes, thresholds, sha256))


def _onnx(weights: Weights, device: str) -> Exported:
    """A checkpoint under ONNX Runtime."""
    from model.export.onnx_running import open_onnx

    with needing("onnx"):
        from model.export.onnx_file import build_onnx
    content = build_onnx(weights, weights.input_size).SerializeToString()
    return open_onnx(weights.path, device, content)


def _mindir(weights: Weights) -> Exported:
    """A checkpoint as a graph of MindSpore."""
    from model.export.mindir_file import write_graph
    from model.export.mindir_running import open_mindir

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{weights.path.stem}.mindir"
        write_graph(weights, path, weights.input_size)
        return open_mindir(path)
