"""One writer at a time below a DATA folder."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from manifests.errors import UserError


@contextlib.contextmanager
def writing_lock(data: Path) -> Iterator[None]:
    """Hold the exclusive lock of a DATA folder; the system frees it when the process dies.

    Raises UserError where another process holds it.
    """
    data.mkdir(parents=True, exist_ok=True)
    with (data / ".lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UserError(
                f"another run is writing below {data}; wait for it to end, or use another DATA"
            ) from error
        yield
