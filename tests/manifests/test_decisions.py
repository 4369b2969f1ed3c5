"""Files of decisions: read strictly, written so that they read back, pinned to what was seen."""

import datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from manifests.decisions import (
    Decision,
    Subject,
    Verdict,
    digest_decisions,
    load_decisions,
    parse,
    serialize,
)
from manifests.errors import UserError
from manifests.evidence import CHANGED, LOST, look_up, region_digest, unfit
from manifests.reading import find_manifests
from tests.builders import edit_rows, make_image, publish_manifest

DROP = f"""
- verdict: drop_image
  image_id: alpha/train/img_1
  image_sha256: {"a" * 64}
  who: Ann
  when: 2026-03-01
  because: a copy
"""
IGNORE = DROP.replace("drop_image", "ignore_region").replace("image_sha256", "region_digest")
IGNORE = IGNORE.replace("image_id: alpha/train/img_1", "region_id: alpha/train/img_1#2")
ACCEPT = IGNORE.replace("ignore_region", "accept\n  code: region_tiny")

DAY = datetime.date(2026, 3, 1)
ONE = Subject("a/b/c", "0" * 64)

names = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,8}", fullmatch=True)
images = st.tuples(names, names, names).map("/".join)
regions = st.tuples(images, st.integers(0, 99)).map(lambda pair: f"{pair[0]}#{pair[1]}")
digests = st.text("0123456789abcdef", min_size=8, max_size=8).map(lambda text: text * 8)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
texts = texts.filter(str.strip)


def subjects(ids: st.SearchStrategy[str], count: int = 1) -> st.SearchStrategy[tuple[Subject, ...]]:
    some = st.lists(st.builds(Subject, ids, digests), min_size=count, max_size=count)
    return some.filter(lambda s: len({e.id for e in s}) == count).map(lambda s: tuple(sorted(s)))


def decisions_of(
    verdict: Verdict, about: st.SearchStrategy[tuple[Subject, ...]], code: str = ""
) -> st.SearchStrategy[Decision]:
    kind = st.just(verdict)
    return st.builds(Decision, kind, about, texts, st.dates(), texts, st.just(code))


decisions = st.one_of(
    decisions_of(Verdict.DROP_IMAGE, subjects(images)),
    decisions_of(Verdict.IGNORE_REGION, subjects(regions)),
    decisions_of(Verdict.NOT_A_LEAK, subjects(images, 2)),
    decisions_of(Verdict.ACCEPT, subjects(st.one_of(images, regions)), "region_tiny"),
)


@settings(max_examples=60)
@example(
    [Decision(Verdict.DROP_IMAGE, (Subject("a/b/c", "0" * 64),), "\x85 A", DAY, "\u2028b\ufeff")]
)
@given(st.lists(decisions, max_size=3, unique_by=lambda entry: entry.key))
def test_what_is_written_reads_back(entries: list[Decision]) -> None:
    text = serialize(entries)
    read = list(parse(text))
    assert read == sorted(entries, key=lambda entry: entry.key)
    assert serialize(read) == text
    assert digest_decisions(read) == digest_decisions(entries)


@settings(max_examples=30)
@given(decisions, decisions)
def test_a_digest_tells_decisions_apart(one: Decision, two: Decision) -> None:
    assert (digest_decisions([one]) == digest_decisions([two])) == (one == two)
    assert digest_decisions([]) == ""


