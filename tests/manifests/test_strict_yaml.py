"""Hostile YAML: an error in words, soon, and never another exception."""

import datetime
from pathlib import Path

import pytest

from manifests.decisions import Decision, Subject, Verdict, parse, read_file, serialize
from manifests.errors import UserError
from manifests.mixes import load_mix
from manifests.strict_yaml import load_yaml, shown


def _bomb() -> str:
    lines = ["- x0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"  x{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    return "\n".join([*lines, "  verdict: *a8", ""])


HOSTILE = {
    "aliases": (_bomb(), "line 2: aliases"),
    "itself": ("- &a\n  verdict: *a\n", "line 2: aliases"),
    "deep": ("{a: " * 1_500, "nested too deeply"),
    "tag of a day": ("- !!timestamp foo\n", "does not fit its tag"),
    "tag of a truth": ("- !!bool foo\n", "does not fit its tag"),
    "tag of a mapping": ("- !!map [1, 2]\n", "does not fit its tag"),
    "key that is a list": ("- {[1]: 2}\n", "unhashable key"),
    "tag of a number": ("- !!int ''\n", "does not fit its tag"),
    "time of day": ("- a: 12:30\n", "'12:30' would be read as seconds; quote it"),
    "a number to the base of 60 that no float holds": (f"- {'1:' * 200}1.5\n", "quote it"),
    "a number that takes minutes": (f"- {'1:' * 200_000}1\n", "quote it"),
    "key twice": ("- a: 1\n  b: 2\n  a: 3\n", "line 1: 'a' stands twice"),
}


@pytest.mark.parametrize(("text", "words"), HOSTILE.values(), ids=HOSTILE)
def test_is_refused_with_a_reason(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=words):
        load_yaml(text)
    path = tmp_path / "file.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=words):
        read_file(path)
    with pytest.raises(UserError, match=words):
        load_mix(str(path))


def test_a_wrong_value_is_cut_in_the_message(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(f"- verdict: {'x' * 100_000}\n")
    with pytest.raises(UserError) as caught:
        read_file(path)
    assert len(str(caught.value)) < 1_000
    assert shown([1, 2]) == "[1, 2]"


def test_our_own_files_have_no_aliases() -> None:
    day, pin = datetime.date(2026, 3, 1), "0" * 64
    entries = [
        Decision(Verdict.DROP_IMAGE, (Subject(f"a/b/{n}", pin),), "Ann", day, "ugly")
        for n in range(2)
    ]
    assert list(parse(serialize(entries))) == entries
