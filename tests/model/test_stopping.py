"""Signals that end a training."""

import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.stopping import SIGNALS, Stop, Stopped

HANDLER = """
import signal, time
from model.stopping import Stop
{before}
with Stop() as stop:
    # As a library would, in the middle of it.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    print("ready", flush=True)
    while not stop.requested:
        time.sleep(0.01)
    print("first", int(stop.requested), flush=True)
    time.sleep({then})
"""


@pytest.fixture(autouse=True)
def _heard() -> Iterator[None]:
    """Signals that are not ignored, as they are below ``nohup`` or in the background of a shell."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_noted_and_raised_where_the_training_asks(number: signal.Signals) -> None:
    with Stop() as stop:
        stop.check(3, 8)
        signal.pthread_kill(stop._thread.ident or 0, number)
        until = time.monotonic() + 60
        while stop.requested is None and time.monotonic() < until:
            time.sleep(0.001)
        with pytest.raises(Stopped, match="stopped at step 3 of 8") as caught:
            stop.check(3, 8)
    assert caught.value.exit_status == 128 + number


def test_afterwards_signals_are_as_they_were() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with Stop():
        assert signal.pthread_sigmask(signal.SIG_BLOCK, []) > before
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before


def start(before: str = "", then: float = 30) -> "subprocess.Popen[str]":
    code = HANDLER.format(before=before, then=then)
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_a_handler_of_a_library_does_not_win_and_a_second_signal_ends_at_once() -> None:
    process = start()
    assert process.stdout is not None
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "first 15\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130


def test_what_is_ignored_stays_ignored() -> None:
    """As ``nohup`` has it."""
    process = start("signal.signal(signal.SIGHUP, signal.SIG_IGN)", then=0)
    assert process.stdout is not None
    process.send_signal(signal.SIGHUP)
    time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "first 15\n"
    assert process.wait(60) == 0


def test_a_closed_terminal_does_not_stop_the_saving(tmp_path: Path) -> None:
    """Writing to it fails from then on."""
    code = (
        "import time\nfrom pathlib import Path\nfrom model.stopping import Stop\n"
        "with Stop() as stop:\n"
        "    print('ready', flush=True)\n"
        "    while not stop.requested: time.sleep(0.01)\n"
        "    print('saving', flush=True)\n"
        f"    Path({str(tmp_path / 'saved')!r}).touch()\n"
    )
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=slave, stdout=slave, stderr=slave,
        preexec_fn=lambda: (os.setsid(), fcntl.ioctl(0, termios.TIOCSCTTY, 0)),
    )  # fmt: skip
    os.close(slave)
    said = b""
    while not said.endswith(b"\n"):  # Python writes a line and its end one after the other.
        said += os.read(master, 100)
    assert said.strip() == b"ready"
    os.close(master)
    assert process.wait(60) == 0
    assert (tmp_path / "saved").exists()
