"""Running an exported MINDIR under MindSpore."""

from pathlib import Path
from typing import Any

import mindspore as ms
from mindspore import nn

from manifests.errors import UserError
from manifests.sealing import require_whole
from model.export.about import from_strings
from model.export.exported import Arrays, Exported, Pixels
from model.predictor import ONE_AT_A_TIME

MAX_BYTES = 1 << 30
"""Of a file: what MindSpore itself keeps in one."""


def open_mindir(path: Path) -> Exported:
    """A file of ``python -m model export`` as a backend; threads wait for one another.

    Raises UserError where the file is absent, damaged or another's.
    """
    about = from_strings(read_strings(path), path)
    try:
        graph = nn.GraphCell(ms.load(str(path)))
    except Exception as error:  # a damaged file may fail in any way at all
        raise UserError(f"{path} cannot be read as MINDIR: {_reason(error)}") from error

    def call(pixels: Pixels) -> Arrays:
        with ONE_AT_A_TIME:
            return tuple(answer.asnumpy() for answer in graph(ms.Tensor(pixels)))

    return Exported(call, about)


def read_strings(path: Path) -> dict[str, str]:
    """The metadata of a MINDIR, whosever it is. Raises UserError where it is absent or damaged."""
    from mindspore.train.mind_ir_pb2 import ModelProto

    if not path.is_file():
        raise UserError(f"no file at {path}")
    if path.stat().st_size > MAX_BYTES:
        raise UserError(f"{path} is larger than any MINDIR that `python -m model export` writes")
    model: Any = ModelProto()
    try:
        content = path.read_bytes()
        require_whole(content)
        model.ParseFromString(content)
    except Exception as error:  # protobuf's versions raise classes of their own
        raise UserError(f"{path} is damaged or no MINDIR: {_reason(error)}") from error
    info = model.user_info
    # Protobuf's Python version takes the map for a list.
    return dict(info) if hasattr(info, "items") else {entry.key: entry.value for entry in info}


def _reason(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no reason given"])[0]
