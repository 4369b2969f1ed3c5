"""Kill commands at random moments; see that nothing partial passes for whole, and run them again.

    python -m tests.faults.kill --times 200 [--stage normalize|statistics|check|shard|report|train|
                                             evaluate|export ...]

Each time: DATA as it was before the command is put back (every other time with an older result of
the command, made of an older source), the command is begun, and its whole process group is killed
with SIGKILL: at a random moment of the time that it takes undisturbed, or a random short while
after it first wrote a file. Then

- ``manifests verify`` must find nothing damaged, and every reader must open what is there: that it
  opens says that it is whole, by its digests;
- the command must succeed when it is run again, ``verify`` must find all of it whole and no
  leftovers, and every file must be that of an undisturbed run (files that two undisturbed runs
  write differently, since they tell the time, are left out).

Exit status: 0; 1 with a line for each time that went wrong.
"""

import argparse
import random
import shutil
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic as clock
from time import sleep

from manifests.identity import sha256_file
from manifests.raw import SETTLING_NS
from tests.faults import forking
from tests.faults.stages import STAGES, Place, Stage, change, make

SETTLING = SETTLING_NS / 1e9 + 0.2
"""Seconds after which the stamp of a file is believed, and remembered as it is by every run."""
FRONT = "index.html"
"""Replaced right after the pages behind it: between the two it is the old one, and told so."""


@dataclass(frozen=True)
class Undisturbed:
    """A command on a DATA: as it was before, what it leaves, its exit status and its time."""

    before: Path
    files: dict[str, str]
    status: int
    seconds: float


def digests(data: Path) -> dict[str, str]:
    """Path -> SHA-256 of all files but logs and locks."""
    return {
        str(path.relative_to(data)): sha256_file(path)
        for path in sorted(data.rglob("*"))
        if path.is_file() and "logs" not in path.parts and path.name != ".lock"
    }


class Killer:
    """Prepares DATA for the stages, and kills them."""

    def __init__(self, place: Place, stages: Sequence[str], seed: int) -> None:
        self.place, self.stages, self.random = place, list(stages), random.Random(seed)
        self.log = place.root / "commands.log"
        self.known: dict[tuple[str, bool], Undisturbed] = {}

    def prepare(self) -> None:
        """Run all stages, change the source, run them over that, and on an empty DATA."""
        make(self.place)
        sleep(SETTLING)
        self.place.data.mkdir()
        for name in self._needed():
            self._run(STAGES[name])
        change(self.place)
        sleep(SETTLING)
        for name in self._needed():
            self._undisturbed(name, older=True)
        shutil.rmtree(self.place.data)
        self.place.data.mkdir()
        for name in self._needed():
            self._undisturbed(name, older=False)

    def _needed(self) -> list[str]:
        last = max(list(STAGES).index(name) for name in self.stages)
        return [name for name in STAGES if list(STAGES).index(name) <= last]

    def _undisturbed(self, name: str, older: bool) -> None:
        stage, place = STAGES[name], self.place
        if older and not stage.replaces:
            shutil.rmtree(place.run, ignore_errors=True)
        before = place.root / f"before-{name}-{older}"
        shutil.copytree(place.data, before)
        began = clock()
        status = self._run(stage)
        seconds = clock() - began
        first = digests(place.data)
        if name in self.stages:
            self._restore(before)
            self._run(stage)
            second = digests(place.data)
            files = {path: d for path, d in first.items() if second.get(path) == d}
            self.known[name, older] = Undisturbed(before, files, status, seconds)
        if status not in (0, 1):
            raise SystemExit(f"{name} cannot be run here (exit status {status}): see {self.log}")

    def _run(self, stage: Stage, again: bool = False) -> int:
        arguments = (stage.again if again and stage.again else stage.arguments)(self.place)
        return forking.wait(forking.start(forking.command(stage.package, arguments), self.log))

    def _restore(self, before: Path) -> None:
        shutil.rmtree(self.place.data)
        shutil.copytree(before, self.place.data)

    def kill(self, name: str, number: int) -> tuple[list[str], bool]:
        """One time: what went wrong, and whether the command was killed before it ended."""
        known = self.known[name, number % 2 == 1]
        stage, place = STAGES[name], self.place
        self._restore(known.before)
        there = {path.name for path in place.data.rglob("*")}
        by_files = number % 4 >= 2
        share = self.random.random() * (0.6 if by_files else 1.0)

        def begun() -> bool:
            return not by_files or any(p.name not in there for p in place.data.rglob("*"))

        arguments = stage.arguments(place)
        child, began = forking.start(forking.command(stage.package, arguments), self.log), clock()
        status = forking.kill_after(child, share * known.seconds, begun)
        if status >= 0:  # the machine was busier when the undisturbed run was timed
            sooner = min(known.seconds, clock() - began)
            self.known[name, number % 2 == 1] = replace(known, seconds=sooner)
        wrong = self._look("after the kill", finished=False)
        again = self._run(stage, again=True) if status < 0 or stage.replaces else status
        if again != known.status:
            wrong.append(f"run again: exit status {again}, not {known.status}")
        wrong += self._look("after the rerun", finished=True)
        found = digests(place.data)
        wrong += [f"{p} differs" for p, d in known.files.items() if p in found and found[p] != d]
        return wrong + [f"{p} is gone" for p in known.files if p not in found], status < 0

    def _look(self, when: str, finished: bool) -> list[str]:
        """What readers say of DATA, asked in a process of their own."""
        said = self.place.root / "said.txt"
        said.unlink(missing_ok=True)
        data = self.place.data

        def look() -> int:
            from tests.faults.readers import partial

            said.write_text("\n".join(partial(data, finished)))
            return 0

        if forking.wait(forking.start(look, self.log)):
            return [f"{when}: a reader failed, see {self.log}"]
        return [f"{when}: {line}" for line in said.read_text().splitlines()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill, tell, and count."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.kill", description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--stage", nargs="+", choices=tuple(STAGES), default=list(STAGES))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--no-workers", action="store_true", help="normalize and measure in the process itself"
    )
    parser.add_argument("--keep", type=Path, help="work here, and leave it")
    options = parser.parse_args(arguments)
    needed = list(STAGES)[: max(list(STAGES).index(name) for name in options.stage) + 1]
    forking.load(module for name in needed for module in STAGES[name].loads)
    with tempfile.TemporaryDirectory(prefix="killed-") as scratch:
        root = (options.keep or Path(scratch)).resolve()
        killer = Killer(Place(root, workers=not options.no_workers), options.stage, options.seed)
        killer.prepare()
        return _kill(killer, options)


def _kill(killer: Killer, options: argparse.Namespace) -> int:
    counts: Counter[str] = Counter()
    failed = 0
    for number in range(options.times):
        name = options.stage[number % len(options.stage)]
        try:
            wrong, killed = killer.kill(name, number // len(options.stage))
        except Exception as error:  # one time that fails must not end the series
            traceback.print_exc()
            wrong, killed = [f"the trial itself failed: {error!r}"], False
        counts[name] += killed
        failed += bool(wrong)
        told = "; ".join(wrong) or "whole, and the same again"
        state = "killed" if killed else "ended first"
        sys.stdout.write(f"{number + 1}/{options.times} {name} {state}: {told}\n")
        sys.stdout.flush()
    killed_of = ", ".join(f"{name} {count}" for name, count in counts.items())
    sys.stdout.write(f"killed {counts.total()} of {options.times} ({killed_of}), {failed} wrong\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
