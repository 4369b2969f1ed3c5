"""How far a walk over images is, and the time that is left."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TextIO, TypeVar

from tqdm import tqdm

SECONDS_BETWEEN_LINES = 30.0

_Item = TypeVar("_Item")


def shown(
    items: Iterable[_Item],
    what: str,
    total: int,
    stream: TextIO | None = None,
    seconds: float = SECONDS_BETWEEN_LINES,
) -> Iterator[_Item]:
    """The items as they come: a bar on a terminal, elsewhere a line every so many seconds."""
    stream = stream or sys.stderr
    if stream.isatty():
        yield from tqdm(items, what, total, unit="image", leave=False, file=stream)
        return
    start = said = time.monotonic()
    for done, item in enumerate(items, 1):
        yield item
        now = time.monotonic()
        if now - said >= seconds:
            said = now
            left = (now - start) / done * (total - done)
            stream.write(f"{what}: {done} of {total} images, {clock(left)} left\n")


def clock(seconds: float) -> str:
    """``2:05``, or ``1:02:05`` with hours."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
