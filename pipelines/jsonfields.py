"""Fields of a JSON element, checked: what programs and people write into annotations."""

import math
import re
from typing import Any

from manifests.geometry import Polygon
from manifests.vocabulary import Reason
from pipelines.jsonstream import Repeated, decode_member
from pipelines.lines import LineError, shorten

_MAX_DEPTH = 32
_LONGEST = (1 << 31) - 1
_BRACKETS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[^\[\]{}"]+', re.DOTALL)  # all but brackets


def read_object(raw: str) -> dict[str, Any]:
    """An element's text as an object. Raises LineError where it is none, has a key twice or is
    nested beyond reason."""
    if raw.count("[") + raw.count("{") > _MAX_DEPTH < _depth(raw):  # counting is quick
        raise LineError(Reason.BAD_LINE, f"nested more than {_MAX_DEPTH} deep")
    value = decode_member(raw)
    if isinstance(value, Repeated):
        raise LineError(Reason.BAD_LINE, "a key stands in it twice")
    if not isinstance(value, dict):
        raise LineError(Reason.BAD_LINE, f"{shorten(value)} is no object")
    return value


def _depth(raw: str) -> int:
    """How deep lists and objects stand in each other."""
    depth = deepest = 0
    for bracket in _BRACKETS.sub("", raw):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def read_numbers(field: str, given: Any) -> Polygon:
    """Finite numbers from a JSON list. Raises LineError."""
    if not isinstance(given, list):
        raise LineError(Reason.BAD_COORDINATES, f"{field} is no list of numbers")
    for number in given:
        if type(number) not in (int, float) or not math.isfinite(number):
            detail = f"{field} holds {shorten(number)}, no finite number"
            raise LineError(Reason.BAD_COORDINATES, detail)
    return tuple(float(number) for number in given)


def read_flag(field: str, given: Any) -> bool:
    """A yes or no: ``true``, 1, ``false``, 0, or nothing at all. Raises LineError."""
    if given not in (None, 0, 1) or isinstance(given, float):  # True equals 1
        raise LineError(Reason.BAD_LINE, f"{field} is {shorten(given)}, neither yes (1) nor no (0)")
    return bool(given)


def read_size(width: Any, height: Any) -> tuple[int, int] | None:
    """(width, height) of a picture, no side longer than any can be; None where it is not told."""
    whole = type(width) is int and type(height) is int
    told = whole and width > 0 and height > 0
    return (min(width, _LONGEST), min(height, _LONGEST)) if told else None
