"""NumPy's .npz archives, without pickles and with sizes known beforehand."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from manifests.errors import UserError
from manifests.zip_members import opened_zip, read_member
from model.weights.weight_file import WeightFile, check_size

_SUFFIX = ".npy"


def open_npz(path: Path) -> WeightFile:
    """The arrays of an .npz file. Raises UserError where it is none."""
    try:
        with opened_zip(path) as archive:
            members = archive.namelist()
    except Exception as error:  # a damaged archive may fail in any way at all
        raise UserError(f"{path} cannot be read as .npz: {error}") from error
    names = tuple(name.removesuffix(_SUFFIX) for name in members if name.endswith(_SUFFIX))
    return WeightFile(path, "npz", names, lambda name: _fetch(path, name))


def _fetch(path: Path, name: str) -> npt.NDArray[Any]:
    try:
        with opened_zip(path) as archive:
            info = archive.getinfo(name + _SUFFIX)
            check_size(path, name, info.file_size)
            content = io.BytesIO(read_member(archive, info, info.file_size))
        array = np.lib.format.read_array(content, allow_pickle=False)
    except UserError:
        raise
    except Exception as error:  # compression, encryption, headers: of any kind
        raise UserError(f"{path}: {name} cannot be read: {error}") from error
    if content.read(1):
        raise UserError(f"{path}: {name} is longer than its header says")
    return np.asarray(array)
