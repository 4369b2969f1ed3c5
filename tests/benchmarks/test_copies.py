"""The benchmark of the search for copies searches what it says."""

import re
from pathlib import Path

import pytest

from benchmarks import copies
from validation.copy_search import find_copies


def test_frames_are_copies_and_forms_are_none(tmp_path: Path) -> None:
    found = {}
    for kind in copies.NOISE:
        (tmp_path / kind).mkdir()
        found[kind] = find_copies(copies.corpus_of(tmp_path / kind, kind, 60))[1]
    assert not found["forms"]
    assert {row for link in found["frames"] for row in (link.left, link.right)} == set(range(60))


def test_it_prints_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert copies.main(["--pictures", "40"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [
        ["forms", "0"],
        ["forms", "40"],
        ["frames", "0"],
        ["frames", "40"],
    ]
    assert all(re.fullmatch(r"\w+ +\d+ +\d+\.\d\d +\d+ +\d+", line) for line in lines[1:])
