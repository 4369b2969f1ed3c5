"""One annotation in the form of COCO: its JSON text to a label."""

from typing import Any

from manifests.geometry import Polygon, polygon_from_xywh
from manifests.vocabulary import IgnoreReason, Reason
from pipelines.datasets.coco_text.annotation import LEGIBILITY, read_choice
from pipelines.jsonfields import read_flag, read_numbers, read_object
from pipelines.lines import DONT_CARE_MARK, LineError, shorten
from pipelines.source import Element, Label, Size

TEXT_KEYS = ("utf8_string", "text", "transcription")
"""Where the text may stand: in the annotation, or in its ``attributes``; the first counts."""
_OUTLINES = ("segmentation", "mask", "points")
_FLAGS = ("iscrowd", "ignore")


def read_annotation(element: Element, drawn_on: Size | None) -> Label:
    """``drawn_on``: the size of the picture as the file tells it. Raises LineError."""
    value = read_object(element.raw)
    if not element.number:
        raise LineError(Reason.BAD_LINE, "it has no id")
    text = _text(value)
    return Label(
        number=element.number,
        polygon=_polygon(value),
        text=None if text == DONT_CARE_MARK else text or None,
        raw=element.raw,
        line=element.line,
        ignore=_ignore(value, text),
        drawn_on=drawn_on,
    )


def _ignore(value: dict[str, Any], text: str | None) -> IgnoreReason | None:
    if "legibility" in value and read_choice(value, "legibility", LEGIBILITY) == "illegible":
        return IgnoreReason.ILLEGIBLE
    flags = [read_flag(flag, value.get(flag)) for flag in _FLAGS]  # a bad one is told, not passed
    return IgnoreReason.MARKED if any(flags) or text == DONT_CARE_MARK else None


def _text(value: dict[str, Any]) -> str | None:
    attributes = value.get("attributes")
    for where in (value, attributes if isinstance(attributes, dict) else {}):
        for key in TEXT_KEYS:
            if (text := where.get(key)) is None:
                continue
            if not isinstance(text, str):
                raise LineError(Reason.BAD_LINE, f"{key} is {shorten(text)}, no text")
            return text
    return None


def _polygon(value: dict[str, Any]) -> Polygon:
    """The outline where there is one of a single piece, else the box."""
    for field in _OUTLINES:
        given = value.get(field)
        if isinstance(given, list) and len(given) == 1 and isinstance(given[0], list):
            given = given[0]
        if given and isinstance(given, list) and not isinstance(given[0], list):
            return _outline(field, given)
    box = read_numbers("bbox", value.get("bbox"))
    if len(box) != 4 or box[2] < 0 or box[3] < 0:
        raise LineError(Reason.BAD_COORDINATES, f"no outline, and bbox is {shorten(list(box))}")
    return polygon_from_xywh(*box)


def _outline(field: str, given: list[Any]) -> Polygon:
    points = read_numbers(field, given)
    if len(points) < 6 or len(points) % 2:
        raise LineError(Reason.BAD_COORDINATES, f"{field} has {len(points)} numbers")
    return points
