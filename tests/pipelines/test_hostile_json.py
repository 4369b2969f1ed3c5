"""JSON that is meant to break its reader: depth, size of numbers, counts."""

import json
from pathlib import Path
from typing import Any

import pytest

from manifests.vocabulary import Kind, Reason
from pipelines.jsonfields import read_size
from pipelines.lines import MAX_REGIONS, read_labels
from pipelines.source import Entry, Problem
from pipelines.sources import coco, labelme
from pipelines.tree import RawTree

ENTRY = Entry("img_1", "img_1.jpg", "gt/img_1.json")


def _told(content: bytes) -> list[Any]:
    return list(labelme.labels(ENTRY, content))


@pytest.mark.parametrize("depth", [*range(900, 1000, 3), 2_000, 100_000])
def test_no_depth_escapes(depth: int) -> None:
    """Where the members are just not too deep, the whole file, a level deeper, must not be."""
    (problem,) = _told(b'{"a": ' + b"[" * depth + b"]" * depth + b"}")
    assert (problem.kind, problem.reason) == (Kind.IMAGE, Reason.ANNOTATION_UNREADABLE)


def test_more_shapes_than_a_picture_has_are_one_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labelme, "MAX_REGIONS", 3)
    found = _told(b'{"shapes": [' + b",".join([b"{}"] * 9) + b"]}")
    assert [item.kind for item in found] == [Kind.REGION] * 3 + [Kind.IMAGE]
    assert found[-1].detail == "it has more than 3 shapes"


def test_more_lines_than_a_picture_has_regions_are_one_problem() -> None:
    def parse(line: str) -> Any:
        raise AssertionError

    (problem,) = read_labels(ENTRY, b"1\n" * (2 * MAX_REGIONS + 1), parse)
    assert isinstance(problem, Problem) and problem.kind is Kind.IMAGE


@pytest.mark.parametrize("side", [2**31, 2**63, 10**299])
def test_a_side_that_no_database_holds(tmp_path: Path, side: int) -> None:
    """It is told, not taken for no size: the regions were drawn on another picture."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"")
    image = {"id": 1, "file_name": "a.jpg", "width": side, "height": 5}
    (folder / "x.json").write_text(json.dumps({"images": [image], "annotations": []}))
    tree = RawTree(tmp_path, "mine")
    entry, *_ = coco.index(tree, RawTree(tmp_path, "mine/x.json"))
    assert isinstance(entry, Entry) and entry.size == (2**31 - 1, 5)
    assert read_size(side, True) is None
