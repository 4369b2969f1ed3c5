"""Files of the safetensors format: named arrays and a few lines of text, nothing to run."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from manifests.errors import UserError
from manifests.sealing import KEY, UNSEALED, require_whole_file, seal_file
from model.weights.weight_file import Floats, WeightFile, check_size

SUFFIX = ".safetensors"


def is_safetensors(path: Path) -> bool:
    """Whether a file is of this format by its first bytes: the length of a header that fits into
    it, and the header's brace. No protocol buffer (.ckpt) begins so: its first field's name would
    stand where the length has zeros."""
    with path.open("rb") as file:
        head = file.read(9)
    fits = 2 <= int.from_bytes(head[:8], "little") <= path.stat().st_size - 8
    return fits and head[8:] == b"{"


def open_safetensors(path: Path) -> WeightFile:
    """The arrays and the metadata of a file. Raises UserError where it is damaged or none."""
    try:
        # Left open: its header, which may be long, is parsed once, and its arrays are mapped.
        file = safe_open(path, framework="numpy")
        names, metadata = tuple(file.keys()), dict(file.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path} cannot be read as safetensors: {error}") from error
    return WeightFile(path, "safetensors", names, lambda name: _fetch(file, path, name), metadata)


def read_safetensors(path: Path) -> tuple[dict[str, Floats], dict[str, str]]:
    """All arrays as float32, whatever their precision in the file, and the metadata.

    Raises UserError where the file is damaged, by its own digest where it carries one, or holds NaN
    or infinite numbers.
    """
    file = open_safetensors(path)
    try:
        require_whole_file(path)
    except (OSError, ValueError) as error:
        raise UserError(
            f"{path} cannot be used: {error}; take another, or copy it again"
        ) from error
    metadata = {key: value for key, value in file.metadata.items() if key != KEY}
    return {name: file.read(name) for name in file.names}, metadata


def write_safetensors(
    path: Path, arrays: Mapping[str, npt.NDArray[Any]], metadata: Mapping[str, str]
) -> None:
    """Write arrays, in the precision they have, and metadata; whole or not at all.

    Raises OSError where it cannot be written.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    try:
        save_file(contiguous, scratch, metadata={**metadata, KEY: UNSEALED})
        seal_file(scratch)
        scratch.chmod(0o644)
        scratch.replace(path)
    except SafetensorError as error:
        raise OSError(str(error)) from error
    finally:
        scratch.unlink(missing_ok=True)


def _fetch(file: safe_open, path: Path, name: str) -> npt.NDArray[Any]:
    try:
        shape = file.get_slice(name).get_shape()
        check_size(path, name, 4 * int(np.prod(shape, dtype=np.float64)))
        return np.asarray(file.get_tensor(name))
    except (SafetensorError, OSError, TypeError, AttributeError, ValueError) as error:
        raise UserError(f"{path}: {name} cannot be read: {error}") from error
