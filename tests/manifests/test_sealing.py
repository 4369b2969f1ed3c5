"""A file that carries its own digest: no flip in it, and no edit, goes unnoticed."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests import sealing
from manifests.sealing import (
    KEY,
    NOT_WHOLE,
    UNSEALED,
    is_whole,
    load_sealed,
    require_whole,
    seal_bytes,
    seal_file,
    sealed_text,
    write_sealed,
)

VALUES = st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.text()))


@given(VALUES)
def test_json_comes_back_without_its_digest(value: dict[str, Any]) -> None:
    text = sealed_text(value)
    require_whole(text.encode())
    told = json.loads(text)
    assert told.pop(KEY) != UNSEALED
    assert told == {key: entry for key, entry in value.items() if key != KEY}


@given(st.data())
def test_any_flip_is_noticed_but_in_the_word_that_names_the_digest(data: st.DataObject) -> None:
    content = bytearray(sealed_text({"a": [1, 2.5], "text": "Grüße"}).encode())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    word = content.find(KEY.encode())
    if word < 0:
        before = sealed_text({"a": [1, 2.5], "text": "Grüße"}).encode()
        assert before[:at].endswith(KEY.encode()[: at - before.find(KEY.encode())])
        return
    try:
        require_whole(bytes(content))
    except ValueError:
        return
    mark = word + len(KEY)
    assert mark <= at < mark + 4, "a flip of the digest's separators alone hides it"


def test_the_last_digest_counts(tmp_path: Path) -> None:
    """What a stranger wrote into a text is not taken for it."""
    path = tmp_path / "x.json"
    write_sealed(path, {"card": f'{KEY}": "{"1" * 64}', "n": 1})
    assert is_whole(path) and load_sealed(path)["n"] == 1


def test_an_edited_file_is_refused_and_one_without_digest_is_not(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write_sealed(path, {"n": 1})
    path.write_text(path.read_text().replace('"n": 1', '"n": 2'))
    assert is_whole(path) is False
    with pytest.raises(ValueError, match=NOT_WHOLE):
        load_sealed(path)
    path.write_text('{"n": 2}')
    assert is_whole(path) is None and load_sealed(path) == {"n": 2}


def test_a_large_file_is_sealed_at_its_begin_or_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "_ENDS", 200)
    monkeypatch.setattr(sealing, "_BLOCK", 64)
    mark, much = f"{KEY}: {UNSEALED}\n".encode(), bytes(range(256)) * 9
    for content in (mark + much, much + mark, mark):
        path = tmp_path / "x"
        path.write_bytes(content)
        seal_file(path)
        assert path.read_bytes() == seal_bytes(content)
        read: list[int] = []
        assert is_whole(path, read.append) is True
        assert sum(read) == len(content) - 64
        damaged = bytearray(path.read_bytes())
        damaged[len(content) // 2] ^= 1
        path.write_bytes(bytes(damaged))
        assert not is_whole(path)


def test_there_must_be_a_place_for_it(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="no place"):
        seal_file(tmp_path / "x")
    with pytest.raises(ValueError, match="no place"):
        seal_bytes(b"nothing")


def test_a_digest_may_be_required(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_sealed(path, {"errors": 1})
    assert load_sealed(path, required=True) == {"errors": 1}
    path.write_text('{"errors": 0}')
    assert load_sealed(path) == {"errors": 0}
    with pytest.raises(ValueError, match="not what was written"):
        load_sealed(path, required=True)
