"""Lines of the Robust Reading Competition's ground truth and result files.

A line is a rectangle ``xmin,ymin,xmax,ymax`` (pixel-inclusive) or a quadrilateral
``x1,y1,x2,y2,x3,y3,x4,y4`` (clockwise, y downwards), and then

- in a ground truth file the transcription: everything after the last coordinate's comma, commas
  included; in double quotes with ``\\\\`` and ``\\"`` as escapes (ICDAR 2013) or bare (ICDAR 2015);
- in a result file nothing, or one number, the confidence, which these protocols do not read.

Everything that is wrong raises EntryError with what to do about it; the caller adds file and line.
"""

import re

NUMBER = re.compile(r"\s*-?[0-9]+(\.[0-9]+)?\s*")
QUOTED = re.compile(r'\s*"(.*)"\s*')
ESCAPE = re.compile(r'\\([\\"])')

# Far beyond any image, and small enough that areas stay exact.
MAX_COORDINATE = 1_000_000

Coordinates = tuple[float, ...]


class EntryError(ValueError):
    """A file or line that cannot be read, and what to do about it.

    ``kind`` is a short name for counting; ``line`` the number of the line, where there is one.
    """

    def __init__(self, kind: str, advice: str, line: int | None = None) -> None:
        super().__init__(advice)
        self.kind, self.line = kind, line


def parse_ground_truth_line(line: str) -> tuple[Coordinates, str]:
    """The 4 or 8 coordinates and the transcription."""
    for count in (8, 4):
        fields = line.split(",", count)
        if len(fields) == count + 1 and all(map(NUMBER.fullmatch, fields[:count])):
            return _checked(fields[:count]), _transcription(fields[count])
    raise EntryError(
        "not coordinates",
        "expected xmin,ymin,xmax,ymax,text or x1,y1,x2,y2,x3,y3,x4,y4,text with plain numbers",
    )


def parse_result_line(line: str) -> Coordinates:
    """The 4 or 8 coordinates."""
    fields = line.split(",")
    if not fields[-1].strip():  # the competition lets a line end in a comma
        fields.pop()
    if len(fields) not in {4, 5, 8, 9} or not all(map(NUMBER.fullmatch, fields)):
        raise EntryError(
            "not coordinates",
            "expected xmin,ymin,xmax,ymax or x1,y1,x2,y2,x3,y3,x4,y4 with plain numbers, "
            "and after them a confidence or nothing",
        )
    return _checked(fields[: len(fields) // 4 * 4])


def format_result_line(coordinates: list[float]) -> str:
    """The line of 4 or 8 coordinates; the competition's readers take whole numbers only."""
    if not all(float(value).is_integer() for value in coordinates):
        raise ValueError(f"result files hold whole pixels, not {coordinates}: round them first")
    return ",".join(str(int(value)) for value in coordinates)


def _transcription(field: str) -> str:
    quoted = QUOTED.fullmatch(field)
    return ESCAPE.sub(r"\1", quoted.group(1)) if quoted else field


def _checked(fields: list[str]) -> Coordinates:
    """The numbers, if the competition's scripts would accept the shape."""
    values = tuple(map(float, fields))
    if any(abs(value) > MAX_COORDINATE for value in values):
        raise EntryError(
            "beyond any image",
            f"a coordinate is beyond {MAX_COORDINATE:,} pixels, larger than any image: correct it",
        )
    if len(values) == 4 and (values[2] < values[0] or values[3] < values[1]):
        raise EntryError(
            "inside out",
            "the box is turned inside out (xmax < xmin or ymax < ymin): "
            "write xmin,ymin,xmax,ymax, not x,y,width,height",
        )
    if len(values) == 8 and _clockwise_area(values) < 0:
        raise EntryError(
            "counter-clockwise",
            "the points run counter-clockwise: list them clockwise from the top left",
        )
    return values


def _clockwise_area(values: Coordinates) -> float:
    """Twice the signed area, positive where the points run clockwise as seen (y downwards)."""
    xs, ys = values[0::2], values[1::2]
    return sum(xs[i - 1] * ys[i] - xs[i] * ys[i - 1] for i in range(4))
