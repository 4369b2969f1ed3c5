"""``python -m tests.model.killed MOMENTS``: the model's command line, killed at moments.

MOMENTS is JSON, a list of ``[moment, argument, ...]``. Each runs in a process of its own, one after
the other, forked from this one when MindSpore is loaded and nothing is computed yet: that is faster
than loading it each time. Printed is a JSON list with the exit status of each, negative for the
signal that ended it. A moment is one of

- ``log=N``: half of step N's line is in the log;
- ``save=N``: half of the Nth checkpoint that this process writes is on the disk;
- ``evaluation``: just before the result of one is noted;
- ``SIGTERM=N`` and others: that signal comes instead, when step N is in the log;
- ``never``.
"""

import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from model.__main__ import main
from model.environment import set_variables


def die() -> None:
    """As ``kill -9`` has it: no handler, no clean-up."""
    os.kill(os.getpid(), signal.SIGKILL)


def score(predict: Callable[..., Any]) -> Mapping[str, Any]:
    """An evaluation that needs no manifests and whose result depends on every weight."""
    import numpy as np  # here: the environment is to be set first

    picture = np.random.default_rng(0).integers(0, 255, (96, 128, 3), dtype=np.uint8)
    lines = predict(picture)
    return {"hmean": float(np.mean(lines.scores)) if len(lines) else 0.0, "mix": "tiny"}


def arm(moment: str) -> None:
    """Have the process die at the moment."""
    from model import checkpoints, files, runs
    from model.commands import train

    kind, _, number = moment.partition("=")
    append, settle, saved = files.append, files.settle, iter(range(1, 1000))

    def tear(path: Path, entry: Mapping[str, Any]) -> None:
        if kind == "evaluation" and path.name == runs.EVALUATIONS:
            die()
        append(path, entry)
        if kind in signal.Signals.__members__ and entry["step"] == int(number):
            os.kill(os.getpid(), signal.Signals[kind])
            time.sleep(1)  # until it is noted, on a busy machine too
        if kind == "log" and path.name == runs.LOG and entry["step"] == int(number):
            os.truncate(path, path.stat().st_size - 40)
            die()

    def stop_halfway(scratch: Path, path: Path) -> None:
        if kind == "save" and next(saved) == int(number):
            os.truncate(scratch, scratch.stat().st_size // 2)
            die()
        settle(scratch, path)

    runs.append, checkpoints.settle, train.evaluator = tear, stop_halfway, lambda *_: score


def run_each(runs: list[list[str]]) -> Iterator[int]:
    """The exit status of each."""
    for moment, *arguments in runs:
        child = os.fork()
        if not child:
            arm(moment)
            status = main(arguments)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
        yield os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    set_variables()
    importlib.import_module("model.train")
    sys.stdout.write(json.dumps(list(run_each(json.loads(sys.argv[1])))) + "\n")
