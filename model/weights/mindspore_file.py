"""MindSpore's .ckpt files of any network: protocol buffers, nothing to run."""

from pathlib import Path

import mindspore as ms

from manifests.errors import UserError
from model.weights.weight_file import WeightFile


def open_mindspore(path: Path) -> WeightFile:
    """The parameters of a checkpoint; what else it may hold, as text, in the metadata.

    Raises UserError where the file is damaged or none.
    """
    try:
        values = dict(ms.load_checkpoint(str(path)))
    except Exception as error:  # a damaged file may fail in any way at all
        reason = str(error).strip().splitlines()[0] if str(error).strip() else "it holds nothing"
        raise UserError(f"{path} cannot be read as a MindSpore checkpoint: {reason}") from error
    tensors = {name: value for name, value in values.items() if isinstance(value, ms.Tensor)}
    others = {name: str(value) for name, value in values.items() if name not in tensors}
    names = tuple(tensors)
    return WeightFile(path, "mindspore", names, lambda name: tensors[name].asnumpy(), others)
