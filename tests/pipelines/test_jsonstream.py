"""Streaming a JSON object: the same members, their own texts, and no crash on anything."""

import io
import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import jsonstream
from pipelines.jsonstream import JsonStreamError, Member, Repeated, decode_member, read_members

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6
)


def read(text: str | bytes) -> list[Member]:
    return list(read_members(io.BytesIO(text.encode() if isinstance(text, str) else text)))


@pytest.fixture
def tiny_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window of a few bytes, so that every value goes over its edge."""
    monkeypatch.setattr(jsonstream, "_CHUNK", 3)


@settings(max_examples=60, deadline=None)
@given(
    content=st.dictionaries(st.text(), st.dictionaries(st.text(), VALUES)),
    chunk=st.integers(1, 40),
    indent=st.none() | st.integers(0, 3),
    ascii_only=st.booleans(),
)
def test_members_are_those_of_json(
    content: dict[str, Any], chunk: int, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(content, indent=indent, ensure_ascii=ascii_only)
    data = text.encode("utf-8", "surrogatepass" if not ascii_only else "strict")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonstream, "_CHUNK", chunk)
        members = read(data)
    rebuilt: dict[str, dict[str, Any]] = {
        section: {} for section, inner in content.items() if not inner
    }
    for member in members:
        rebuilt.setdefault(member.section, {})[member.key] = member.value
        assert decode_member(member.raw) == member.value
        assert member.raw in text
    assert rebuilt == content


@pytest.mark.usefixtures("tiny_window")
def test_raw_text_and_lines_are_as_they_stand() -> None:
    text = '{"a": {\n "1": {"x":  1.50},\r\n\n "2" : [1,\n2] },\n"b": {"3": "\\u00e9é"}}\n'
    assert [(m.section, m.key, m.raw, m.line) for m in read(text)] == [
        ("a", "1", '{"x":  1.50}', 2),
        ("a", "2", "[1,\n2]", 4),
        ("b", "3", '"\\u00e9é"', 6),
    ]


@pytest.mark.usefixtures("tiny_window")
def test_a_number_is_read_to_its_end() -> None:
    assert [m.value for m in read('{"a": {"1": 1234567890123, "2": -1.25e2}}')] == [
        1234567890123,
        -125.0,
    ]


def test_sections_that_are_no_objects_come_whole() -> None:
    assert [(m.section, m.key, m.value) for m in read('{"a": [1, {"b": 2}], "c": 3, "d": {}}')] == [
        ("a", "", [1, {"b": 2}]),
        ("c", "", 3),
    ]


def test_a_byte_order_mark_is_passed_over() -> None:
    assert [m.value for m in read(b'\xef\xbb\xbf{"a": {"1": 2}}')] == [2]


def test_nan_and_infinity_are_floats() -> None:
    first, second = read('{"a": {"1": NaN, "2": [-Infinity, 1e999]}}')
    assert math.isnan(first.value) and second.value == [-math.inf, math.inf]


def test_a_number_too_long_to_be_one_spoils_one_value_only() -> None:
    text = f'{{"1": {"9" * 301}, "2": -{"9" * 5000}, "3": 3}}'
    long, longer, last = read(f'{{"a": {text}}}')
    assert (long.value, longer.value, last.value) == (1e301, -math.inf, 3)


def test_a_key_twice_in_one_object_is_marked() -> None:
    once, twice, deep = read(
        '{"a": {"1": {"x": 1}, "2": {"x": 1, "x": 2}, "3": [{"y": 1, "y": 1}]}}'
    )
    assert not isinstance(once.value, Repeated)
    assert isinstance(twice.value, Repeated) and twice.value == {"x": 2}
    assert isinstance(deep.value[0], Repeated)


def test_a_key_twice_in_a_section_comes_twice() -> None:
    assert [(m.key, m.value) for m in read('{"a": {"1": 1, "1": 2}}')] == [("1", 1), ("1", 2)]


def test_bytes_that_are_no_utf_8_spoil_one_value_only() -> None:
    first, second = read(b'{"a": {"1": "CAF\xc9", "2": "ok"}}')
    assert first.value == "CAF\udcc9" and second.value == "ok"


WHOLE = '{"a": {"1": {"x": [1, 2.5, "é"]}, "2": {}}, "b": {"3": true}}'


@pytest.mark.parametrize("length", range(len(WHOLE.encode())))
def test_any_truncation_gives_what_was_whole_and_an_error(length: int) -> None:
    expected, found = read(WHOLE), []
    with pytest.raises(JsonStreamError):
        for member in read_members(io.BytesIO(WHOLE.encode()[:length])):
            found.append(member)
    assert found == expected[: len(found)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "3",
        '{"a" 1}',
        '{"a": {"1": }}',
        '{"a": {"1": 1,}}',
        "{1: 2}",
        '{"a": {"1": 1}} x',
        '{"a": {"1": 1} "b": {}}',
        '{"a": {"1": nul}}',
        '{"a": {"1": ' + "[" * 100_000,
    ],
)
def test_what_is_no_such_object_is_an_error(text: str) -> None:
    with pytest.raises(JsonStreamError):
        read(text)


def test_the_error_says_on_which_line() -> None:
    with pytest.raises(JsonStreamError, match=r"line 3") as error:
        read('{"a":\n{"1": 1,\n "2": oops}}')
    assert error.value.line == 3


def test_a_value_without_end_is_not_read_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonstream, "_CHUNK", 100)
    monkeypatch.setattr(jsonstream, "MAX_MEMBER_CHARACTERS", 1000)
    file = io.BytesIO(b'{"a": {"1": "' + b"x" * 1_000_000)
    with pytest.raises(JsonStreamError, match="longer than 1000 characters"):
        list(read_members(file))
    assert file.tell() < 5000


@pytest.mark.usefixtures("tiny_window")
def test_lists_are_read_item_by_item_where_that_is_asked_for() -> None:
    text = '{"a": [{"x": 1},\n 2.5, [3]], "b": [], "c": {"k": 4}, "d": 5}'
    members = list(read_members(io.BytesIO(text.encode()), lists=True))
    assert [(m.section, m.key, m.value, m.raw, m.line) for m in members] == [
        ("a", "0", {"x": 1}, '{"x": 1}', 1),
        ("a", "1", 2.5, "2.5", 2),
        ("a", "2", [3], "[3]", 2),
        ("c", "k", 4, "4", 2),
        ("d", "", 5, "5", 2),
    ]
    assert [m.value for m in read(text)][:2] == [[{"x": 1}, 2.5, [3]], []]


@pytest.mark.parametrize(
    "text", ['{"a": [1', '{"a": [1,', '{"a": [1 2]}', '{"a": [1}', '{"a": [,]}']
)
def test_a_broken_list_is_told(text: str) -> None:
    with pytest.raises(JsonStreamError):
        list(read_members(io.BytesIO(text.encode()), lists=True))


def test_how_long_a_value_may_be_can_be_told() -> None:
    text = b'{"a": ["' + b"x" * (3 << 20) + b'"]}'
    assert len(list(read_members(io.BytesIO(text), lists=True))) == 1
    with pytest.raises(JsonStreamError, match="longer than 1000 characters"):
        list(read_members(io.BytesIO(text), lists=True, longest=1000))
