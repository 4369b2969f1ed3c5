"""Commands of the pages, run in a folder as a person would, but in this process where they are the
project's own: a start of MindSpore or Beam takes seconds."""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from tests.conftest import ROOT
from tests.docs.blocks import PACKAGES

MEANS = {
    "RUN/evaluations/icdar15_val-1c0ffee5": "EVALUATION_B",
    "RUN/evaluations/icdar15_val": "EVALUATION_A",
    "compare A B": "compare EVALUATION_A EVALUATION_B",
    "explain FOLDER": "explain EVALUATION",
    "icdar15/train/img_135#1": "icdar15/train/img_36#4",
    "icdar11/train/img_83": "icdar15/train/img_2",
    "annotations PATH": "annotations labels.json",
    "IMAGE_ID": "icdar15/train/img_36#4",
    "<checkpoint>": "lite-*",
    "RAW=path/to/RAW MIXES": "RAW=path/to/SHOP MIXES",
    "RAW=path/to/RAW MIX": "RAW=path/to/SHOP MIX",
    "path/to/RAW": "RAW",
    "data/samples": "data/RAW",
    "DATA": "data/RAW",
}
"""What stands for a name of the reader's own, in this order; the rest are files of the folder. All
data but the shop's are one, so that the pages' many calls of one command are one call."""
ONE_WORKER = ["--direct_num_workers=1"]
FAST = ["--backend", "onnxruntime"]
SMALL = {
    "pipelines normalize": ONE_WORKER,
    "pipelines statistics": ONE_WORKER,
    "pipelines shard": ONE_WORKER,
    "validation decide": ["--by", "me", "--decisions", "decisions"],
    "model sweep": ["--grid", "lines.min_score=0.7,0.9"],
    "model evaluate": FAST,
    "model predict": FAST,
    "model postprocess": ["--out", "lines"],
    "model train": [
        *("--set", "augment.width=160", "augment.height=96", "network.input_width=320"),
        *("network.input_height=192", "finetune.steps=1", "pretrain.steps=1"),
    ],
}
"""Words that make a command take seconds; what follows the first of them may stand there already.
Some commands are run to the letter first, see ``EXACT`` of the tests."""
DEFAULTS = ("--decisions", "validation/decisions")
"""Words of targets that change nothing."""
OPTIONAL = re.compile(r"\[[^]]*\]")
PORT = 8000


def meant(command: str) -> str:
    """A command of a page as one of those it stands for: what is optional left out, the first of
    what may be chosen taken, names filled in."""
    for name, value in MEANS.items():
        command = re.sub(rf"(?<!\w){re.escape(name)}(?![\w])", value, command)
    quoted = re.split(r"(\"[^\"]*\"|'[^']*')", OPTIONAL.sub("", command))
    bare = [re.sub(r"(?<=\w)\|\S*", "", part).replace(" ...", " ") for part in quoted[::2]]
    quoted[::2] = bare
    return " ".join("".join(quoted).split())


class World:
    """Runs commands in the current folder, each once: what stands on several pages, or behind a
    target too, is the same work."""

    def __init__(self) -> None:
        self.done = set[tuple[str, ...]]()

    def run(self, command: str, exact: bool = False) -> None:
        """Raises AssertionError where it fails. ``exact``: without the words of ``SMALL``."""
        if several := re.fullmatch(r"python -m (\w+) (\S+\|\S+) \.\.\.", command):
            for name in several[2].split("|"):
                self.run_here(several[1], [name, "--help"], exact=True)
            return
        command = meant(command)
        if command.startswith("make "):
            for line in recipe(shlex.split(command)):
                self.run_here(*own(line), exact)
        elif command.startswith("python -m "):
            self.run_here(*own(command), exact)
        elif (command,) not in self.done:
            run_shell(command)
            self.done.add((command,))

    def run_here(self, package: str, words: list[str], exact: bool) -> None:
        """A command of the project, in this process."""
        words = without(words, DEFAULTS)
        small = [] if exact else SMALL.get(f"{package} {words[0]}", [])
        given = words if small and small[0] in words else [*words, *small]
        call = (package, *sorted(words))
        if call in self.done:
            return
        try:
            status = import_module(f"{package}.__main__").main(given)
        except SystemExit as ended:  # --help, or words that are not understood
            status = ended.code
        assert not status, f"python -m {package} {shlex.join(given)}: status {status}"
        self.done.add(call)


def without(words: list[str], left_out: tuple[str, ...]) -> list[str]:
    """Words without some that follow one another, where they are there."""
    for at in range(len(words)):
        if tuple(words[at : at + len(left_out)]) == left_out:
            return [*words[:at], *words[at + len(left_out) :]]
    return words


def own(line: str) -> tuple[str, list[str]]:
    """The package and the words of ``python -m PACKAGE WORDS``."""
    _, flag, package, *words = shlex.split(line)
    assert flag == "-m" and package in PACKAGES, line
    return package, [found for word in words for found in filled_in(word)]


def filled_in(word: str) -> list[str]:
    """A word, or the one file that it is a pattern of."""
    if "-*" not in word:
        return [word]
    [path] = Path().glob(word)
    return [str(path)]


def recipe(words: list[str]) -> list[str]:
    """The project's commands of a target."""
    command = [words[0], "--no-print-directory", "--dry-run", "-f", str(ROOT / "Makefile")]
    apart = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    done = subprocess.run([*command, *words[1:]], env=apart, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith(".venv/bin/python -m ")]
    assert lines, done.stdout
    return lines


def run_shell(command: str) -> str:
    """Any other command, by bash; returns what it prints."""
    binaries = Path(sys.executable).parent
    environment = {
        **os.environ, "PATH": f"{binaries}:{os.environ['PATH']}", "HOME": str(Path.cwd() / "home"),
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


@contextmanager
def serving(port: int) -> Iterator[None]:
    """``model serve`` at work, at a port of its own."""
    words = ["-m", "model", "serve", "--port", str(port), *FAST]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, *words], env=environment, stdout=subprocess.PIPE) as one:
        try:
            wait_for(f"http://127.0.0.1:{port}/health", one)
            yield
        finally:
            one.terminate()


def wait_for(url: str, server: "subprocess.Popen[bytes]", seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while subprocess.run(["curl", "-sf", "-o", os.devnull, url]).returncode:
        assert server.poll() is None and time.monotonic() < until, "the server does not answer"
        time.sleep(0.1)
