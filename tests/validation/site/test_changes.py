"""What changed since the last report that differed."""

from pathlib import Path

from manifests.publish import write_json
from validation.site.changes import Change, changes, summary

ONE = {"a/train": {"images kept": 10, "findings: small": 3}}
TWO = {"a/train": {"images kept": 12}, "b/test": {"images kept": 4}}


def build(path: Path, figures: dict[str, dict[str, int]], digest: str = "f") -> list[Change] | None:
    kept = summary(figures, dict.fromkeys(figures, digest), path)
    write_json(path, kept)
    return changes(kept)


def test_the_first_report_has_nothing_to_compare_with(tmp_path: Path) -> None:
    assert build(tmp_path / "summary.json", ONE) is None
    assert build(tmp_path / "summary.json", ONE) is None


def test_differences_stay_until_there_are_others(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    build(path, ONE)
    expected = [
        Change("a/train", "images kept", 10, 12),
        Change("a/train", "findings: small", 3, None),
        Change("b/test", "images kept", None, 4),
    ]
    assert build(path, TWO) == expected
    assert build(path, TWO) == expected
    assert build(path, ONE) != expected


def test_other_contents_with_the_same_counts_are_a_change(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    build(path, ONE)
    assert build(path, ONE, "g") == [
        Change("a/train", "contents, the counts are the same", None, None)
    ]


def test_a_summary_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    for text in ("{", "[]", '{"version": 9}', '{"version": 1, "now": {}, "before": null}'):
        path.write_text(text)
        assert changes(summary(ONE, {}, path)) is None
