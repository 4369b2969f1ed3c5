"""How far a pipeline is, and how long it will take, while it runs."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import TextIO

from tqdm import tqdm

_POLL_SECONDS = 0.5
_QUIET_SECONDS = 15.0
Count = Callable[[], tuple[int, int]]
"""Parts that are done, and parts known so far."""


@contextlib.contextmanager
def progress(what: str, count: Count, terminal: TextIO) -> Iterator[None]:
    """Show a bar on a terminal, else a line now and then, while the block runs."""
    stop = threading.Event()
    watch = _bar if terminal.isatty() else _lines
    thread = threading.Thread(target=watch, args=(what, count, terminal, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _bar(what: str, count: Count, terminal: TextIO, stop: threading.Event) -> None:
    with tqdm(desc=what, unit="part", file=terminal, leave=False) as bar:
        while not stop.wait(_POLL_SECONDS):
            done, bar.total = count()
            bar.update(done - bar.n)


_FIRST_SHARE = 20
"""No time left is told before a twentieth is done: the start itself takes a while."""


def _lines(what: str, count: Count, terminal: TextIO, stop: threading.Event) -> None:
    start = time.monotonic()
    while not stop.wait(_QUIET_SECONDS):
        done, total = count()
        seconds = time.monotonic() - start
        told = done * _FIRST_SHARE >= total > 0
        left = f", about {seconds / done * (total - done):.0f} s left" if told else ""
        far = f"{done} of {total} parts in" if total else "listing what there is, for"
        terminal.write(f"{what}: {far} {seconds:.0f} s{left}\n")
        terminal.flush()
