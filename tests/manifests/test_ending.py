"""However a command ends, a person is told what to do, and nothing of others turns the terminal."""

import os
import subprocess
import sys

import pytest

from manifests.ending import status_of
from manifests.errors import UserError
from tests.conftest import ROOT


def test_what_the_work_says_is_the_status() -> None:
    assert [status_of(lambda: 0), status_of(lambda: 1)] == [0, 1]


def test_a_message_keeps_its_lines_and_shows_what_would_not_be_seen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def work() -> int:
        raise UserError("a\x1b[2J\u202eb is no mix\nknown are c")

    assert status_of(work) == 2
    assert capsys.readouterr().err == "error: a\\u001b[2J\\u202eb is no mix\nknown are c\n"


def test_a_full_disk_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> int:
        raise OSError(28, "No space left on device", "DATA/x")

    assert status_of(work) == 2
    assert "No space left on device: 'DATA/x'; free it, or give" in capsys.readouterr().err


def test_an_interruption_says_to_run_it_again(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> int:
        raise KeyboardInterrupt

    assert status_of(work) == 130
    assert "run it again" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["'a\\udcff'", "'ü' * 100_000"])
def test_names_of_any_bytes_are_printed_and_a_reader_may_go(name: str) -> None:
    code = f"from manifests.ending import status_of\nstatus_of(lambda: print({name}) or 0)"
    command = [sys.executable, "-c", f"{code}\nraise SystemExit(0)"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )
    assert process.stdout and process.stderr
    process.stdout.read(2)
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), said) == (0, b"")
