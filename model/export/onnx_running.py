"""Running an exported ONNX file: needs ONNX Runtime, and neither MindSpore nor onnx."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np

from manifests.errors import UserError
from manifests.sealing import require_whole_file
from model.export.about import from_strings
from model.export.exported import Arrays, Exported, Pixels
from model.export.packages import needing

OUTPUTS = ["scores", "vertical", "side"]
_PROVIDERS = {"CPU": "CPUExecutionProvider", "GPU": "CUDAExecutionProvider"}
_QUIET = 3
"""Of its log: errors, which are raised, too."""


def open_onnx(path: Path, device: str = "CPU", content: bytes | None = None) -> Exported:
    """A file of ``python -m model export`` as a backend; threads may share it.

    content: what stands for the file's, where there is none. device: CPU or GPU. Raises UserError
    where the file is absent, damaged or another's, and where ONNX Runtime or what it needs for the
    device is not installed.
    """
    session = _session(path, device, content)
    about = from_strings(session.get_modelmeta().custom_metadata_map, path)
    names = [value.name for value in session.get_outputs()]
    if [value.name for value in session.get_inputs()] != ["image"] or names[:3] != OUTPUTS:
        raise UserError(f"{path} does not have the input and outputs of an exported detector")

    def call(pixels: Pixels) -> Arrays:
        return tuple(np.asarray(a) for a in session.run(OUTPUTS, {"image": pixels}))

    return Exported(call, about)


def _session(path: Path, device: str, content: bytes | None) -> Any:
    if content is None and not path.is_file():
        raise UserError(f"no file at {path}")
    with needing("onnxruntime"):
        onnxruntime: Any = importlib.import_module("onnxruntime")
    provider = _PROVIDERS.get(device)
    if provider not in onnxruntime.get_available_providers():
        raise UserError(
            f"ONNX Runtime cannot use {device} here: it has "
            f"{', '.join(onnxruntime.get_available_providers())}"
        )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _QUIET
    source = str(path) if content is None else content
    try:
        if content is None:
            require_whole_file(path)
        return onnxruntime.InferenceSession(source, options, providers=[provider])
    except Exception as error:  # a damaged file may fail in any way at all
        reason = (str(error).strip().splitlines() or ["no reason given"])[0]
        raise UserError(f"{path} cannot be read as ONNX: {reason}") from error
