"""Bytes to lines, lines to numbers and texts."""

import contextlib
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.vocabulary import Kind, Reason
from pipelines.datasets import icdar15, scut_foru
from pipelines.inclusive import parse_line
from pipelines.lines import (
    MAX_ANNOTATION_BYTES,
    MAX_REGIONS,
    LineError,
    decode,
    parse_number,
    read_labels,
    split_lines,
    take_numbers,
    unquote,
)
from pipelines.samples.quoting import quote
from pipelines.source import Entry, Label, Problem


def lines(data: bytes) -> list[tuple[int, str]]:
    return [(line.number, line.text) for line in split_lines(data)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_any_line_end_with_or_without_a_byte_order_mark(end: bytes, mark: bytes) -> None:
    assert lines(mark + b"a" + end + b"b") == [(1, "a"), (2, "b")]


def test_mixed_line_ends_and_blank_lines_keep_their_numbers() -> None:
    assert lines(b"a\r\n\r\n  \nb\rc\n\n") == [(1, "a"), (4, "b"), (5, "c")]


def test_only_real_line_ends_end_a_line() -> None:
    text = "a\u2028b\x85c\x0bd\x0ce"
    assert lines(text.encode()) == [(1, text)]


def test_spaces_around_a_line_are_part_of_it() -> None:
    assert lines(b" a \n") == [(1, " a ")]


def test_an_empty_file_has_no_lines() -> None:
    assert lines(b"") == [] and lines(b"\xef\xbb\xbf\r\n") == []


def test_each_line_is_decoded_on_its_own() -> None:
    data = "CAFÉ".encode() + b"\n" + "CAFÉ".encode("latin-1") + b"\n" + "5€".encode("cp1252")
    assert [text for _, text in lines(data)] == ["CAFÉ", "CAFÉ", "5€"]


@given(st.binary())
def test_any_bytes_decode(data: bytes) -> None:
    assert isinstance(decode(data), str)


def test_bytes_that_windows_1252_leaves_out_are_latin_1() -> None:
    assert decode(b"\x81\xe9") == "\x81é"


@pytest.mark.parametrize("data", [b"a\0b", "a,b".encode("utf-16")])
def test_no_text_at_all(data: bytes) -> None:
    entry = Entry("x", None, "set/gt_x.txt")
    (problem,) = read_labels(entry, data, parse_line)
    assert isinstance(problem, Problem)
    assert (problem.kind, problem.reason) == (Kind.IMAGE, Reason.ANNOTATION_UNREADABLE)
    assert (problem.stem, problem.uri) == ("x", "set/gt_x.txt")


@pytest.mark.parametrize(
    ("field", "value"),
    [("1", 1), (" -7 ", -7), ("+2.50", 2.5), (".5", 0.5), ("5.", 5), ("1e2", 100), ("007", 7)],
)
def test_numbers(field: str, value: float) -> None:
    assert parse_number(field) == value


@pytest.mark.parametrize(
    "field",
    ["", "x", "nan", "inf", "-Infinity", "1_000", "١٢", "0x10", "1,5", "1 2", "1e400", "1e8"],
)
def test_what_is_no_coordinate(field: str) -> None:
    with pytest.raises(LineError) as error:
        parse_number(field)
    assert error.value.reason is Reason.BAD_COORDINATES


def test_numbers_end_where_the_rest_begins() -> None:
    assert take_numbers("1, 2,3 4 , 5 rest, of it", 4) == ([1, 2, 3, 4], "5 rest, of it")
    assert take_numbers("1 2", 2) == ([1, 2], "")
    with pytest.raises(LineError, match="2 numbers where 4 belong"):
        take_numbers("1 2", 4)
    with pytest.raises(LineError, match="'word' is not a number"):
        take_numbers("1,2,word,4", 4)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ('"a"', "a"),
        ('""', ""),
        ('" a "', " a "),
        ('"a" , ', "a"),
        (r'"a\"b"', 'a"b'),
        (r'"a\\"', "a\\"),
        (r'"a\\\"b"', 'a\\"b'),
        (r'"C:\new"', r"C:\new"),
        ('"a"b"', 'a"b'),
        ('"a","', 'a",'),
    ],
)
def test_quoted_texts(field: str, text: str) -> None:
    assert unquote(field) == text


