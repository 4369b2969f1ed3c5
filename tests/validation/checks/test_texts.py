"""Every fault of a transcription is found where it was planted, and a sound one gives none."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.validation.labelled import Label, published, regions, told
from validation.checks.texts import find, find_in, is_transcribed


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "text_missing"),
        ("", "text_blank"),
        (" ", "text_blank"),
        ("\u200b\ufeff", "text_blank"),
        ("caf\ufffd", "replacement_character"),
        ("\ufeffHOTEL", "control_character"),
        ("HO\u200bTEL", "control_character"),
        ("a\tb", "control_character"),
        ("HO\x00TEL", "control_character"),
        ("&#163;5", "character_reference"),
        ("B&amp;B", "character_reference"),
        (" HOTEL", "outer_space"),
        ("HOTEL\u00a0", "outer_space"),
        ("H\u041eTEL", "mixed_scripts"),  # Cyrillic O
        ("\u0391BC", "mixed_scripts"),  # Greek A
        ("the H\u041eTEL", "mixed_scripts"),
    ],
)
def test_a_planted_fault_is_found(text: str | None, code: str) -> None:
    some = regions([Label(), Label(text=text)])
    assert told(list(find_in(some, transcribed=True))) == [(code, "img_0#2")]


@pytest.mark.parametrize(
    "text",
    [
        "word",
        "two words",
        "CAF\u00c9",
        "#05-11",
        "B&B",
        "AT&T; x",
        "\u041e\u0422\u0415\u041b\u042c",  # all Cyrillic
        "\u041e\u0422 HOTEL",  # a Cyrillic word beside a Latin one
        "\u03b2-carotene",  # a Greek letter that looks like no other
        "k\u03a9",
        "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian spells with it
        "\u6f22\u5b57",
    ],
)
def test_a_sound_text_is_none(text: str) -> None:
    assert list(find_in(regions([Label(text=text)]), transcribed=True)) == []


def test_dont_care_regions_need_no_text_but_should_have_none() -> None:
    texts = (None, "###", "", " ", "HOTEL")
    some = regions([Label(text=text, care=False) for text in texts])
    assert told(list(find_in(some, transcribed=True))) == [("illegible_with_text", "img_0#5")]


def test_texts_are_missing_only_where_others_are_given(tmp_path: Path) -> None:
    none = published(tmp_path / "none", [Label(text=None), Label(text="HOTEL", care=False)])
    assert not is_transcribed(none)
    assert told(list(find(SimpleNamespace(manifests=(none,))))) == [
        ("illegible_with_text", "img_0#2")
    ]
    some = published(tmp_path / "some", [Label(text=None)], [], [Label()])
    assert is_transcribed(some)
    assert told(list(find(SimpleNamespace(manifests=(some,))))) == [("text_missing", "img_0#1")]


def test_the_character_is_named() -> None:
    (finding,) = find_in(regions([Label(text="H\u041eTEL")]), transcribed=True)
    assert "U+041E cyrillic capital letter o" in finding.message
    assert finding.value == 1
