"""One writer at a time below a DATA folder."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from manifests.errors import UserError
from manifests.reading import MANIFESTS
from manifests.storage.leases import lease
from manifests.storage.mirror import remote_of


@contextlib.contextmanager
def writing_lock(data: Path) -> Iterator[None]:
    """Hold the exclusive lock of a DATA folder; the system frees it when the process dies.

    Of a folder in a store the lease too. Raises UserError where another process holds it, or the
    folder cannot be written.
    """
    try:
        (data / MANIFESTS).mkdir(parents=True, exist_ok=True)
        lock = (data / ".lock").open("a")
    except OSError as error:
        raise UserError(f"cannot write below {data}: {error}; give another --data") from error
    with lock as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UserError(
                f"another run is writing below {data}; wait for it to end, or use another DATA"
            ) from error
        remote = remote_of(data)
        with lease(remote) if remote else contextlib.nullcontext():
            yield
