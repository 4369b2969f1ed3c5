"""Opening a file of weights by what it is, not by what it is called."""

from pathlib import Path

from manifests.errors import UserError
from manifests.zip_members import opened_zip
from model.weights.npz import open_npz
from model.weights.safetensors_file import SUFFIX as SAFETENSORS
from model.weights.safetensors_file import is_safetensors, open_safetensors
from model.weights.torch_zip import open_torch
from model.weights.weight_file import WeightFile

_ZIP = b"PK\x03\x04"
_PICKLES = tuple(bytes([0x80, version]) for version in range(2, 6))


def open_weights(path: Path) -> WeightFile:
    """Open a .npz, .pth, .safetensors or .ckpt file.

    Raises UserError where it is absent, damaged or of none of these formats.
    """
    if not path.is_file():
        raise UserError(f"no weights at {path}")
    with path.open("rb") as file:
        head = file.read(len(_ZIP))
    if head.startswith(_ZIP):
        return open_torch(path) if _holds_pickle(path) else open_npz(path)
    if head.startswith(_PICKLES):
        raise UserError(
            f"{path} is a bare pickle, as PyTorch wrote before version 1.6; load it with a PyTorch "
            "that you trust and save its state dict again, best as .safetensors"
        )
    if path.suffix == SAFETENSORS or is_safetensors(path):
        return open_safetensors(path)
    if path.suffix == ".ckpt":
        from model.weights.mindspore_file import open_mindspore

        return open_mindspore(path)
    raise UserError(
        f"{path} is of no format that is read: .npz, PyTorch's .pth, .safetensors or MindSpore's "
        ".ckpt; it may be damaged"
    )


def is_archive(path: Path) -> bool:
    """Whether there is a file that is a zip by its first bytes, as .npz and .pth are."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_ZIP)) == _ZIP


def _holds_pickle(path: Path) -> bool:
    try:
        with opened_zip(path) as archive:
            return any(name.rpartition("/")[2] == "data.pkl" for name in archive.namelist())
    except Exception as error:  # a damaged archive may fail in any way at all
        raise UserError(f"{path} is a damaged archive, perhaps cut short: {error}") from error
