"""One annotation of COCO-Text: its JSON text to a label."""

from collections.abc import Sequence
from typing import Any

from manifests.geometry import Polygon, polygon_from_xywh
from manifests.vocabulary import IgnoreReason, Reason
from pipelines.jsonfields import read_numbers, read_object
from pipelines.lines import LineError, shorten
from pipelines.source import Element, Label

LEGIBILITY = ("legible", "illegible")
LANGUAGE = ("english", "not english", "na")


def read_annotation(element: Element) -> Label:
    """Raises LineError."""
    value = read_object(element.raw)
    illegible = read_choice(value, "legibility", LEGIBILITY) == "illegible"
    language = read_choice(value, "language", LANGUAGE) if "language" in value else "na"
    return Label(
        number=element.number,
        polygon=_polygon(value),
        text=_text(value) or None,
        raw=element.raw,
        line=element.line,
        ignore=IgnoreReason.ILLEGIBLE if illegible else None,
        language=None if language == "na" else language,
    )


def read_choice(value: dict[str, Any], field: str, names: Sequence[str]) -> str:
    """The name of a value that is given as a name or as its place in the list of names. Raises
    LineError."""
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
        points = read_numbers("mask", mask)
        if len(points) < 6 or len(points) % 2:
            raise LineError(Reason.BAD_COORDINATES, f"mask has {len(points)} numbers")
        return points
    box = read_numbers("bbox", value.get("bbox"))
    if len(box) != 4 or box[2] < 0 or box[3] < 0:
        raise LineError(Reason.BAD_COORDINATES, f"no mask, and bbox is {shorten(list(box))}")
    return polygon_from_xywh(*box)
