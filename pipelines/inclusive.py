"""The line of the ICDAR focused and born-digital sets: an inclusive box and a quoted text."""

from collections.abc import Sequence

from manifests.geometry import Polygon, polygon_from_inclusive_box
from manifests.vocabulary import Reason
from pipelines.lines import LineError, take_numbers, unquote


def parse_line(line: str) -> tuple[Polygon, str | None]:
    """``left, top, right, bottom, "text"``, separated by commas or spaces.

    Right and bottom pixels belong to the box, so a box of zero thickness is one pixel thick.
    Raises LineError.
    """
    numbers, rest = take_numbers(line, 4)
    return read_box(numbers), unquote(rest)


def read_box(numbers: Sequence[float]) -> Polygon:
    """Left, top, right and bottom pixel of a box. Raises LineError."""
    left, top, right, bottom = numbers
    if right < left or bottom < top:
        raise LineError(Reason.BAD_COORDINATES, "right of or below its own other side")
    return polygon_from_inclusive_box(left, top, right, bottom)
