"""A file of named arrays in whatever format: listed first, then read one array at a time.

Nothing but what is asked for is read, so a file with hundreds of megabytes of other arrays costs
no memory, and a size is known before anything is unpacked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from manifests.errors import UserError

Floats = npt.NDArray[np.float32]

MAX_BYTES = 1 << 28
"""Of one array that is read; the largest of VGG16's convolutions has 9.4 MB."""


@dataclass(frozen=True)
class WeightFile:
    """An opened file. ``fetch`` gives an array of any number type, or raises UserError."""

    path: Path
    format: str
    names: tuple[str, ...]
    fetch: Callable[[str], npt.NDArray[Any]]
    metadata: Mapping[str, str] = field(default_factory=dict)

    def read(self, name: str) -> Floats:
        """One array as float32. Raises UserError where it is absent or holds anything but finite
        floating-point numbers."""
        if name not in self.names:
            raise UserError(f"{self.path} lacks {name}")
        array = self.fetch(name)
        if not np.issubdtype(array.dtype, np.floating):
            raise UserError(f"{self.path}: {name} holds {array.dtype}, not floating-point numbers")
        with np.errstate(over="ignore"):
            floats = np.ascontiguousarray(array, dtype=np.float32)
        if not np.isfinite(floats).all():
            raise UserError(
                f"{self.path}: {name} holds NaN or infinite numbers; the training that wrote it "
                "had failed, or the file is damaged"
            )
        return floats

    def require(self, names: list[str], what: str) -> None:
        """Raise UserError that names what is missing of ``names``, if anything is."""
        missing = [name for name in names if name not in self.names]
        if missing:
            more = f" and {len(missing) - 4} more" if len(missing) > 4 else ""
            raise UserError(f"{self.path} is no {what}: it lacks {', '.join(missing[:4])}{more}")


def check_size(path: Path, name: str, size: int) -> None:
    """Raise UserError where an array of ``size`` bytes is more than these networks can have."""
    if size > MAX_BYTES:
        raise UserError(f"{path}: {name} has {size} bytes, more than the {MAX_BYTES} allowed")
