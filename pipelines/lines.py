"""Annotation files of one region a line: bytes to lines, lines to numbers and text.

The files of these datasets come with and without a byte order mark, with any mixture of line ends,
and now and then with bytes that are not UTF-8. None of that may cost a region or a character.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from manifests.geometry import Polygon
from manifests.vocabulary import IgnoreReason, Kind, Reason
from pipelines.source import Entry, Label, Problem

DONT_CARE_MARK = "###"

# float32 counts whole pixels exactly up to here, and no picture is as wide
MAX_COORDINATE = float(1 << 24)

# one picture's regions; the largest file of the six datasets has a few kilobytes
MAX_ANNOTATION_BYTES = 1 << 24

# each becomes an object, even where the line is one character
MAX_REGIONS = 100_000

_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\n|\r")
_ODD_END = re.compile("[\v\f\x1c-\x1e\x85\u2028\u2029]+")
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\Z", re.ASCII)
_MAX_DIGITS = 64
_MAX_QUOTED = 80
_FIELD = re.compile(r"\s*([^\s,]+)(?:\s*,\s*|\s+|\Z)")
_ESCAPED = re.compile(r'\\([\\"])')
_QUOTED = re.compile(r'"(.*)"[\s,]*\Z', re.DOTALL)


class LineError(ValueError):
    """A line that is not of its format; ``reason`` is its place in the quarantine vocabulary."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not blank. ``number``: from 1, blank lines counted; ``text``: without its
    line end and without the file's byte order mark."""

    number: int
    text: str


LineParser = Callable[[str], tuple[Polygon, str | None]]
"""A line to its polygon (half-open pixels) and its text (None: none). Raises LineError."""


def split_lines(data: bytes) -> Iterator[Line]:
    """The lines of a file that ends them with CRLF, LF or CR, or a mixture; blank ones skipped.

    Each line is UTF-8, or, where its bytes are not, Windows-1252, or Latin-1. Raises LineError
    where the file is no text at all (NUL bytes: binary, or UTF-16) or far too large to be the
    annotation of one image.
    """
    if len(data) > MAX_ANNOTATION_BYTES:
        detail = (
            f"{len(data)} bytes; the annotation of one image has {MAX_ANNOTATION_BYTES} at most"
        )
        raise LineError(Reason.ANNOTATION_UNREADABLE, detail)
    if b"\0" in data:
        detail = "holds NUL bytes: a binary file, or UTF-16; save it as UTF-8"
        raise LineError(Reason.ANNOTATION_UNREADABLE, detail)
    for number, line in enumerate(_cut(data.removeprefix(_BOM)), 1):
        text = decode(line)
        if text.strip():
            yield Line(number, text)


def _cut(data: bytes) -> Iterator[bytes]:
    """One line after the other; a list of them would be many times as large as the file."""
    start = 0
    for end in _LINE_END.finditer(data):
        yield data[start : end.start()]
        start = end.end()
    yield data[start:]


def decode(line: bytes) -> str:
    """Text of one line: UTF-8, else Windows-1252, else Latin-1 (which takes any byte)."""
    for encoding in ("utf-8", "cp1252"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1")


def parse_number(field: str) -> float:
    """A finite number within ``MAX_COORDINATE``. Raises LineError (BAD_COORDINATES)."""
    text = field.strip()
    if len(text) > _MAX_DIGITS or not _NUMBER.match(text):
        raise LineError(Reason.BAD_COORDINATES, f"{shorten(text)} is not a number")
    value = float(text)
    if abs(value) > MAX_COORDINATE:
        raise LineError(Reason.BAD_COORDINATES, f"{text} is beyond any picture")
    return value


def take_numbers(line: str, count: int) -> tuple[list[float], str]:
    """The first ``count`` numbers, separated by commas or spaces, and the rest of the line.

    The separator in front of the rest is taken away, its spaces too. Raises LineError.
    """
    numbers: list[float] = []
    position = 0
    while len(numbers) < count:
        field = _FIELD.match(line, position)
        if field is None:
            detail = f"{len(numbers)} numbers where {count} belong"
            raise LineError(Reason.BAD_LINE, detail)
        numbers.append(parse_number(field[1]))
        position = field.end()
    return numbers, line[position:]


def unquote(field: str) -> str:
    r"""The text of a quoted field, in which ``\"`` is a quote and ``\\`` a backslash.

    Any other backslash stands for itself, and so does a quote that should have been escaped.
    Spaces and commas behind the closing quote are passed over. Raises LineError (BAD_LINE).
    """
    match = _QUOTED.match(field)
    if match is None or _ends_escaped(match[1]):
        detail = f"{shorten(field)} is not a text in double quotes"
        raise LineError(Reason.BAD_LINE, detail)
    return _ESCAPED.sub(r"\1", match[1])


def shorten(value: object) -> str:
    """A value as a message quotes it; the whole line is in quarantine anyway."""
    text = repr(value)
    return text if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED]}..."


def _ends_escaped(body: str) -> bool:
    """True where the closing quote is itself escaped: an odd number of backslashes before it."""
    return (len(body) - len(body.rstrip("\\"))) % 2 == 1


def read_labels(entry: Entry, content: bytes, parse: LineParser) -> Iterator[Label | Problem]:
    """Every line of an annotation file as a label or a problem, in order; a file with far too many
    of them for one image is one problem."""
    try:
        _refuse_many(content)
        for line in split_lines(content):
            yield _read_line(entry, line, parse)
    except LineError as error:
        yield _problem(entry, error, Kind.IMAGE)


def _refuse_many(content: bytes) -> None:
    ends = content.count(b"\n") + content.count(b"\r")
    if len(content) <= MAX_ANNOTATION_BYTES and ends > 2 * MAX_REGIONS:  # of CR LF, two a line
        detail = f"{ends} line ends; the annotation of one image has {MAX_REGIONS} lines at most"
        raise LineError(Reason.ANNOTATION_UNREADABLE, detail)


def _read_line(entry: Entry, line: Line, parse: LineParser) -> Label | Problem:
    try:
        _refuse_joined(line.text, parse)
        polygon, text = parse(line.text)
    except LineError as error:
        return _problem(entry, error, Kind.REGION, line)
    marked = text == DONT_CARE_MARK
    return Label(
        number=str(line.number),
        polygon=polygon,
        text=None if marked else text or None,
        raw=line.text,
        line=line.number,
        ignore=IgnoreReason.MARKED if marked else None,
    )


def _refuse_joined(text: str, parse: LineParser) -> None:
    """Raise LineError where a line goes on as another one behind what some editors take for a line
    end: its text would swallow regions."""
    end = _ODD_END.search(text)
    if end is None:
        return
    try:
        parse(_ODD_END.split(text[end.end() :], maxsplit=1)[0])
    except LineError:
        return
    detail = f"several lines in one, parted by U+{ord(end[0][0]):04X}; end each with LF or CR LF"
    raise LineError(Reason.BAD_LINE, detail)


def _problem(entry: Entry, error: LineError, kind: Kind, line: Line | None = None) -> Problem:
    return Problem(
        kind=kind,
        reason=error.reason,
        detail=error.detail,
        uri=entry.annotation_uri or entry.stem,
        stem=entry.stem,
        line=line.number if line else None,
        raw=line.text if line else None,
    )
