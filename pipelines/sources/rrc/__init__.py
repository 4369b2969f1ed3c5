"""Text files as the Robust Reading Competition has them: ``gt_<picture>.txt``, a line a region.

Four points of a quadrilateral and the text, or left, top, right and bottom pixel of a box and the
text; separated by commas or spaces, the text quoted or not, ``###`` for don't-care::

    377,117,463,117,465,130,378,130,Genaxis Theatre
    158 128 411 181 "Footpath"
"""

from collections.abc import Iterator

from manifests.geometry import Polygon
from manifests.vocabulary import Reason
from pipelines.inclusive import read_box
from pipelines.lines import (
    LineError,
    parse_number,
    read_labels,
    split_lines,
    take_numbers,
    unquote,
)
from pipelines.source import Entry, Label, Problem

SUFFIX = ".txt"
_PREFIX = "gt_"
_QUADRILATERAL, _BOX = 8, 4


def picture_names(stem: str) -> list[str]:
    """Stems of pictures that an annotation file may be for, the likeliest first."""
    return [stem.removeprefix(_PREFIX), stem]


def labels(entry: Entry, content: bytes | None) -> Iterator[Label | Problem]:
    """See ``pipelines.source.Dataset``. A file in which any line begins with eight numbers is one
    of quadrilaterals, every other one of boxes."""
    if content is not None:
        parse = parse_quadrilateral if _has_quadrilaterals(content) else parse_box
        yield from read_labels(entry, content, parse)


def parse_quadrilateral(line: str) -> tuple[Polygon, str | None]:
    """The four points as they stand and the text. Raises LineError."""
    numbers, text = _take(line, _QUADRILATERAL)
    return tuple(numbers), text


def parse_box(line: str) -> tuple[Polygon, str | None]:
    """The box, whose right and bottom pixels belong to it, and the text. Raises LineError."""
    numbers, text = _take(line, _BOX)
    return read_box(numbers), text


def _has_quadrilaterals(content: bytes) -> bool:
    try:
        return any(_begins_with(line.text, _QUADRILATERAL) for line in split_lines(content))
    except LineError:  # told when its lines are read
        return False


def _begins_with(line: str, count: int) -> bool:
    try:
        _take(line, count)
    except LineError:
        return False
    return True


def _take(line: str, count: int) -> tuple[list[float], str | None]:
    """Numbers and text: separated by commas, which leave the text as it stands, or by spaces."""
    fields = line.split(",", count)
    try:
        if len(fields) < count:
            raise LineError(
                Reason.BAD_LINE, f"{len(fields)} fields, not {count} numbers and a text"
            )
        numbers, rest = [parse_number(field) for field in fields[:count]], "".join(fields[count:])
    except LineError as error:
        try:
            numbers, rest = take_numbers(line, count)
        except LineError:
            raise error from None
    return numbers, _text(rest)


def _text(rest: str) -> str | None:
    """Without its quotes, where it stands in quotes."""
    try:
        return unquote(rest.strip())
    except LineError:
        return rest or None
