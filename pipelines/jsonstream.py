"""Reading a large JSON object member by member, in flat memory.

The file is an object of objects, ``{"anns": {"1": {...}, "2": {...}}, "imgs": {...}}``, or one of
lists. A window slides over its text; each inner member is decoded on its own and comes with the
text it stood in.
"""

import codecs
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, NoReturn

_CHUNK = 1 << 20
MAX_MEMBER_CHARACTERS = 1 << 24
_MAX_DIGITS = 300
_SPACES = " \t\n\r"
_SPACE = re.compile(rf"[{_SPACES}]*")
# "12" at the end of the window may be the start of "12.5e3"
_NUMBER_GOES_ON = re.compile(r"[-+.0-9eE]*\Z")


class JsonStreamError(ValueError):
    """The text is not such an object, or ends too early; ``line``: where, from 1."""

    def __init__(self, detail: str, line: int) -> None:
        super().__init__(f"{detail} (line {line})")
        self.line = line


class Repeated(dict[str, Any]):
    """An object that has a key twice; the last value is in it."""


@dataclass(frozen=True, slots=True)
class Member:
    """``{section: {key: value}}``. ``raw``: the value's text; ``line``: where it starts, from 1.

    Of a list that is read item by item the key is the item's place in it, from 0. A section that is
    neither is one member with an empty key. NaN and infinities, which are no
    JSON but are written by many programs, are floats, and so are integers of more than 300 digits
    (infinite ones, mostly). Bytes that are not UTF-8 become lone
    surrogates (Python's ``surrogateescape``).
    """

    section: str
    key: str
    value: Any
    raw: str
    line: int


def read_members(
    file: IO[bytes], lists: bool = False, longest: int | None = None
) -> Iterator[Member]:
    """The members of a file, in its order. Raises JsonStreamError where it stops being JSON.

    ``lists``: read sections that are lists item by item; else each is one member. ``longest``: what
    one value may have, in characters (None: ``MAX_MEMBER_CHARACTERS``).
    """
    window = _Window(file, MAX_MEMBER_CHARACTERS if longest is None else longest)
    for section in _keys(window):
        if window.peek() == "{":
            for key in _keys(window):
                yield Member(section, key, *window.value())
        elif lists and window.peek() == "[":
            for place in _places(window):
                yield Member(section, str(place), *window.value())
        else:
            yield Member(section, "", *window.value())
    if window.peek():
        window.fail("there is more behind the end of the object")


def _places(window: "_Window") -> Iterator[int]:
    """The places of a list, from 0; the caller takes each value before it asks for the next."""
    window.take("[")
    if window.peek() == "]":
        window.take("]")
        return
    for place in itertools.count():
        yield place
        if window.peek() == "]":
            window.take("]")
            return
        window.take(",")


def _keys(window: "_Window") -> Iterator[str]:
    """The keys of an object; the caller takes each value before it asks for the next key."""
    window.take("{")
    if window.peek() == "}":
        window.take("}")
        return
    while True:
        key, _, _ = window.value()
        if not isinstance(key, str):
            window.fail("a key is not a string")
        window.take(":")
        yield key
        if window.peek() == "}":
            window.take("}")
            return
        window.take(",")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Repeated(found)


def _integer(text: str) -> int | float:
    """No count and no coordinate has so many digits; Python refuses to read thousands of them."""
    return int(text) if len(text) <= _MAX_DIGITS else float(text)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer)


def decode_member(raw: str) -> Any:
    """The value of a member from its own text; the same as ``Member.value``."""
    return _DECODER.decode(raw)


class _Window:
    """The text around the place of reading: grows while a value goes on, and is cut behind it."""

    def __init__(self, file: IO[bytes], longest: int) -> None:
        self._file, self._longest = file, longest
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape").decode
        self._text = ""
        self._at = 0
        self._counted = 0  # place in the text up to which lines are counted
        self._lines = 1
        self._ended = False

    @property
    def _line(self) -> int:
        """The line of the place of reading, from 1."""
        self._lines += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._lines

    def fail(self, detail: str) -> NoReturn:
        """Raise JsonStreamError for the place of reading."""
        raise JsonStreamError(detail, self._line)

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            character = self._text[self._at : self._at + 1]
            if character and character not in _SPACES:
                return character
            match = _SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._grow():
                return ""

    def take(self, character: str) -> None:
        """Pass over one character that must be there."""
        found = self.peek()
        if found != character:
            what = f"{found!r} stands" if found else "the file ends"
            self.fail(f"{what} where {character!r} belongs")
        self._at += 1

    def value(self) -> tuple[Any, str, int]:
        """The next value, its text and its line."""
        if not self.peek():
            self.fail("the file ends where a value belongs")
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._ended:
                    self.fail(f"a value is broken or cut off: {error.msg}")
            except RecursionError:
                self.fail("a value is nested too deeply")
            else:
                if self._ended or not _NUMBER_GOES_ON.match(self._text, end):
                    raw, line = self._text[self._at : end], self._line
                    self._at = end
                    return value, raw, line
            self._grow()

    def _grow(self) -> bool:
        """Read on, as much again as is pending; False at the end of the file."""
        if self._ended:
            return False
        _ = self._line  # counted before what is behind is cut off
        pending = self._text[self._at :]
        if len(pending) > self._longest:
            self.fail(f"a value is broken, or longer than {self._longest} characters")
        data = self._file.read(max(_CHUNK, len(pending)))
        self._ended = not data
        self._text, self._at, self._counted = pending + self._decode(data, not data), 0, 0
        return not self._ended
