"""Regions of two versions find one another, whatever their numbers."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests import matching
from manifests.geometry import polygon_from_box
from manifests.matching import pair_regions


def region(number: int, left: float, text: str | None = "word", wide: float = 40) -> dict[str, Any]:
    box = polygon_from_box(left, 0, left + wide, 20)
    return {"region_id": f"a/b/c#{number}", "polygon": list(box), "text": text, "care": True}


def pairs(old: list[Any], new: list[Any]) -> list[tuple[int, int]]:
    found = pair_regions(old, new)
    return [(old.index(a), new.index(b)) for a, b in found.pairs]


def test_a_line_put_in_does_not_make_the_others_look_moved() -> None:
    old = [region(k, 100.0 * k, f"w{k}") for k in range(4)]
    new = [region(0, 900, "new"), *(region(k + 1, 100.0 * k, f"w{k}") for k in range(4))]
    found = pair_regions(old, new)
    assert pairs(old, new) == [(0, 1), (1, 2), (2, 3), (3, 4)]
    assert (found.removed, found.added) == ([], [new[0]])


def test_one_that_moved_a_little_or_was_read_otherwise_is_the_same() -> None:
    old = [region(1, 0, "one"), region(2, 100, "two")]
    assert pairs(old, [region(1, 3, "one"), region(2, 100, "zwei")]) == [(0, 0), (1, 1)]


def test_another_word_at_the_place_with_another_number_is_another() -> None:
    found = pair_regions([region(1, 0, "one")], [region(2, 15, "two")])
    assert (found.pairs, len(found.removed), len(found.added)) == ([], 1, 1)


def test_the_likeliest_pairs_win() -> None:
    old = [region(1, 0, "a"), region(2, 10, "b")]
    new = [region(3, 10.5, "b"), region(4, 0.5, "a")]
    assert pairs(old, new) == [(0, 1), (1, 0)]


def test_equal_regions_are_paired_in_order() -> None:
    twice = [region(1, 0), region(2, 0)]
    assert pairs(twice, twice) == [(0, 0), (1, 1)]


def test_missing_texts_are_not_equal() -> None:
    found = pair_regions([region(1, 0, None)], [region(2, 30, None)])
    assert found.pairs == []


def test_too_many_to_compare_are_paired_by_text_and_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "MOST_PAIRS", 3)
    old = [region(1, 0, "a"), region(2, 100, "b")]
    assert pairs(old, [region(1, 5, "a"), region(9, 101, "b")]) == [(0, 0)]


REGIONS = st.lists(
    st.builds(region, st.integers(1, 5), st.sampled_from([0.0, 5, 50]), st.sampled_from("ab")),
    max_size=6,
)


@given(REGIONS, REGIONS)
def test_each_is_in_exactly_one_place(old: list[Any], new: list[Any]) -> None:
    found = pair_regions(old, new)
    assert sorted(map(id, [*(a for a, _ in found.pairs), *found.removed])) == sorted(map(id, old))
    assert sorted(map(id, [*(b for _, b in found.pairs), *found.added])) == sorted(map(id, new))
