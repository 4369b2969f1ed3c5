"""One shape of a labelme file: its JSON text to a label."""

from typing import Any

from manifests.geometry import Polygon, bounding_box, polygon_from_box
from manifests.vocabulary import IgnoreReason, Reason
from pipelines.jsonfields import read_flag, read_numbers, read_object
from pipelines.lines import DONT_CARE_MARK, LineError, shorten
from pipelines.source import Element, Label, Size

_FLAGS = {
    "ignore": IgnoreReason.MARKED,
    "difficult": IgnoreReason.MARKED,
    "illegible": IgnoreReason.ILLEGIBLE,
}


def read_shape(element: Element, drawn_on: Size | None) -> Label:
    """``drawn_on``: the size of the picture as the file tells it. Raises LineError."""
    value = read_object(element.raw)
    text = value.get("label")
    if not isinstance(text, str):
        raise LineError(Reason.BAD_LINE, f"label is {shorten(text)}, no text")
    ignore = _ignore(text, value.get("flags") or {})
    return Label(
        number=element.number,
        polygon=_polygon(value.get("shape_type") or "polygon", value.get("points")),
        text=None if text == DONT_CARE_MARK else text or None,
        raw=element.raw,
        line=element.line,
        ignore=ignore,
        drawn_on=drawn_on,
    )


def _ignore(text: str, flags: Any) -> IgnoreReason | None:
    if not isinstance(flags, dict):
        raise LineError(Reason.BAD_LINE, f"flags are {shorten(flags)}, no object")
    if text == DONT_CARE_MARK:
        return IgnoreReason.MARKED
    # People name their flags themselves: "Ignore" must not become text to learn.
    known = {name: name.strip().lower() for name in flags}
    set_ones = {known[name] for name, value in flags.items() if _is_set(known[name], value)}
    return next((reason for flag, reason in _FLAGS.items() if flag in set_ones), None)


def _is_set(flag: str, value: Any) -> bool:
    return flag in _FLAGS and read_flag(flag, value)


def _polygon(kind: Any, points: Any) -> Polygon:
    if kind not in ("polygon", "rectangle"):
        detail = (
            f"a shape of type {shorten(kind)} is no outline of text; draw a polygon or rectangle"
        )
        raise LineError(Reason.BAD_LINE, detail)
    if not isinstance(points, list):
        raise LineError(Reason.BAD_COORDINATES, "points are no list")
    pairs = [read_numbers("a point", point) for point in points]
    if any(len(pair) != 2 for pair in pairs):
        raise LineError(Reason.BAD_COORDINATES, "a point has not two numbers")
    flat = tuple(number for pair in pairs for number in pair)
    if kind == "rectangle" and len(pairs) == 2:
        return polygon_from_box(*bounding_box(flat))
    if len(pairs) < 3 or (kind == "rectangle" and len(pairs) != 4):
        raise LineError(Reason.BAD_COORDINATES, f"a {kind} of {len(pairs)} points")
    return flat
