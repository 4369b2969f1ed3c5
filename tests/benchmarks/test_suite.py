"""The suite of benchmarks: rows, their table on the page, and that one failure stops no other."""

import importlib
from pathlib import Path

import pytest

from benchmarks import suite
from benchmarks.speed import sides
from benchmarks.speed.results import Cost, Goal, Row, read_rows, write_rows
from benchmarks.speed.table import BEGIN, END, FAILED, cells, markdown, parse, put

QUICK = ("evaluators", "checks", "near", "report", "reading")
"""Those that start no pipeline and no detector."""


def row(goal: Goal, *ratios: float) -> Row:
    rounds = tuple((Cost(ratio * 2.0, ratio * 4.0), Cost(2.0, 4.0)) for ratio in ratios)
    return Row("sorting", "a plain sort", goal, rounds, "10 numbers")


def test_a_ratio_is_ours_over_the_yardstick_and_has_a_spread() -> None:
    found = row(Goal(most=1.2), 1.0, 1.1, 1.5)
    assert found.ratio == pytest.approx(1.1) and found.cpu_ratio == pytest.approx(1.1)
    assert found.met is True and row(Goal(most=1.0), 1.1).met is False
    assert cells(found)[:2] == ["sorting: 10 numbers", "a plain sort"]
    assert cells(found)[4:] == ["1.10 (1.00-1.50)", "1.10", "at most 1.2", "yes"]


def test_a_speed_is_told_as_times_as_fast() -> None:
    found = row(Goal(times=20), 0.04, 0.05, 0.1)
    assert cells(found)[4:] == ["20.0 (10.0-25.0)", "20.0", "20 times as fast", "yes"]
    assert row(Goal(times=20), 0.06).met is False and row(Goal(), 1.0).met is None


def test_rows_survive_a_file(tmp_path: Path) -> None:
    rows = [row(Goal(most=1.2), 1.0, 1.1), row(Goal(times=20), 0.04)]
    write_rows(tmp_path / "rows.json", rows)
    assert read_rows(tmp_path / "rows.json") == rows


def test_the_table_stands_between_its_markers_and_parses_back() -> None:
    found = {"sort": [row(Goal(most=1.2), 1.0)], "search": "it broke | here\nat once"}
    content = markdown(found, {"sort": ["sorting"], "search": ["searching"]})
    page = put(f"before\n{BEGIN}\nold\n{END}\nafter\n", content)
    assert page.startswith("before\n") and page.endswith("\nafter\n") and "old" not in page
    first, second = parse(page)
    assert first[0].startswith("sorting") and first[-1] == "yes"
    assert second[0] == f"searching: {FAILED}: it broke / here at once"
    with pytest.raises(ValueError, match="has no lines"):
        put("no markers", content)
    with pytest.raises(ValueError, match="no table"):
        parse("no table")


def test_the_page_has_the_rows_of_the_benchmarks() -> None:
    """Not their values: those are of the machine that measured them."""
    told = [cells[0].partition(": ") for cells in parse(suite.PAGE.read_text(encoding="utf-8"))]
    names = [name for rows in suite.names().values() for name in rows]
    assert len(told) == len(names)
    for cell, name in zip(told, names, strict=True):
        assert "".join(cell).startswith(name)


@pytest.mark.parametrize("name", QUICK)
def test_a_benchmark_works(name: str, mindspore: None) -> None:
    module = importlib.import_module(f"benchmarks.speed.{name}")
    rows = list(module.measure(sides.Sizes(quick=True, rounds=1)))
    assert tuple(found.what for found in rows) == module.ROWS
    assert all(cost.wall > 0 for found in rows for pair in found.rounds for cost in pair)


def test_a_benchmark_that_fails_has_its_reason_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(suite, "BENCHMARKS", ("nothing", "checks"))
    assert suite.main(["--quick"]) == 1
    out = capsys.readouterr().out
    assert "nothing failed: " in out and "No module named benchmarks.speed.nothing" in out
    assert "validation: checks of regions" in out


def test_one_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "LONGEST", 0.2)
    assert "ended after" in str(suite.run_one("checks", quick=True, rounds=None))


def test_only_known_benchmarks_run() -> None:
    with pytest.raises(SystemExit, match="no benchmark sorting; there are normalize, "):
        suite.main(["--only", "normalize,sorting"])


def test_a_command_that_fails_says_why() -> None:
    said = "benchmarks.plain.decode /nowhere ended with 1: FileNotFoundError"
    with pytest.raises(RuntimeError, match=said):
        sides.command("benchmarks.plain.decode", "/nowhere", 1)


def test_turns_alternate() -> None:
    calls: list[str] = []
    sizes = sides.Sizes(quick=True, rounds=3)
    sides.in_turns("x", lambda: calls.append("ours"), lambda: calls.append("other"), sizes)
    assert calls == ["ours", "other", "other", "ours", "ours", "other"]
    told = sides.cost_of(lambda: Cost(3.0, 4.0))
    assert told == Cost(3.0, 4.0)
