"""What the thresholds of the decoding can be, whoever sets them."""

import math
import reprlib
from collections.abc import Mapping
from typing import Any, Final

MOST = 10**9
"""More proposals than any picture has."""
SHARE: Final = (0.0, 1.0)
RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "proposals.before_nms": (1, MOST),
    "proposals.first_nms": SHARE,
    "proposals.after_nms": (1, MOST),
    "proposals.min_score": SHARE,
    "proposals.second_nms": SHARE,
    "lines.gap": (0, math.inf),
    "lines.min_overlap": SHARE,
    "lines.min_height_ratio": SHARE,
    "lines.min_aspect": (0, math.inf),
    "lines.min_score": SHARE,
    "lines.min_proposals": (1, MOST),
}
"""Lowest and highest value of each number, by its dotted name in a preset. Those of the server's
page and address, ``model.serving.thresholds``, lie within."""


def check_decoding(config: Any) -> None:
    """Raise ValueError for a threshold of a ``Config`` with which nothing can be decoded."""
    check_ranges(config, RANGES)


def check_ranges(config: Any, ranges: Mapping[str, tuple[float, float]]) -> None:
    """Raise ValueError for a number of a ``Config`` that is beyond its lowest or highest value."""
    for name, (low, high) in ranges.items():
        group, _, key = name.partition(".")
        value = getattr(getattr(config, group), key)
        if not low <= value <= high:  # NaN is not either
            raise ValueError(f"{name} must be {_told(low, high)}, not {reprlib.repr(value)}")


def _told(low: float, high: float) -> str:
    return f"at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
