"""The commands together: help worth reading, statuses, and errors that are no tracebacks."""

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from manifests.__main__ import build_parser, main

COMMANDS = ("show", "stats", "diff", "query", "export", "croissant", "verify")
ROOT = Path(__file__).resolve().parents[2]


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS:
        with pytest.raises(SystemExit) as done:
            main([command, "--help"])
        assert done.value.code == 0
        assert len(capsys.readouterr().out.splitlines()) > 10
    (commands,) = (a for a in build_parser()._actions if isinstance(a, argparse._SubParsersAction))
    assert set(commands.choices) == set(COMMANDS)


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "a/b/c", "--data", "{}"],
        ["stats", "--data", "{}"],
        ["diff", "{}", "{}"],
        ["query", "SELECT 1", "--data", "{}"],
        ["export", "a/b", "--format", "coco", "--data", "{}", "--out", "{}/out"],
        ["croissant", "--data", "{}", "--out", "{}/out"],
    ],
)
def test_without_manifests_each_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main([argument.format(tmp_path) for argument in arguments]) == 2
    assert capsys.readouterr().err.startswith("error: no manifest ")
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_has_seen_enough_is_no_error(corpus: Path) -> None:
    command = f"{sys.executable} -m manifests query 'SELECT * FROM range(200000)' --rows 0"
    line = f"set -o pipefail; {command} --data {corpus} | head -1"
    done = subprocess.run(
        ["bash", "-c", line], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "range\n", "")


@pytest.mark.parametrize(
    "command", [["export", "alpha", "--format", "coco"], ["croissant", "alpha"]]
)
def test_a_folder_that_cannot_be_written_is_an_error_in_words(
    corpus: Path, tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "out"
    assert main([*command, "--data", str(corpus), "--out", str(out)]) == 2
    assert "give another folder" in capsys.readouterr().err
