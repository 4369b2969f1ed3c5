"""Signals and what the train command does before the first step."""

import signal
from pathlib import Path

import pytest

from manifests.errors import UserError
from model.__main__ import build_parser
from model.stopping import SIGNALS


@pytest.mark.usefixtures("mindspore")
def test_signals_are_held_back_before_findings_are_read(
    tiny_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What reads them starts threads, and one that signals may reach ends the process at once."""

    def refuse(*_: object) -> None:
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        heard = {n for n in SIGNALS if signal.getsignal(n) is not signal.SIG_IGN}
        raise UserError("held back" if heard and heard <= blocked else "threads would hear them")

    monkeypatch.setattr("model.commands.leaks.refuse_leaks", refuse)
    command = ["train", "--data", str(tiny_data), "--mix", "tiny", "--task", "pretrain"]
    args = build_parser().parse_args([*command, "--preset", "lite"])
    with pytest.raises(UserError, match="held back"):
        args.run(args)
