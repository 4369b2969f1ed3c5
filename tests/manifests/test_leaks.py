"""Which pairs of pictures matter to a mix, and whether a DATA folder's findings can tell."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from manifests.decisions import (
    FOLDER,
    Decision,
    Subject,
    Verdict,
    load_decisions,
    serialize,
)
from manifests.errors import UserError
from manifests.evidence import look_up
from manifests.findings import (
    REPORT,
    TABLE,
    Code,
    Finding,
    findings_table,
    write_findings,
)
from manifests.judging import settle
from manifests.leak_check import check_leaks, finding_page
from manifests.leaks import (
    Leaks,
    Pair,
    find_leaks,
    pairs_of,
    shared_members,
    shared_with_evaluation,
)
from manifests.mixes import AllowedPair, Member, Mix
from manifests.reading import find_manifests
from tests.builders import edit_rows, make_image, publish_manifest
from tests.manifests.test_decisions import DAY

TRAINED, TESTED = "alpha/train/img_1", "beta/test/img_2"
NEAR = Code("leak_near", "error", "One picture twice.", "Drop one.", 8.0, "bits")
DARK = Code("image_dark", "warning", "Dark.", "Look.")
UNMEASURED = Code("no_statistics", "note", "Not measured.", "Measure.")


def mix_of(*members: Member, **more: Any) -> Mix:
    return Mix("mine", "", 1, 1, members, **more)


TRAIN, TEST = Member("alpha", "train"), Member("beta", "test")
MIX = mix_of(TRAIN)


def test_a_pair_leaks_whichever_of_it_is_named_first() -> None:
    pair = Pair(TRAINED, TESTED, "leak_near", 3.0)
    for given in (pair, pair.turned()):
        assert find_leaks(MIX, [given]) == Leaks("mine", (pair,))


@pytest.mark.parametrize(
    "pair",
    [
        Pair(TRAINED, "beta/val/img_2", "leak_near"),
        Pair("gamma/train/img_1", TESTED, "leak_near"),
        Pair("beta/test/img_1", TESTED, "leak_near"),
        Pair(TRAINED, "alpha/train/img_9", "leak_near"),
    ],
)
def test_other_pairs_do_not(pair: Pair) -> None:
    assert not find_leaks(MIX, [pair])


def test_only_the_portion_of_a_member_counts() -> None:
    pair = Pair(TRAINED, TESTED, "leak_near")
    parts = [mix_of(Member("alpha", "train", 0, side)) for side in ((0.0, 0.5), (0.5, 1.0))]
    assert sorted(bool(find_leaks(part, [pair])) for part in parts) == [False, True]


def test_an_image_with_too_little_text_for_the_mix_does_not_leak() -> None:
    mix, pair = mix_of(Member("alpha", "train", 2)), Pair(TRAINED, TESTED, "leak_near")
    assert not find_leaks(mix, [pair], care={TRAINED: 1})
    assert find_leaks(mix, [pair], care={TRAINED: 2})
    assert find_leaks(mix, [pair])  # not known: it may


def test_a_mix_of_tests_alone_is_for_scores_and_any_other_with_a_test_leaks() -> None:
    pair = Pair("beta/test/img_1", "gamma/test/img_2", "leak_near")
    assert not find_leaks(mix_of(TEST, Member("gamma", "test")), [pair])
    assert find_leaks(mix_of(TRAIN, TEST), []).tests == ("beta/test",)


def test_pairs_that_were_judged_are_counted_and_leak_nothing() -> None:
    pair = Pair(TRAINED, TESTED, "leak_near")
    assert find_leaks(MIX, [pair], [pair.ids]) == Leaks("mine", judged=1)
    allowed = mix_of(TRAIN, allow_pairs=(AllowedPair((TRAINED, TESTED), "two signs"),))
    assert find_leaks(allowed, [pair]) == Leaks("mine", judged=1)


def test_what_training_and_evaluation_share() -> None:
    low, high = (Member("alpha", "train", 0, side) for side in ((0.0, 0.9), (0.9, 1.0)))
    assert shared_members(mix_of(low), mix_of(high)) == []
    assert shared_members(mix_of(TRAIN), mix_of(high)) == ["alpha/train"]
    pair = Pair(TRAINED, "beta/val/img_1", "leak_near")
    assert shared_with_evaluation(MIX, mix_of(Member("beta", "val")), [pair.turned()]) == [pair]
    assert shared_with_evaluation(MIX, mix_of(TEST), [pair]) == []


def leak(first: str = TRAINED, second: str = TESTED) -> Finding:
    dataset, split, _ = first.split("/")
    return NEAR.finding(
        dataset, split, "the same", image_id=first, other_image_id=second, value=3.0
    )


def test_pairs_are_read_from_findings_once_each() -> None:
    dark = DARK.finding("alpha", "train", "dark", image_id=TRAINED)
    table = findings_table([leak(), dark, leak(TESTED, TRAINED)])
    assert pairs_of(table) == [Pair(TRAINED, TESTED, "leak_near", 3.0)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    for dataset, split in (("alpha", "train"), ("beta", "test")):
        images = [make_image(dataset, split, number) for number in range(4)]
        publish_manifest(data, images, dataset=dataset, split=split)
    return data


@pytest.fixture
def no_decisions(tmp_path: Path) -> Path:
    folder = tmp_path / "decisions"
    folder.mkdir()
    return folder


def members(data: Path) -> dict[str, str]:
    return {m.name: m.fingerprint for m in find_manifests(data) if m.split == "train"}


def report(data: Path, *findings: Finding) -> None:
    fingerprints = {m.name: m.fingerprint for m in find_manifests(data)}
    path, codes = data / REPORT / TABLE, (NEAR, DARK, UNMEASURED)
    write_findings(path, findings_table(findings), codes, fingerprints)


def not_a_leak(data: Path) -> Decision:
    digests = look_up(find_manifests(data), [TRAINED, TESTED])
    pair = tuple(Subject(*item) for item in sorted(digests.items()))
    return Decision(Verdict.NOT_A_LEAK, pair, "Ann", DAY, "two signs")


def test_a_leak_is_refused_with_its_pair_and_page(data: Path, no_decisions: Path) -> None:
    report(data, leak())
    check = check_leaks(data, MIX, members(data), no_decisions)
    page = finding_page(data, "leak_near")
    with pytest.raises(UserError) as caught:
        check.require_none(allow=False)
    said = str(caught.value)
    assert f"{TRAINED} and {TESTED} of a test split, leak_near: {page} (made by" in said
    assert f"not-a-leak {TRAINED} {TESTED}" in said
    page.parent.mkdir()
    page.touch()
    assert f"leak_near: {page}\n" in check.refusal()
    check.require_none(allow=True)
    assert check.to_json()["state"] == "allowed"
    assert check.to_json()["pairs"] == [[TRAINED, TESTED, "leak_near"]]


def test_many_pairs_are_counted_not_listed(data: Path, no_decisions: Path) -> None:
    found = [leak(f"alpha/train/img_{n}", f"beta/test/img_{m}") for n in range(4) for m in range(4)]
    report(data, *found)
    check = check_leaks(data, MIX, members(data), no_decisions)
    assert check.refusal().count("of a test split") == 5
    assert "and 11 pairs more" in check.refusal()


def test_a_decision_lets_a_pair_pass_while_the_pictures_are_the_same(
    data: Path, no_decisions: Path
) -> None:
    report(data, leak())
    (no_decisions / "alpha.yaml").write_text(serialize([not_a_leak(data)]))
    check = check_leaks(data, MIX, members(data), no_decisions)
    assert check.to_json() == {"state": "none", "judged": 1}
    folder = data / "manifests" / "beta" / "test"
    edit_rows(folder, "images", lambda rows: rows[2].update(image_sha256="0" * 64))
    assert check_leaks(data, MIX, members(data), no_decisions).leaks


def remove_report(data: Path) -> None:
    (data / REPORT / TABLE).unlink()


def change_test(data: Path) -> None:
    publish_manifest(data, [make_image("beta", "test", 9)], dataset="beta", split="test")


def change_train(data: Path) -> None:
    publish_manifest(data, [make_image("alpha", "train", 9)], dataset="alpha", split="train")


def leave_out(data: Path) -> None:
    report(data, leak(), UNMEASURED.finding("beta", "test", "no statistics"))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (remove_report, "there is no "),
        (change_test, "of other manifests of beta/test"),
        (change_train, "of other manifests of alpha/train"),
        (leave_out, "nobody looked for copies of the pictures of beta/test"),
    ],
)
def test_findings_of_other_data_check_nothing(
    data: Path, no_decisions: Path, change: Callable[[Path], None], why: str
) -> None:
    report(data, leak())
    change(data)
    check = check_leaks(data, MIX, members(data), no_decisions)
    check.require_none(allow=False)
    assert check.leaks is None
    assert why in check.unchecked
    assert check.to_json() == {"state": "unchecked", "why": check.unchecked}
    assert "not checked" in check.warning()


def test_shards_that_were_copied_with_the_report_are_checked_without_manifests(
    data: Path, no_decisions: Path
) -> None:
    report(data, leak())
    made_from = members(data)
    shutil.rmtree(data / "manifests")
    assert check_leaks(data, MIX, made_from, no_decisions).leaks


def test_text_is_counted_where_the_mix_wants_some(data: Path, no_decisions: Path) -> None:
    report(data, leak())
    care = [(3, True), (4, False)]  # every image has three regions to find
    for least, leaks in care:
        mix = mix_of(Member("alpha", "train", least))
        assert bool(check_leaks(data, mix, members(data), no_decisions).leaks) == leaks


def test_settled_findings_name_the_mixes_that_leak(data: Path) -> None:
    table = findings_table([leak(), leak("alpha/train/img_3", "alpha/val/img_3")])
    other = Mix("other", "", 1, 1, (Member("gamma", "train"),))
    rows = settle(table, find_manifests(data), [MIX, other], []).to_pylist()
    assert [(row["code"], row["severity"]) for row in rows] == [
        ("leak_near", "error"), ("leak_near", "warning"), ("mix_leaks", "error"),
    ]  # fmt: skip
    assert (rows[2]["image_id"], rows[2]["other_image_id"]) == (TRAINED, TESTED)
    assert "the mix mine trains on it" in rows[2]["message"]


def test_judged_findings_stay_as_notes(data: Path) -> None:
    manifests = find_manifests(data)
    region = f"{TRAINED}#2"
    ids = look_up(manifests, [TRAINED, region])
    accepted = [
        Decision(Verdict.ACCEPT, (Subject(name, ids[name]),), "Ann", DAY, "fine", code)
        for name, code in ((TRAINED, "image_dark"), (region, "region_tiny"))
    ]
    changed = (Subject(f"{TRAINED}#3", "0" * 64),)
    stale = Decision(Verdict.ACCEPT, changed, "Ann", DAY, "fine", "region_tiny")
    tiny = Code("region_tiny", "error", "Tiny.", "Look.")
    found = [
        leak(),
        DARK.finding("alpha", "train", "dark", image_id=TRAINED),
        DARK.finding("alpha", "train", "dark", image_id="alpha/train/img_2"),
        tiny.finding("alpha", "train", "tiny", image_id=TRAINED, region_id=region),
        tiny.finding("alpha", "train", "tiny", image_id=TRAINED, region_id=f"{TRAINED}#3"),
    ]
    decisions = [not_a_leak(data), stale, *accepted]
    rows = settle(findings_table(found), manifests, [MIX], decisions).to_pylist()
    assert [row["severity"] for row in rows] == ["note", "note", "warning", "note", "error"]
    assert rows[0]["message"] == "the same [not_a_leak: two signs (Ann, 2026-03-01)]"
    assert rows[1]["message"] == "dark [accept: fine (Ann, 2026-03-01)]"


def test_the_projects_decisions_can_be_read() -> None:
    assert FOLDER.is_dir()
    load_decisions()
