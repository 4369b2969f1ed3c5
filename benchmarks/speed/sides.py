"""Ours and a yardstick in turns: what a benchmark of ``benchmarks.suite`` is made of.

Each such benchmark is a module with ``ROWS``, the names of its rows, and ``measure(sizes)``, which
yields them; its ``main`` is ``run`` here. All are run, each in a process of its own, by
``python -m benchmarks.suite``.
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.speed.results import Cost, Row, write_rows
from benchmarks.speed.table import plain_table

Side = Callable[[], Any]
LEAST = 0.2
"""Seconds that a side's turn takes at least; quicker calls are repeated until then."""


@dataclass(frozen=True)
class Sizes:
    """How much a benchmark does. ``quick``: next to nothing, to prove that it works."""

    quick: bool = False
    rounds: int = 3

    def of(self, full: int, quick: int) -> int:
        """The one of two sizes that is asked for."""
        return quick if self.quick else full

    @property
    def workers(self) -> tuple[str, ...]:
        """Options of a pipeline: as it is, or where it is ``quick`` in one process, because to
        start workers takes far longer than so little work."""
        return ("--direct_num_workers=1",) if self.quick else ()


Measure = Callable[[Sizes], Iterator[Row]]


def in_turns(
    name: str, ours: Side, yardstick: Side, sizes: Sizes, warm: bool = True
) -> tuple[tuple[Cost, Cost], ...]:
    """Costs of a call of both, ``sizes.rounds`` times. Each begins every other round, so that what
    else the machine does hits both; calls before that, to warm up, do not count. Without ``warm``
    there are none: whole commands start anew each time, and take long. Says on standard error how
    far it is."""
    _say(f"{name}: {'warming up' if warm and not sizes.quick else 'begins'}")
    calls = [_calls(side, sizes) if warm else 1 for side in (ours, yardstick)]
    rounds = []
    for number in range(sizes.rounds):
        costs: dict[int, Cost] = {}
        for place in (0, 1) if number % 2 == 0 else (1, 0):
            costs[place] = cost_of((ours, yardstick)[place], calls[place])
            told = f"{('ours', 'yardstick')[place]} {costs[place].wall:.3g} s"
            _say(f"{name}: round {number + 1} of {sizes.rounds}: {told}")
        rounds.append((costs[0], costs[1]))
    return tuple(rounds)


def _say(words: str) -> None:
    print(f"  {words}", file=sys.stderr, flush=True)


def _calls(side: Side, sizes: Sizes) -> int:
    """How many calls fill a turn, found by calls that warm up."""
    if sizes.quick or cost_of(side).wall > LEAST:
        return 1
    return max(1, round(LEAST / max(cost_of(side).wall, 1e-6)))


def cost_of(side: Side, calls: int = 1) -> Cost:
    """The mean cost of a call, with that of the child processes that it waited for; of a side that
    measures itself the cost that it gives."""
    cpu, began = _cpu(), time.perf_counter()
    for _ in range(calls):
        told = side()
    if isinstance(told, Cost):
        return told
    return Cost((time.perf_counter() - began) / calls, (_cpu() - cpu) / calls)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def command(*arguments: object) -> str:
    """Run ``python -m ...`` to its end; what it printed. Raises RuntimeError with its last words
    where it fails."""
    words = [sys.executable, "-m", *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "no word").splitlines()
        raise RuntimeError(f"{' '.join(words[2:4])} ended with {done.returncode}: {said[-1]}")
    return done.stdout


def run(measure: Measure, describe: str | None, argv: Sequence[str] | None = None) -> int:
    """The command line of a benchmark: measure, print, and write the rows where asked to."""
    parser = argparse.ArgumentParser(
        description=describe, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it works")
    parser.add_argument("--rounds", type=int, help="turns of each side (default: 3; quick: 1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows here, too")
    args = parser.parse_args(argv)
    rows = list(measure(Sizes(args.quick, args.rounds or (1 if args.quick else 3))))
    print(plain_table(rows))
    if args.json:
        write_rows(args.json, rows)
    return 0
