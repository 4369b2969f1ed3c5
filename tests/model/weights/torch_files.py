"""PyTorch's file format written by hand, so that no test of its reader needs PyTorch."""

import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

STORAGES = {"float32": "FloatStorage", "float16": "HalfStorage", "int64": "LongStorage"}


def text(value: str) -> bytes:
    """A string, as an opcode of protocol 2."""
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def number(value: int) -> bytes:
    """A whole number of any size."""
    data = value.to_bytes(9, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def numbers(values: tuple[int, ...]) -> bytes:
    """A tuple of whole numbers."""
    return b"(" + b"".join(map(number, values)) + b"t"


def tensor(
    key: str,
    count: int,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    offset: int = 0,
    storage: str = "FloatStorage",
) -> bytes:
    """A call of torch._utils._rebuild_tensor_v2 for a view of a storage."""
    persistent = (
        b"(" + text("storage") + f"ctorch\n{storage}\n".encode() + text(key) + text("cpu")
        + number(count) + b"tQ"
    )  # fmt: skip
    hooks = b"ccollections\nOrderedDict\n)R"
    arguments = persistent + number(offset) + numbers(shape) + numbers(strides) + b"\x89" + hooks
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + arguments + b"tR"


def state_dict(tensors: Mapping[str, bytes]) -> bytes:
    """The whole pickle: an OrderedDict of names and tensors."""
    items = b"".join(text(name) + value for name, value in tensors.items())
    return b"\x80\x02ccollections\nOrderedDict\n)R(" + items + b"u."


def archive(
    path: Path,
    pickle: bytes,
    storages: Mapping[str, bytes] = {},
    compression: int = zipfile.ZIP_STORED,
) -> None:
    """The zip around a pickle and the storages by their keys."""
    with zipfile.ZipFile(path, "w", compression) as file:
        file.writestr("archive/data.pkl", pickle)
        for key, content in storages.items():
            file.writestr(f"archive/data/{key}", content)


def write_pth(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """A .pth file of contiguous arrays."""
    tensors, storages = {}, {}
    for index, (name, array) in enumerate(arrays.items()):
        whole = np.ascontiguousarray(array).reshape(array.shape)
        strides = tuple(step // whole.itemsize for step in whole.strides)
        kind = STORAGES[array.dtype.name]
        tensors[name] = tensor(str(index), array.size, array.shape, strides, 0, kind)
        storages[str(index)] = np.ascontiguousarray(array).tobytes()
    archive(path, state_dict(tensors), storages)
