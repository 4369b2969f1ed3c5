"""PyTorch's .pth files without PyTorch, and without running what a pickle asks for.

A .pth file is a zip of ``<any>/data.pkl``, a pickle that names tensors (``torch_pickle`` reads it),
and ``<any>/data/<key>``, their numbers, stored as they are.
"""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from manifests.errors import UserError
from manifests.zip_members import opened_zip
from model.weights.torch_pickle import RefusedError, Tensor, read_tensors
from model.weights.weight_file import WeightFile, check_size

_PICKLE = "data.pkl"
_MAX_PICKLE = 1 << 22
"""Of a list of tensors, of which each takes about 200 bytes."""
_MAX_DIMENSIONS, _FAR = 8, 1 << 32


def open_torch(path: Path) -> WeightFile:
    """The tensors of a state dict. Raises UserError where the file is none, is cut short, or asks
    for anything that no tensor needs (naming it)."""
    try:
        with opened_zip(path) as archive:
            _check_archive(archive, path)
            folder = _folder(archive)
            _check_byte_order(archive, folder)
            content = archive.read(folder + _PICKLE)
        tensors = read_tensors(content)
    except RefusedError as error:
        raise UserError(
            f"{path} asks for {error} while it is read, which no tensor needs; nothing was run. "
            "Save the state dict alone, or as .safetensors"
        ) from error
    except Exception as error:  # a damaged pickle may fail in any way at all
        raise UserError(f"{path} cannot be read as PyTorch weights: {error}") from error
    return WeightFile(
        path, "torch", tuple(tensors), lambda name: _fetch(path, folder, name, tensors[name])
    )


def _folder(archive: zipfile.ZipFile) -> str:
    pickles = [n for n in archive.namelist() if n.rpartition("/")[2] == _PICKLE]
    if len(pickles) != 1:
        raise ValueError(f"it holds {len(pickles)} {_PICKLE}, not one")
    if archive.getinfo(pickles[0]).file_size > _MAX_PICKLE:
        raise ValueError(f"its {_PICKLE} is too large for a list of tensors")
    return pickles[0].removesuffix(_PICKLE)


def _check_archive(archive: zipfile.ZipFile, path: Path) -> None:
    """PyTorch stores numbers as they are, so a file never unpacks to more than it has."""
    entries = archive.infolist()
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise ValueError("its entries are compressed, which PyTorch never does")
    if sum(entry.file_size for entry in entries) > path.stat().st_size:
        raise ValueError("its entries overlap")


def _check_byte_order(archive: zipfile.ZipFile, folder: str) -> None:
    name = f"{folder}byteorder"
    if name in archive.namelist() and archive.read(name).strip() != b"little":
        raise ValueError("it was written on a big-endian machine")


def _fetch(path: Path, folder: str, name: str, tensor: Tensor) -> npt.NDArray[Any]:
    storage = tensor.storage
    size = storage.count * (2 if storage.kind == "bf16" else np.dtype(storage.kind).itemsize)
    check_size(path, name, size)
    try:
        with opened_zip(path) as archive:
            content = archive.read(f"{folder}data/{storage.key}")
    except Exception as error:  # a damaged archive may fail in any way at all
        raise UserError(f"{path}: {name} cannot be read: {error}") from error
    if len(content) != size:
        raise UserError(f"{path}: {name} has {len(content)} bytes, not {size}")
    return _view(_numbers(content, storage.kind), tensor, f"{path}: {name}")


def _numbers(content: bytes, kind: str) -> npt.NDArray[Any]:
    if kind == "bf16":  # the upper half of a float32
        halves = np.frombuffer(content, dtype="<u2").astype(np.uint32)
        return (halves << 16).view(np.float32)
    return np.frombuffer(content, dtype=kind)


def _view(numbers: npt.NDArray[Any], tensor: Tensor, what: str) -> npt.NDArray[Any]:
    """The tensor's part of its storage. Raises UserError where it reaches beyond, or repeats."""
    count = 1
    for size in tensor.shape:
        count *= size
    pairs = zip(tensor.shape, tensor.strides, strict=True)
    last = tensor.offset + sum((size - 1) * stride for size, stride in pairs)
    if count and (count > len(numbers) or last >= len(numbers)):
        raise UserError(f"{what} reaches beyond its {len(numbers)} stored numbers")
    if len(tensor.shape) > _MAX_DIMENSIONS or max(tensor.shape + tensor.strides, default=0) > _FAR:
        raise UserError(f"{what} has a shape that no network has")
    return np.lib.stride_tricks.as_strided(
        numbers[tensor.offset :] if count else numbers[:0],
        tensor.shape,
        [stride * numbers.itemsize for stride in tensor.strides],
        writeable=False,
    )