def folder(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_all_files_of_a_folder_are_read(tmp_path: Path) -> None:
    found = load_decisions(folder(tmp_path, alpha=DROP, beta=ACCEPT.replace("img_1", "img_3")))
    assert [entry.name for entry in found] == [
        "drop_image alpha/train/img_1",
        "accept region_tiny alpha/train/img_3#2",
    ]
    assert found[0].when == DAY
    assert found[0].reason == "a copy (Ann, 2026-03-01)"
    assert found[1].subjects[0].manifest == "alpha/train"


def test_an_empty_file_and_no_folder_are_two_things(tmp_path: Path) -> None:
    assert load_decisions(folder(tmp_path, alpha="# nothing yet\n")) == ()
    with pytest.raises(UserError, match=r"no folder of decisions at .*elsewhere"):
        load_decisions(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (DROP.replace("drop_image", "remove"), "entry 1: verdict must be one of drop_image"),
        (DROP.replace("because: a copy", "because: ' '"), "entry 1: because must be a text"),
        (DROP.replace("  because: a copy\n", ""), "entry 1: drop_image has the keys"),
        (DROP + "  note: more\n", "drop_image has the keys .* here are .*note"),
        (DROP.replace("alpha/train/img_1", "img_1"), "image_id must be the id of a manifest"),
        (DROP.replace("img_1", "img_1#2"), "image_id must be the id"),
        (IGNORE.replace("#2", ""), "region_id must be the id"),
        (IGNORE.replace("#2", "'#'"), "region_id must be the id"),
        (DROP.replace("a" * 64, "a" * 63), "image_sha256 must be 64 hexadecimal"),
        (DROP.replace("2026-03-01", "yesterday"), "when must be a day"),
        (DROP.replace("2026-03-01", "2026-03-01 10:00:00"), "when must be a day"),
        (DROP.replace("Ann", "[Ann]"), "who must be a text"),
        (DROP + "  who: Bob\n", "line 2: 'who' stands twice"),
        (ACCEPT.replace("region_tiny", "mix_leaks"), "decide not_a_leak, or drop_image"),
        (ACCEPT.replace("  code: region_tiny\n", ""), "accept has the keys"),
        ("verdict: drop_image\n", "must be a list"),
        ("- 3\n", "entry 1: an entry must be a mapping"),
        ("- {", "expected"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_entry(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(UserError, match=message) as caught:
        load_decisions(folder(tmp_path, alpha=text))
    assert str(tmp_path / "alpha.yaml") in str(caught.value)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (DROP, DROP.replace("a copy", "ugly"), "drop_image alpha/train/img_1 stands twice"),
        (DROP, IGNORE, "contradicts drop_image"),
        (IGNORE, DROP, "contradicts ignore_region"),
        (IGNORE, ACCEPT, "contradicts ignore_region"),
        (ACCEPT, DROP, "contradicts accept region_tiny"),
    ],
)
def test_two_entries_that_cannot_both_be_are_refused(
    tmp_path: Path, first: str, second: str, message: str
) -> None:
    with pytest.raises(UserError, match=message) as caught:
        load_decisions(folder(tmp_path, alpha=first, beta=second))
    assert f"{tmp_path / 'beta.yaml'}, entry 1" in str(caught.value)
    assert f"{tmp_path / 'alpha.yaml'}, entry 1" in str(caught.value)


def test_two_codes_of_one_region_are_two_decisions(tmp_path: Path) -> None:
    both = ACCEPT + ACCEPT.replace("region_tiny", "region_overlaps")
    assert len(load_decisions(folder(tmp_path, alpha=both))) == 2


def decision(name: str, digest: str) -> Decision:
    verdict = Verdict.IGNORE_REGION if "#" in name else Verdict.DROP_IMAGE
    return Decision(verdict, (Subject(name, digest),), "Ann", DAY, "why")


def test_a_decision_fits_what_was_looked_at_and_nothing_else(tmp_path: Path) -> None:
    image = make_image("alpha", "train", 1)
    manifest_folder = publish_manifest(tmp_path, [image, make_image("alpha", "train", 2)])
    region, missing = "alpha/train/img_1#2", "alpha/train/img_9"
    found = look_up(find_manifests(tmp_path), [image.image_id, region, missing, "beta/test/x"])
    assert found == {
        image.image_id: image.image_sha256,
        region: region_digest(image.regions[1].row()),
    }
    assert unfit(decision(region, found[region]), found) is None
    assert unfit(decision(region, "0" * 64), found) == (CHANGED, Subject(region, "0" * 64))
    assert unfit(decision(missing, "0" * 64), found) == (LOST, Subject(missing, "0" * 64))
    for change in ({"text": "other"}, {"source_line": 7}, {"polygon": [0, 0, 9, 0, 9, 9]}):
        edit_rows(manifest_folder, "images", lambda rows, c=change: rows[0]["regions"][1].update(c))
        now = look_up(find_manifests(tmp_path), [region])
        assert now[region] != found[region]
        found[region] = now[region]


def test_whether_a_region_is_to_be_found_is_not_pinned() -> None:
    region = make_image("alpha", "train", 1).regions[1].row()
    ignored = {**region, "care": False, "ignore_reason": "decided"}
    assert region_digest(ignored) == region_digest(region)
