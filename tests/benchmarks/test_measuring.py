"""Timing in turns, tables and the report of the training step."""

import time

import pytest

from benchmarks.measuring import in_turns, ratio, table
from benchmarks.train_step import NAMES, build_parser, report


def test_contestants_take_turns_and_the_slower_is_slower() -> None:
    calls: list[str] = []

    def nap(name: str, seconds: float) -> None:
        calls.append(name)
        time.sleep(seconds)

    contestants = {"long": lambda: nap("long", 0.15), "longer": lambda: nap("longer", 0.3)}
    seconds = in_turns(contestants, repeats=2)
    assert calls[-4:] == ["long", "longer"] * 2
    assert 0.14 < seconds["long"] < seconds["longer"]


def test_a_table_is_aligned() -> None:
    lines = table(["name", "ms"], [["plain", "10.0"], ["x", "9"]]).splitlines()
    assert lines == ["name     ms", "plain  10.0", "x         9"]
    assert (ratio(1, 4), ratio(1, None)) == ("0.25", "-")


def result(first: float, step: float, forward: float) -> dict[str, float]:
    return {"first": first, "step": step, "forward": forward, "memory": 1.0}


def test_the_report_has_the_ratios_and_how_they_stand_to_the_goals() -> None:
    results = {"plain": result(18, 2, 1), "ours": result(9, 1, 0.5), "pytorch": result(1, 1, 0.25)}
    rows = [line.split() for line in report(results).splitlines()]
    assert ["ours", "9.000", "1.000", "0.500", "1.000", "0.50", "0.50", "0.50", "1.00"] in rows
    verdicts = [row[-3:] for row in rows[-3:]]
    assert verdicts == [["9.00", "8", "no"], ["0.50", "0.8", "yes"], ["2.00", "1.3", "no"]]
    alone = report({"ours": result(7, 1, 0.5)})
    assert "yes" in alone and "ours / plain" not in alone


def test_only_known_contestants_are_taken(capsys: pytest.CaptureFixture[str]) -> None:
    from benchmarks.contestants import CONTESTANTS

    assert tuple(CONTESTANTS) == NAMES
    with pytest.raises(SystemExit):
        build_parser().parse_args(["--only", "theirs"])
    assert "invalid choice" in capsys.readouterr().err
