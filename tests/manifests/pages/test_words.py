"""Numbers and names on the pages."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.pages.words import count, number, percent, plural, signed, slug, visible


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (16, "16"),
        (1234.5, "1,234"),
        (0.62412, "0.624"),
        (7.4634, "7.46"),
        (-3, "−3"),
        (100.0, "100"),
        (0.00012, "0.00012"),
        (math.inf, "not finite"),
        (None, "–"),
    ],
)
def test_numbers_have_three_digits(value: float | None, text: str) -> None:
    assert number(value) == text


def test_units_counts_shares_and_signs() -> None:
    assert number(16, "px") == "16 px"
    assert (count(53686), count(None)) == ("53,686", "–")
    assert (percent(7418 / 11886), percent(None)) == ("62.4 %", "–")
    assert (signed(10000), signed(-3), signed(0), signed(None)) == ("+10,000", "−3", "", "")
    assert (plural(1, "leak"), plural(2000, "leak")) == ("1 leak", "2,000 leaks")


def test_a_name_keeps_its_look() -> None:
    assert slug("icdar11/train") == "icdar11~train"
    assert slug("leak_near") == "leak_near"


@given(st.text(max_size=120), st.text(max_size=120))
def test_slugs_are_file_names_that_never_meet(one: str, two: str) -> None:
    assert set(slug(one)) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.~-"
    )
    assert not slug(one).startswith(".")
    assert len(slug(one)) < 100
    assert (slug(one) == slug(two)) == (one == two)


def test_what_would_not_be_seen_is_written_out() -> None:
    assert visible("a\u202eb\x00\t\n") == "a\\u202eb\\u0000\\t\\u000a"
    assert visible("\ud800 \U000e0041") == "\\ud800 \\U000e0041"
    kept = "العربية हिन्दी é # % 👩\u200d🔬"
    assert visible(kept) == kept


@given(st.text())
def test_what_is_shown_has_no_sign_that_turns_text_round(text: str) -> None:
    assert not set(visible(text)) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
