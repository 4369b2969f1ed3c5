"""The gate lets a clean manifest through and stops every planted fault, and only those."""

import socket
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from manifests import mixes
from manifests.reading import open_manifest
from manifests.vocabulary import Kind, Reason
from tests.validation.faults import FAULTS, FIRST_RULES, Fault
from validation.engine import Engine
from validation.facts import gather
from validation.frames import region_frames
from validation.gate import Run
from validation.suites import regions_suite
from validation.twins import find_twins
from validation.verdict import Outcome, Subject

Check = Callable[[Path], Run]
Broken = dict[str, set[str]]


@pytest.fixture(scope="module", autouse=True)
def no_network() -> Any:
    """Every test here fails where anything opens a connection or looks up a host."""
    patch = pytest.MonkeyPatch()

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the network was used")

    for name in ("create_connection", "getaddrinfo"):
        patch.setattr(socket, name, refuse)
    for name in ("connect", "connect_ex", "sendto"):
        patch.setattr(socket.socket, name, refuse)
    yield
    patch.undo()


@pytest.fixture(scope="module", autouse=True)
def no_mixes(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A single mix, of the manifests that stand here."""
    folder = tmp_path_factory.mktemp("mixes")
    (folder / "small.yaml").write_text(
        "seed: 1\nshards: 1\nmembers:\n"
        "  - {dataset: alpha, split: train}\n"
        "  - {dataset: gone, split: train}\n"
        "  - {dataset: lost, split: train}\n"
    )
    patch = pytest.MonkeyPatch()
    patch.setattr(mixes, "FOLDER", folder)
    yield
    patch.undo()


def _subject(run: Run, name: str) -> Subject:
    return next(s for s in run.verdict.subjects if s.name == name)


def _failed(subject: Subject, severity: str | None = None) -> set[str]:
    failed = [o for o in subject.outcomes if not o.passed]
    return {o.rule for o in failed if severity in (None, o.severity)}


def _outcome(subject: Subject, rule: str) -> Outcome:
    (outcome,) = [o for o in subject.outcomes if o.rule == rule and not o.passed]
    return outcome


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory, builders: ModuleType, check: Check) -> Run:
    data = tmp_path_factory.mktemp("clean")
    images = [builders.make_image("alpha", "train", i) for i in range(8)]
    refusals = [builders.make_refusal("alpha", "train")]
    published = {"images": 8, "regions": 33, "dont_care": 8}
    builders.publish_manifest(data, images, refusals, published)
    return check(data)


def test_a_clean_manifest_passes(clean: Run) -> None:
    (subject,) = clean.verdict.manifests
    assert _failed(subject) == set()
    assert (subject.images, subject.regions, subject.quarantined) == (8, 32, 1)


def test_every_rule_saw_every_row(clean: Run) -> None:
    rows = {"summary": {1}, "images": {8}, "regions": {32, 24, 8}, "quarantine": {1}}
    for outcome in clean.verdict.manifests[0].outcomes:
        assert outcome.checked in rows[outcome.table], outcome.rule


def test_members_of_mixes_without_a_manifest_are_warned_of(clean: Run) -> None:
    assert clean.verdict.state == "warned"
    samples = _outcome(clean.verdict.corpus, "member_exists").samples
    assert [sample["dataset"] for sample in samples] == ["gone", "lost"]


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory, builders: ModuleType, check: Check) -> Broken:
    """Annotation URI of each image -> the rules that it or its regions break."""
    data = tmp_path_factory.mktemp("rows")
    counts = [4, *(4 * fault.regions for fault in FAULTS)]
    images = [builders.make_image("alpha", "train", i, n) for i, n in enumerate(counts)]
    folder = builders.publish_manifest(data, images)

    def plant(rows: list[dict[str, Any]]) -> None:
        for fault, row in zip(FAULTS, rows[1:], strict=True):
            fault.edit(row)

    builders.edit_rows(folder, "images", plant)
    rules: Broken = defaultdict(set)
    for outcome in _subject(check(data), "alpha/train").outcomes:
        assert outcome.passed or outcome.table == "summary" or outcome.failed <= 5
        for sample in outcome.samples if outcome.table != "summary" else ():
            rules[sample["annotation_uri"]].add(outcome.rule)
    return rules


@pytest.mark.parametrize(
    ("number", "fault"), list(enumerate(FAULTS, 1)), ids=[f.name for f in FAULTS]
)
def test_a_planted_fault_breaks_its_rules_and_no_others(
    broken: Broken, number: int, fault: Fault
) -> None:
    uri = f"alpha/train_gt/gt_img_{number}.txt"
    assert broken["" if fault.name == "no annotation" else uri] == fault.rules


def test_the_image_whose_values_were_repeated_is_named_too(broken: Broken) -> None:
    assert broken["alpha/train_gt/gt_img_0.txt"] == FIRST_RULES


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, builders: ModuleType, check: Check) -> Run:
    """Manifests that are wrong as a whole, each in its own way."""
    data = tmp_path_factory.mktemp("whole")

    def publish(dataset: str, split: str = "train", **more: Any) -> Path:
        images = [builders.make_image(dataset, split, i) for i in range(2)]
        return builders.publish_manifest(data, images, dataset=dataset, split=split, **more)

    def move(folder: Path) -> None:
        builders.edit_info(folder, lambda info: info.update(split="test"))

    def miscount(info: dict[str, Any]) -> None:
        info["ledger"]["images"]["seen"] += 1
        info["ledger"]["regions"]["seen"] += 2
        info["ledger"]["regions"]["dont_care_by_reason"]["marked"] += 3

    with (publish("tampered") / "images.parquet").open("ab") as file:
        file.write(b"x")
    (publish("unfinished") / "quarantine.parquet").unlink()
    builders.edit_info(publish("miscounted"), miscount)
    publish("subset", published={"images": 9, "regions": 99, "dont_care": 0})
    move(publish("moved"))
    builders.publish_manifest(data, [], dataset="void")
    _publish_refusals(data, builders)
    _publish_leak(data, builders)
    return check(data)


def _publish_refusals(data: Path, builders: ModuleType) -> None:
    """``lost``: every picture refused. ``odd``: rows of quarantine with a fault each."""
    refusals = [builders.make_refusal("lost", "train", line) for line in range(1, 4)]
    lost = [replace(r, kind=Kind.IMAGE, reason=Reason.IMAGE_MISSING) for r in refusals]
    builders.publish_manifest(data, [], lost, dataset="lost")
    images = [builders.make_image("odd", "train", i) for i in range(2)]
    refusals = [builders.make_refusal("odd", "train", line) for line in range(6)]
    folder = builders.publish_manifest(data, images, refusals, dataset="odd")
    faults = {"kind": "word", "reason": "mood", "dataset": "x", "split": "x"}
    faults |= {"source_uri": "", "detail": ""}

    def plant(rows: list[dict[str, Any]]) -> None:
        for row, (column, value) in zip(rows, faults.items(), strict=True):
            row[column] = value

    builders.edit_rows(folder, "quarantine", plant)


def _publish_leak(data: Path, builders: ModuleType) -> None:
    """The same image id and the same picture in two splits."""
    train, test = (builders.make_image("leak", split, 1) for split in ("train", "test"))
    test = replace(test, image_id=train.image_id, image_sha256=train.image_sha256, regions=())
    builders.publish_manifest(data, [train], dataset="leak")
    builders.publish_manifest(data, [test], dataset="leak", split="test")


@pytest.mark.parametrize(
    ("name", "errors", "warnings"),
    [
        ("tampered/train", {"files_intact"}, set()),
        ("unfinished/train", {"files_intact"}, set()),
        ("miscounted/train", {"images_close", "regions_close", "ledger_recounted"}, set()),
        (
            "subset/train",
            set(),
            {"images_published", "regions_published", "dont_care_published", "dont_care_share"},
        ),
        ("moved/train", {"folder_agrees", "image_id_form", "split_agrees"}, set()),
        ("void/train", {"images_seen"}, {"images_kept"}),
        ("lost/train", set(), {"images_kept", "images_refused"}),
        (
            "odd/train",
            {
                "kind_known",
                "reason_known",
                "dataset_agrees",
                "split_agrees",
                "source_named",
                "detail_given",
                "regions_close",
                "ledger_recounted",
            },
            set(),
        ),
        ("leak/train", {"image_id_unique"}, {"picture_leaks"}),
        ("leak/test", {"image_id_unique", "image_id_form"}, {"picture_leaks"}),
        ("corpus", set(), {"member_exists", "member_kept"}),
    ],
)
def test_a_manifest_that_is_wrong_as_a_whole(
    whole: Run, name: str, errors: set[str], warnings: set[str]
) -> None:
    subject = _subject(whole, name)
    assert _failed(subject, "error") == errors
    assert _failed(subject, "warning") == warnings


def test_failures_say_where_and_what(whole: Run) -> None:
    leak = _outcome(_subject(whole, "leak/test"), "picture_leaks")
    assert leak.samples[0]["sha256_twin_elsewhere"] == "leak/train/img_1 (leak/train)"
    miscounted = _subject(whole, "miscounted/train")
    assert _outcome(miscounted, "images_close").samples[0] == {
        "images_seen": 3,
        "images_accounted": 2,
        "manifest": "miscounted/train",
    }
    (sample,) = _outcome(miscounted, "ledger_recounted").samples
    assert sample["ledger_problem"] == ("regions.dont_care_by_reason.marked: 5 stated, 2 counted")
    kinds = _outcome(_subject(whole, "odd/train"), "kind_known").samples
    assert kinds[0]["source_line"] == 0
    assert kinds[0]["kind"] == "word"


def test_no_image_at_all_is_an_error(tmp_path: Path, builders: ModuleType, check: Check) -> None:
    missing = replace(
        builders.make_refusal("alpha", "train"), kind=Kind.IMAGE, reason=Reason.IMAGE_MISSING
    )
    builders.publish_manifest(tmp_path, [], [missing])
    assert _failed(check(tmp_path).verdict.corpus, "error") == {"corpus_kept"}


def test_batches_give_what_one_frame_gives(tmp_path: Path, builders: ModuleType) -> None:
    images = [builders.make_image("alpha", "train", i) for i in range(9)]
    folder = builders.publish_manifest(tmp_path, images)

    def plant(rows: list[dict[str, Any]]) -> None:
        for row in rows[::2]:
            row["regions"][0]["granularity"] = "glyph"
        rows[8]["regions"][0]["region_id"] = rows[8]["regions"][1]["region_id"]

    builders.edit_rows(folder, "images", plant)
    facts = gather(open_manifest(tmp_path, "alpha", "train"))
    suite, twins, engine = regions_suite(facts), find_twins([facts.manifest]), Engine()
    results = []
    for rows in (1_000, 4):
        frames = list(region_frames(facts.manifest, twins, rows))
        results.append([(r.success, r.result) for r in engine.validate(suite, frames)])
    assert len(frames) == 3
    for (success, whole), (merged_success, merged) in zip(*results, strict=True):
        assert merged_success == success
        for key in ("element_count", "unexpected_count", "unexpected_index_list", "observed_value"):
            assert merged.get(key) == whole.get(key)


def test_a_frame_that_lost_rows_fails(tmp_path: Path, builders: ModuleType) -> None:
    images = [builders.make_image("alpha", "train", i) for i in range(3)]
    builders.publish_manifest(tmp_path, images)
    facts = gather(open_manifest(tmp_path, "alpha", "train"))
    frames = region_frames(facts.manifest, find_twins([]))
    results = Engine().validate(regions_suite(facts), [frame.head(0) for frame in frames])
    failed = [r.expectation_config.meta["rule"] for r in results if not r.success]
    assert failed == ["regions_read"]


def test_a_rule_that_cannot_be_evaluated_is_no_finding(
    tmp_path: Path, builders: ModuleType
) -> None:
    builders.publish_manifest(tmp_path, [builders.make_image("alpha", "train", 0)])
    facts = gather(open_manifest(tmp_path, "alpha", "train"))
    (frame,) = region_frames(facts.manifest, find_twins([]))
    with pytest.raises(RuntimeError, match="rule in_picture could not be evaluated"):
        Engine().validate(regions_suite(facts), [frame.drop(columns="visible_area")])
