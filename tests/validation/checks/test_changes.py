"""Every change of a source is told, once and where it is; what did not change is not."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from manifests.findings import Finding
from manifests.records import Image
from manifests.vocabulary import IgnoreReason
from tests.builders import make_image
from tests.validation.changing import moved, publish, remember, with_region
from validation.checks import changes
from validation.checks.changes import find
from validation.corpus import Corpus

BEFORE = [make_image("alpha", "train", k) for k in range(6)]
FIRST = "alpha/train/img_0"


def told(corpus: Corpus) -> list[tuple[str, str | None, str | None]]:
    """Code, image and region of what is told of single changes."""
    return [(e.code, e.image_id, e.region_id) for e in find(corpus) if e.image_id]


def counted(corpus: Corpus) -> dict[str, float | None]:
    """What is told of the split: message without its number -> number."""
    return {e.message.partition(" ")[2]: e.value for e in find(corpus) if e.image_id is None}


def changed_to(data: Path, after: list[Image]) -> Corpus:
    remember(publish(data, BEFORE))
    return publish(data, after)


def test_nothing_is_told_at_first_sight_nor_of_equal_manifests(tmp_path: Path) -> None:
    first = publish(tmp_path, BEFORE)
    assert list(find(first)) == []
    remember(first)
    assert list(find(first)) == []
    assert list(find(publish(tmp_path, BEFORE))) == []


def test_an_image_that_came(tmp_path: Path) -> None:
    corpus = changed_to(tmp_path, [*BEFORE, make_image("alpha", "train", 7, 3)])
    assert told(corpus) == [("changed_images", "alpha/train/img_7", None)]
    assert counted(corpus) == {"images added": 1, "regions added": 3}


def test_an_image_that_went(tmp_path: Path) -> None:
    corpus = changed_to(tmp_path, BEFORE[1:])
    assert told(corpus) == [("changed_images", FIRST, None)]
    assert counted(corpus) == {"images removed": 1, "regions removed": 4}


def test_another_picture(tmp_path: Path) -> None:
    corpus = changed_to(tmp_path, [replace(BEFORE[0], image_sha256="0" * 64), *BEFORE[1:]])
    assert told(corpus) == [("changed_images", FIRST, None)]
    assert counted(corpus) == {"pictures replaced (other bytes)": 1}


def test_a_region_that_moved_is_drawn_where_it_was(tmp_path: Path) -> None:
    after = with_region(BEFORE[0], 1, lambda region: moved(region, 3, 4))
    corpus = changed_to(tmp_path, [after, *BEFORE[1:]])
    (one,) = [entry for entry in find(corpus) if entry.image_id]
    assert (one.code, one.region_id) == ("changed_regions", f"{FIRST}#2")
    assert (one.source_uri, one.source_line) == (BEFORE[0].annotation_uri, 2)
    assert one.polygon == BEFORE[0].regions[1].polygon
    assert one.message.endswith(": by 5.0 px")
    assert counted(corpus) == {"regions moved, the farthest by 5.0 px": 1}


def test_a_region_that_was_read_otherwise(tmp_path: Path) -> None:
    after = with_region(BEFORE[0], 0, lambda region: replace(region, text="other"))
    corpus = changed_to(tmp_path, [after, *BEFORE[1:]])
    (one,) = [entry for entry in find(corpus) if entry.image_id]
    assert (one.region_id, one.polygon) == (f"{FIRST}#1", None)
    assert "'word 1' -> 'other'" in one.message
    assert counted(corpus) == {"regions re-read (other text)": 1}


def test_care_that_changed(tmp_path: Path) -> None:
    reason = IgnoreReason.MARKED
    after = with_region(BEFORE[0], 0, lambda region: replace(region, ignore_reason=reason))
    corpus = changed_to(tmp_path, [after, *BEFORE[1:]])
    assert told(corpus) == [("changed_regions", FIRST, f"{FIRST}#1")]
    assert counted(corpus) == {"regions whose don't-care changed": 1}


def test_a_region_that_went_has_no_number_for_it_may_be_another_s_now(tmp_path: Path) -> None:
    first = BEFORE[0]
    left = [replace(r, region_id=f"{FIRST}#{n}") for n, r in enumerate(first.regions[1:], 1)]
    corpus = changed_to(tmp_path, [replace(first, regions=tuple(left)), *BEFORE[1:]])
    (one,) = [entry for entry in find(corpus) if entry.image_id]
    assert (one.image_id, one.region_id, one.polygon) == (FIRST, None, first.regions[0].polygon)
    assert f"{FIRST}#1" in one.message and "'word 1'" in one.message
    assert counted(corpus) == {
        "regions removed": 1,
        "regions with another number, otherwise found again": 3,
    }


def test_all_are_counted_and_the_first_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "LISTED", 2)
    corpus = changed_to(tmp_path, [*BEFORE, *(make_image("alpha", "train", k) for k in (7, 8, 9))])
    assert counted(corpus) == {"images added": 3, "regions added": 12}
    assert [image for _, image, _ in told(corpus)] == ["alpha/train/img_7", "alpha/train/img_8"]


def test_a_damaged_history_is_said_with_what_to_do(tmp_path: Path) -> None:
    after = [*BEFORE, make_image("alpha", "train", 7)]
    corpus = changed_to(tmp_path, after)
    index = tmp_path / "history" / "alpha" / "train" / "history.json"
    index.write_text("{")
    (one,) = find(corpus)
    assert _is_unreadable(one)
    assert f"remove that folder: {''}" in one.message and str(index.parent) in one.message
    assert remember(corpus) == []
    assert index.read_text() == "{"
    assert list(find(corpus)) == [one]


def test_a_damaged_table_of_the_history_is_found(tmp_path: Path) -> None:
    corpus = changed_to(tmp_path, [*BEFORE, make_image("alpha", "train", 7)])
    (table,) = (tmp_path / "history" / "alpha" / "train").glob("*.parquet")
    content = bytearray(table.read_bytes())
    content[len(content) // 2] ^= 1
    table.write_bytes(content)
    assert [_is_unreadable(entry) for entry in find(corpus)] == [True]
    table.unlink()
    assert [_is_unreadable(entry) for entry in find(corpus)] == [True]


def test_a_history_of_another_version_is_not_guessed_at(tmp_path: Path) -> None:
    corpus = changed_to(tmp_path, [*BEFORE, make_image("alpha", "train", 7)])
    index = tmp_path / "history" / "alpha" / "train" / "history.json"
    index.write_text(json.dumps({**json.loads(index.read_text()), "version": "9"}))
    assert [_is_unreadable(entry) for entry in find(corpus)] == [True]


def _is_unreadable(entry: Finding) -> bool:
    return entry.code == "history_unreadable" and entry.severity == "note"
