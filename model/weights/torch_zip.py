"""PyTorch's .pth files without PyTorch, and without running what a pickle asks for.

A .pth file is a zip of ``<any>/data.pkl``, a pickle that names tensors, and ``<any>/data/<key>``,
their numbers, stored as they are. A pickle is a program that may call anything; the machine here
knows five names, all of which only note what they are given. Any other name ends the reading.

Format: the persistent ids and rebuild functions of ``torch.save`` since PyTorch 1.6.
"""

import io
import pickle
import pickletools
import zipfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from manifests.errors import UserError
from model.weights.weight_file import WeightFile, check_size

_PICKLE = "data.pkl"
_MAX_PICKLE = 1 << 24
_MAX_DIMENSIONS, _FAR = 8, 1 << 32
_PUTS = ("PUT", "BINPUT", "LONG_BINPUT")
_STORAGES = {
    "DoubleStorage": "<f8", "FloatStorage": "<f4", "HalfStorage": "<f2", "BFloat16Storage": "bf16",
    "LongStorage": "<i8", "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "i1",
    "ByteStorage": "u1", "BoolStorage": "?",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Storage:
    """Numbers in the archive: the entry's key, its NumPy type ("bf16" for bfloat16), how many."""

    key: str
    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A view of a storage, in elements."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _Rebuild:
    """Stands for torch._utils._rebuild_tensor_v2. An instance without attributes, not a function:
    a pickle could set a function's defaults."""

    __slots__ = ()

    def __call__(self, storage: Any, offset: Any, shape: Any, strides: Any, *_rest: Any) -> _Tensor:
        numbers = (offset, *shape, *strides)
        fits = isinstance(storage, _Storage) and len(shape) == len(strides)
        if not fits or not all(type(number) is int and number >= 0 for number in numbers):
            raise pickle.UnpicklingError("a tensor is described by something else than numbers")
        return _Tensor(storage, offset, tuple(shape), tuple(strides))


class _RebuildParameter:
    """Stands for torch._utils._rebuild_parameter: the tensor inside."""

    __slots__ = ()

    def __call__(self, data: Any, *_rest: Any) -> Any:
        return data


class _RefusedError(Exception):
    """The pickle asks for something that no tensor needs."""


class _TensorUnpickler(pickle.Unpickler):
    """Knows the names that tensors are made of, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        known: dict[tuple[str, str], Any] = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _Rebuild(),
            ("torch._utils", "_rebuild_parameter"): _RebuildParameter(),
        }
        if (module, name) in known:
            return known[module, name]
        if module in ("torch", "torch.storage") and name in _STORAGES:
            return name
        raise _RefusedError(f"{module}.{name}")

    def persistent_load(self, pid: Any) -> _Storage:
        if not isinstance(pid, tuple) or len(pid) != 5 or pid[0] != "storage":
            raise pickle.UnpicklingError("an unknown kind of stored object")
        _, kind, key, _, count = pid
        if kind not in _STORAGES or type(key) is not str or type(count) is not int:
            raise pickle.UnpicklingError("a storage is described by something else")
        return _Storage(key, _STORAGES[kind], count)


def open_torch(path: Path) -> WeightFile:
    """The tensors of a state dict. Raises UserError where the file is none, is cut short, or asks
    for anything that no tensor needs (naming it)."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_archive(archive, path)
            folder = _folder(archive)
            _check_byte_order(archive, folder)
            content = archive.read(folder + _PICKLE)
        _check_memo(content)
        tree = _TensorUnpickler(io.BytesIO(content)).load()
        if not isinstance(tree, dict):
            raise UserError(f"{path} holds no state dict; save network.state_dict()")
        tensors = {n: v for n, v in dict.items(tree) if type(n) is str and isinstance(v, _Tensor)}
    except _RefusedError as error:
        raise UserError(
            f"{path} asks for {error} while it is read, which no tensor needs; nothing was run. "
            "Save the state dict alone, or as .safetensors"
        ) from error
    except UserError:
        raise
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


def _check_memo(content: bytes) -> None:
    """Python makes room for as many objects as the highest place that a pickle puts one at: a few
    bytes could ask for more memory than there is."""
    for operation, place, _ in pickletools.genops(content):
        if operation.name in _PUTS and isinstance(place, int) and place > len(content):
            raise ValueError("it counts more objects than it has")


def _check_byte_order(archive: zipfile.ZipFile, folder: str) -> None:
    name = f"{folder}byteorder"
    if name in archive.namelist() and archive.read(name).strip() != b"little":
        raise ValueError("it was written on a big-endian machine")


def _fetch(path: Path, folder: str, name: str, tensor: _Tensor) -> npt.NDArray[Any]:
    storage = tensor.storage
    size = storage.count * (2 if storage.kind == "bf16" else np.dtype(storage.kind).itemsize)
    check_size(path, name, size)
    try:
        with zipfile.ZipFile(path) as archive:
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


def _view(numbers: npt.NDArray[Any], tensor: _Tensor, what: str) -> npt.NDArray[Any]:
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
