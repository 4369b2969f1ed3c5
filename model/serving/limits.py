"""What a server takes on, and how long it bears with it."""

from dataclasses import dataclass, fields

from manifests.errors import UserError
from manifests.images import MAX_PIXELS

LEAST_BYTES = 4096
"""Of a picture that is on its way, in ``Limits.progress_seconds``."""


@dataclass(frozen=True)
class Limits:
    """Bounds of a server's memory and patience."""

    bytes: int = 20 * 2**20
    """Of a picture's file."""
    pixels: int = MAX_PIXELS
    """Of a picture."""
    seconds: float = 60.0
    """From a picture's last byte to its answer."""
    upload_seconds: float = 20.0
    """From a request's headers to its last byte."""
    progress_seconds: float = 5.0
    """In which ``LEAST_BYTES`` more of a picture must come, or its end."""
    queue: int = 16
    """Pictures in hand at a time, the one before the network included."""
    uploads: int = 32
    """Pictures on their way to the server at a time."""
    pictures: int = 64
    """Pictures whose outputs are kept for other thresholds; the longest unused goes first."""
    expiry: float = 1800.0
    """Seconds after its last use that a picture's outputs are kept."""


_OPTIONS = {
    "bytes": "--max-bytes",
    "pixels": "--max-pixels",
    "seconds": "--timeout",
    "upload_seconds": "--upload-timeout",
    "queue": "--queue",
}


def check(limits: Limits) -> None:
    """Raise UserError for limits with which no picture could be answered."""
    for item in fields(limits):
        value, name = getattr(limits, item.name), _OPTIONS.get(item.name, item.name)
        if not 0 < value < float("inf"):
            raise UserError(f"{name} must be a number greater than 0, not {value}")
    if limits.pixels > MAX_PIXELS:
        raise UserError(f"--max-pixels {limits.pixels}: no more than {MAX_PIXELS} are ever decoded")
