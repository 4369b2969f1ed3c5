"""One writer at a time below a DATA folder of a store, as far as a store can promise it.

Whoever writes puts an object that says who he is and until when, waits, and looks whether it is
still his: of two that came at once, the later one has it, and the other stops. The gap: a process
that was held up for longer than the wait, between looking and putting. A lease is renewed while
its holder lives; one that was killed is taken over at once on its own system, where its number
means it and nobody else, else when it ends.
"""

import contextlib
import json
import math
import os
import socket
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

from manifests.errors import UserError
from manifests.processes import lives, system
from manifests.storage.address import Remote

NAME = ".lease.json"
SETTLE_SECONDS = 1.0
LASTS_SECONDS = 600.0
RENEW_SECONDS = 120.0
_MOST = 2**31 - 1
"""The largest number of a process that a system can be asked about."""


@contextlib.contextmanager
def lease(data: Remote) -> Iterator[None]:
    """Hold the lease of a DATA folder. Raises UserError where another process holds it."""
    place, token = data / NAME, uuid.uuid4().hex
    _refuse_held(data, _holder(place))
    _write(place, token)
    time.sleep(SETTLE_SECONDS)
    if (_holder(place) or {}).get("token") != token:
        _refuse_held(data, _holder(place))
        raise UserError(f"another run began to write below {data} at the same moment; run it again")
    stop = threading.Event()
    thread = threading.Thread(target=_renew, args=(place, token, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        with contextlib.suppress(UserError, OSError):
            _delete(place, token)


def _refuse_held(data: Remote, holder: dict[str, Any] | None) -> None:
    if holder is None or _is_over(holder):
        return
    left = max(0, int(float(holder["until"]) - time.time()))
    raise UserError(
        f"{holder['host']} (process {holder['pid']}) is writing below {data}; wait for it to end, "
        f"or use another DATA. If it was killed, its lease ends in {left} s; {data / NAME} may be "
        "deleted before"
    )


def _is_over(holder: dict[str, Any]) -> bool:
    """Ended, or of a process of this system that is no more. Leases of earlier versions name no
    system: they end by time alone."""
    if time.time() > float(holder["until"]):
        return True
    is_here = bool(holder.get("system") == system())
    return is_here and not lives(int(holder["pid"]))


def _delete(place: Remote, token: str) -> None:
    """Delete the lease where it is one's own. Not one that was not renewed and ends soon: another
    may take it over between looking and deleting, and it ends by itself."""
    from manifests.storage.client import delete

    found = _holder(place) or {"token": "", "until": 0}
    if found["token"] == token and float(found["until"]) > time.time() + RENEW_SECONDS:
        delete(place)


def _holder(place: Remote) -> dict[str, Any] | None:
    """What the lease says; None where there is none, or one that nobody can have written."""
    from manifests.storage.client import read

    try:
        found = json.loads(read(place, 1 << 16))
        str(found["host"]), str(found["token"])
        possible = 0 < int(found["pid"]) <= _MOST and math.isfinite(float(found["until"]))
        return dict(found) if possible else None
    except (FileNotFoundError, ValueError, KeyError, TypeError, OverflowError):
        return None


def _write(place: Remote, token: str) -> None:
    from manifests.storage.client import put_bytes

    now = time.time()
    lease = {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "system": system(),
        "token": token,
        "written": now,
        "until": now + LASTS_SECONDS,
    }
    put_bytes(json.dumps(lease).encode(), place)


def _renew(place: Remote, token: str, stop: threading.Event) -> None:
    while not stop.wait(RENEW_SECONDS):
        try:
            if (_holder(place) or {}).get("token") != token:
                sys.stderr.write(f"warning: {place} is not this process's any more\n")
                return
            _write(place, token)
        except (UserError, OSError) as error:
            sys.stderr.write(f"warning: the lease could not be renewed: {error}\n")
