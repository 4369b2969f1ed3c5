"""Bounded lists, their totals, and what is kept between two inspections."""

import io
from dataclasses import replace
from pathlib import Path

import pytest

from manifests.errors import UserError
from manifests.findings import Code
from manifests.reading import Manifest
from model.inspection import findings as detector_findings
from model.inspection import showing
from model.inspection.findings import CODES, Line, Look, Miss, findings_of
from model.inspection.spool import NAME, Spool
from model.inspection.worst import Worst, count

MANIFEST = Manifest(Path(), {"dataset": "alpha", "split": "train"})
CODE = Code("odd", "note", "It is odd.", "Look.")
LINE = Line([1.0, 2.0, 9.0, 2.0, 9.0, 8.0, 1.0, 8.0], 0.97)
LOOK = Look("alpha/train/a", "gt.txt", True, None, 4, [LINE], [Miss("alpha/train/a#1", 1, 90, 20)])


def test_the_worst_of_each_group_are_kept_in_order() -> None:
    worst = Worst(2)
    for name, badness in (("a", 1), ("b", 3), ("c", 2), ("d", 3), ("e", 0)):
        worst.add("one", badness, CODE.finding("alpha", "train", name))
    worst.add("two", -5, CODE.finding("alpha", "train", "z"))
    assert [finding.message for finding in worst] == ["b", "d", "z"]
    assert count(worst) == {"odd": 3}


def test_a_look_becomes_findings_and_a_total() -> None:
    line, miss, total = findings_of(MANIFEST, [LOOK, replace(LOOK, lines=[], missed=[])], 8)
    assert (line.code, line.severity, line.value) == ("unlabelled_text", "warning", 0.97)
    assert line.polygon == tuple(LINE.polygon)
    assert (miss.code, miss.region_id, miss.source_line) == ("unseen_region", "alpha/train/a#1", 1)
    assert (total.code, total.image_id, total.value) == ("looked_at", None, 0.25)
    assert "2 of 8 pictures (25.0%)" in total.message
    assert "1 lines" in total.message
    assert "1 of 8 regions" in total.message


def test_what_is_expected_to_lack_labels_is_a_note() -> None:
    line, _, _ = findings_of(MANIFEST, [replace(LOOK, exhaustive=False)], 1)
    assert (line.code, line.severity) == ("unlabelled_text_expected", "note")


def test_a_region_without_contrast_is_another_finding_the_flattest_first() -> None:
    missed = [Miss(f"#{level}", None, level, 20) for level in (12.0, 3.0, 90.0, 150.0)]
    *found, _ = findings_of(MANIFEST, [replace(LOOK, lines=[], missed=missed)], 1)
    assert [(f.code, f.value) for f in found] == [
        ("nothing_there", 3.0),
        ("nothing_there", 12.0),
        ("unseen_region", 150.0),
        ("unseen_region", 90.0),
    ]
    assert {f.code for f in found} <= {code.code for code in CODES}


def test_lists_are_bounded_and_totals_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detector_findings, "MOST", 1)
    *found, total = findings_of(MANIFEST, [LOOK, LOOK, LOOK], 3)
    assert len(found) == 2
    assert "3 lines" in total.message


def test_an_unreadable_picture_is_named() -> None:
    broken = Look("alpha/train/b", "gt.txt", True, error="b.jpg cannot be read")
    *_, unreadable, total = findings_of(MANIFEST, [LOOK, broken], 2)
    assert (unreadable.code, unreadable.image_id) == ("unreadable_picture", "alpha/train/b")
    assert unreadable.message == "b.jpg cannot be read"
    assert "1 of them unreadable" in total.message
    with pytest.raises(UserError, match=r"no picture of alpha/train can be read.*b\.jpg"):
        list(findings_of(MANIFEST, [broken], 2))


def test_looks_are_kept_for_the_same_labels_and_weights(tmp_path: Path) -> None:
    Spool(tmp_path, "print", "weights").add(LOOK)
    Spool(tmp_path, "print", "weights").add(replace(LOOK, image_id="alpha/train/b", lines=[]))
    again = Spool(tmp_path, "print", "weights")
    assert again.get("alpha/train/a") == LOOK
    assert again.get("alpha/train/b") == replace(LOOK, image_id="alpha/train/b", lines=[])
    assert again.get("alpha/train/c") is None
    assert Spool(tmp_path, "other", "weights").get("alpha/train/a") is None
    assert Spool(tmp_path, "print", "other").get("alpha/train/a") is None


def test_a_torn_line_is_no_look(tmp_path: Path) -> None:
    Spool(tmp_path, "print", "weights").add(LOOK)
    path = tmp_path / "findings" / NAME
    whole = path.read_text()
    path.write_text(whole[:-9])
    torn = Spool(tmp_path, "print", "weights")
    assert torn.get("alpha/train/a") is None
    torn.add(LOOK)
    assert Spool(tmp_path, "print", "weights").get("alpha/train/a") == LOOK


def test_time_left_is_said_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 20.0, 40.0, 60.0, 80.0])
    monkeypatch.setattr(showing.time, "monotonic", lambda: next(times))
    stream = io.StringIO()
    assert list(showing.shown("abcd", "look alpha", 4, stream)) == list("abcd")
    assert stream.getvalue().splitlines() == [
        "look alpha: 2 of 4 images, 0:40 left",
        "look alpha: 4 of 4 images, 0:00 left",
    ]
    assert showing.clock(3725) == "1:02:05"