@pytest.mark.parametrize("field", ["", "a", '"', '"a', 'a"', r'"a\"', '"a" b', r'"a\\\"'])
def test_what_is_no_quoted_text(field: str) -> None:
    with pytest.raises(LineError) as error:
        unquote(field)
    assert error.value.reason is Reason.BAD_LINE


HOSTILE = ["1", ",", " ", '"', "\\", '\\"', '",', '" ', ", ", "1 ", "1.", "e1", "-", "#"]


@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize("head", ["", '1 2 3 4 "', "1,2,3,4,"])
def test_a_very_long_line_takes_no_time(head: str, unit: str) -> None:
    line = head + unit * (1_000_000 // len(unit)) + "x"
    start = time.monotonic()
    for parse in (parse_line, icdar15.parse_line, scut_foru.parse_line):
        with contextlib.suppress(LineError):
            parse(line)
    assert time.monotonic() - start < 2


def test_a_number_has_few_digits_and_a_message_is_short() -> None:
    assert parse_number("0" * 63 + "7") == 7
    with pytest.raises(LineError) as error:
        parse_number("0" * 64 + "7")
    assert error.value.reason is Reason.BAD_COORDINATES and len(error.value.detail) < 200
    with pytest.raises(LineError) as error:
        unquote("x" * 100_000)
    assert len(error.value.detail) < 200


def test_lines_are_not_held_in_memory_together() -> None:
    tracemalloc.start()
    assert lines(b"\n" * 1_000_000) == []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


def test_a_file_too_large_for_one_image_is_refused() -> None:
    entry = Entry("x", None, "set/gt_x.txt")
    (problem,) = read_labels(entry, b"\n" * (MAX_ANNOTATION_BYTES + 1), parse_line)
    assert isinstance(problem, Problem)
    assert (problem.kind, problem.reason) == (Kind.IMAGE, Reason.ANNOTATION_UNREADABLE)
    assert str(MAX_ANNOTATION_BYTES) in problem.detail


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n\ufeff"), min_size=1))
def test_any_quoted_text_comes_back_to_the_character(text: str) -> None:
    entry = Entry("x", None, "set/gt_x.txt")
    content = f"1, 2, 3, 4, {quote(text)}\r\n".encode()
    (label,) = read_labels(entry, content, parse_line)
    assert isinstance(label, Label)
    assert label.text == (None if text == "###" else text)
    assert label.raw.encode() == content.removesuffix(b"\r\n")


def test_a_file_of_more_lines_than_an_image_has_regions_is_refused() -> None:
    entry = Entry("x", None, "set/gt_x.txt")
    fits, (problem,) = (
        list(read_labels(entry, b"\n" * (2 * MAX_REGIONS + more), parse_line)) for more in (0, 1)
    )
    assert not fits and isinstance(problem, Problem)
    assert (problem.kind, problem.reason) == (Kind.IMAGE, Reason.ANNOTATION_UNREADABLE)
    assert str(MAX_REGIONS) in problem.detail


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1e"])
def test_lines_that_an_editor_joined_are_not_the_text_of_one(end: str) -> None:
    joined = f"1,2,30,2,30,40,1,40,one{end}5,2,30,2,30,40,5,40,two\n"
    content = f"{joined}1,2,30,2,30,40,1,40,a{end}b\n".encode()
    refused, kept = read_labels(Entry("a", None, "a.txt"), content, icdar15.parse_line)
    assert isinstance(refused, Problem) and isinstance(kept, Label)
    assert (refused.kind, refused.reason, refused.line) == (Kind.REGION, Reason.BAD_LINE, 1)
    assert f"U+{ord(end):04X}" in refused.detail and refused.raw == joined[:-1]
    assert kept.text == f"a{end}b"
