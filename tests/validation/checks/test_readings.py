"""Texts that do not fit their regions are found, in whichever direction they are read."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from manifests.vocabulary import Granularity
from tests.validation.labelled import Label, box, published, regions, told
from validation.checks.readings import find, find_in, find_in_split, readings


def found(*labels: Label) -> list[tuple[str, str]]:
    some = regions(labels)
    return told(list(find_in(some, readings(some))))


@pytest.mark.parametrize(
    ("label", "code"),
    [
        (box(0, 0, 38, 19, text="twenty_characters_xy"), "text_too_small"),
        (box(0, 0, 100, 100, text="twelve_signs"), "text_too_long"),
        (box(0, 0, 100, 100, text="&#163;twelve_sign"), "text_too_long"),
        (box(0, 0, 300, 20, text="A"), "text_too_short"),
        (box(0, 0, 20, 300, text="AB"), "text_too_short"),
        (Label((0, 0, 200, 200, 190, 210, -10, 10), "AB"), "text_too_short"),
        (box(0, 0, 200, 20, text="two words"), "word_with_spaces"),
    ],
)
def test_a_planted_fault_is_found(label: Label, code: str) -> None:
    assert found(Label(), label) == [(code, "img_0#2")]


@pytest.mark.parametrize(
    "label",
    [
        box(0, 0, 60, 20, text="HOTEL"),
        box(0, 0, 20, 100, text="HOTEL"),  # upright letters below each other
        box(0, 0, 20, 60, text="HOTEL"),  # turned by a quarter
        Label((0, 100, 0, 0, 20, 0, 20, 100), "HOTEL"),  # the same, begun at its bottom
        box(0, 0, 3, 60, text="I"),
        box(0, 0, 90, 4, text="-"),
        box(0, 0, 12, 40, text="it"),
        box(0, 0, 300, 20, text="A", care=False),
        box(0, 0, 300, 20, text=None),
        box(0, 0, 200, 20, text="two words", granularity=Granularity.LINE),
        box(0, 0, 200, 20, text=" word "),
        box(0, 0, 60, 20, text="e\u0301te\u0301"),
    ],
)
def test_a_sound_reading_is_none(label: Label) -> None:
    assert found(label) == []


def test_twenty_characters_in_ten_pixels() -> None:
    codes = [code for code, _ in found(box(0, 0, 10, 9, text="twenty_characters_xy"))]
    assert codes == ["text_too_long", "text_too_small"]
    assert found(box(0, 0, 12, 20, text="&#12463;")) == []


def test_characters_are_counted_without_marks_and_spaces() -> None:
    read = readings(regions([Label(text="e\u0301t e\u0301 "), Label(text="x", care=False)]))
    assert read.characters.tolist() == [3, 0]
    assert read.gaps.tolist() == [1, 0]
    assert read.word.tolist() == [True, False]


@pytest.mark.parametrize(("lines", "mixes"), [(0, False), (1, False), (2, True)])
def test_a_split_that_mixes_words_and_lines(tmp_path: Path, lines: int, mixes: bool) -> None:
    line, word = box(0, 0, 200, 20, text="two words"), box(0, 0, 60, 20)
    manifest = published(tmp_path, [line] * lines, [word] * (20 - lines))
    codes = [f.code for f in find_in_split(manifest)]
    assert codes == ["word_with_spaces"] * lines + ["mixed_granularity"] * mixes


def test_a_corpus_is_walked(tmp_path: Path) -> None:
    manifest = published(tmp_path, [Label()], [box(0, 0, 300, 20, text="A")])
    assert told(list(find(SimpleNamespace(manifests=(manifest,))))) == [
        ("text_too_short", "img_1#1")
    ]
