"""One annotation of COCO-Text: its JSON text to a label."""

import math
import re
from collections.abc import Sequence
from typing import Any

from manifests.geometry import Polygon, polygon_from_xywh
from manifests.vocabulary import IgnoreReason, Reason
from pipelines.jsonstream import Repeated, decode_member
from pipelines.lines import LineError, shorten
from pipelines.source import Element, Label

LEGIBILITY = ("legible", "illegible")
_MAX_DEPTH = 32
_BRACKETS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[^\[\]{}"]+', re.DOTALL)  # all but brackets
LANGUAGE = ("english", "not english", "na")


def read_annotation(element: Element) -> Label:
    """Raises LineError."""
    if _depth(element.raw) > _MAX_DEPTH:
        raise LineError(Reason.BAD_LINE, f"nested more than {_MAX_DEPTH} deep")
    value = decode_member(element.raw)
    if isinstance(value, Repeated):
        raise LineError(Reason.BAD_LINE, "a key stands in it twice")
    illegible = _decode(value, "legibility", LEGIBILITY) == "illegible"
    language = _decode(value, "language", LANGUAGE) if "language" in value else "na"
    return Label(
        number=element.number,
        polygon=_polygon(value),
        text=_text(value) or None,
        raw=element.raw,
        line=element.line,
        ignore=IgnoreReason.ILLEGIBLE if illegible else None,
        language=None if language == "na" else language,
    )


def _depth(raw: str) -> int:
    """How deep lists and objects stand in each other."""
    depth = deepest = 0
    for bracket in _BRACKETS.sub("", raw):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _decode(value: dict[str, Any], field: str, names: Sequence[str]) -> str:
    """The name of a value that is given as a name or as its place in the list of names."""
    given = value.get(field)
    if isinstance(given, str) and given in names:
        return given
    if type(given) is int and 0 <= given < len(names):
        return names[given]
    raise LineError(Reason.BAD_LINE, f"{field} is {shorten(given)}, none of {', '.join(names)}")


def _text(value: dict[str, Any]) -> str:
    text = value.get("utf8_string")
    if text is not None and not isinstance(text, str):
        raise LineError(Reason.BAD_LINE, f"utf8_string is {shorten(text)}, no text")
    return text or ""


def _polygon(value: dict[str, Any]) -> Polygon:
    mask = value.get("mask")
    if mask not in (None, []):
        points = _numbers("mask", mask)
        if len(points) < 6 or len(points) % 2:
            raise LineError(Reason.BAD_COORDINATES, f"mask has {len(points)} numbers")
        return points
    box = _numbers("bbox", value.get("bbox"))
    if len(box) != 4 or box[2] < 0 or box[3] < 0:
        raise LineError(Reason.BAD_COORDINATES, f"no mask, and bbox is {shorten(list(box))}")
    return polygon_from_xywh(*box)


def _numbers(field: str, given: Any) -> Polygon:
    """Finite numbers from a JSON list. Raises LineError."""
    if not isinstance(given, list):
        raise LineError(Reason.BAD_COORDINATES, f"{field} is no list of numbers")
    for number in given:
        if type(number) not in (int, float) or not math.isfinite(number):
            detail = f"{field} holds {shorten(number)}, no finite number"
            raise LineError(Reason.BAD_COORDINATES, detail)
    return tuple(float(number) for number in given)
