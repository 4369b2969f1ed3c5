"""A training step on the CPU: ours, the plain version and the PyTorch twin.

    python -m benchmarks.train_step [--only ours plain] [--repeats 5] [--rounds 2] [--json FILE]

One image of 480 x 288 px, the preset ``full`` with blocks 1 and 2 frozen (and ``lite``); the input
is ready, so the loader is not measured. Each contestant runs in processes of its own, in turns, so
that compiling and memory are its own. ``first`` is the first step, compiling included.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.measuring import ratio, table

Result = dict[str, float]

NAMES = ("plain", "ours", "pytorch", "ours lite", "pytorch lite")
GOALS = (
    ("first step of ours, s", "ours", "first", None, 8.0),
    ("step, ours / plain", "ours", "step", "plain", 0.8),
    ("forward, ours / pytorch", "ours", "forward", "pytorch", 1.3),
    ("step of ours lite, s", "ours lite", "step", None, 0.2),
)
"""What, whose, which figure, divided by whose, at most."""


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.train_step",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, help="contestants")
    parser.add_argument("--repeats", type=int, default=5, help="steps after the first (default: 5)")
    parser.add_argument("--rounds", type=int, default=2, help="processes for each (default: 2)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here, too")
    parser.add_argument("--measure", choices=NAMES, help=argparse.SUPPRESS)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Measure all contestants, or, called by itself, one."""
    args = build_parser().parse_args(argv)
    if args.measure:
        print(json.dumps(measure(args.measure, args.repeats)))
        return 0
    rounds: dict[str, list[Result]] = {}
    for _ in range(args.rounds):
        for name in args.only:
            result = in_own_process(name, args.repeats)
            if result:
                rounds.setdefault(name, []).append(result)
    results = {
        name: {key: median(result[key] for result in found) for key in found[0]}
        for name, found in rounds.items()
    }
    print(report(results))
    if args.json:
        args.json.write_text(json.dumps(results, indent=2) + "\n")
    return 0


def measure(name: str, repeats: int) -> Result:
    """Seconds of the first step, of later ones and of a forward pass, and the peak of memory in
    GB, in this process."""
    from model.environment import set_variables

    set_variables()  # before the contestants load NumPy
    import resource

    from benchmarks.contestants import CONTESTANTS
    from benchmarks.measuring import seconds_of

    contestant = CONTESTANTS[name]()
    first = seconds_of(contestant.step)
    steps = [seconds_of(contestant.step) for _ in range(repeats)]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    contestant.forward()
    looks = [seconds_of(contestant.forward) for _ in range(repeats)]
    return {"first": first, "step": median(steps), "forward": median(looks), "memory": memory}


def in_own_process(name: str, repeats: int) -> Result | None:
    """``measure`` in a fresh process; None, and a word about it, where it cannot run."""
    command = [sys.executable, "-m", "benchmarks.train_step", "--measure", name]
    began = time.monotonic()
    done = subprocess.run(
        [*command, "--repeats", str(repeats)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no word"])[-1]
        print(f"{name}: left out: {reason}", file=sys.stderr)
        return None
    print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    result: Result = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def report(results: dict[str, Result]) -> str:
    """The figures as a table, and how they stand to the goals."""
    keys = ("first", "step", "forward", "memory")
    rows = [
        [name, *(f"{result[key]:.3f}" for key in keys)]
        + [ratio(result[key], results.get("plain", {}).get(key)) for key in keys]
        for name, result in results.items()
    ]
    header = [
        "480x288, batch 1",
        "first s",
        "step s",
        "forward s",
        "GB",
        *(f"{k}/plain" for k in keys),
    ]
    goals = [
        [what, f"{value:.2f}", f"{goal:g}", "yes" if value <= goal else "no"]
        for what, *terms, goal in GOALS
        if (value := _figure(results, *terms)) is not None
    ]
    parts = [table(header, rows)]
    if goals:
        parts.append(table(["goal", "measured", "at most", "met"], goals))
    return "\n\n".join(parts)


def _figure(results: dict[str, Result], who: str, key: str, by: str | None) -> float | None:
    if who not in results or (by is not None and by not in results):
        return None
    return results[who][key] / (results[by][key] if by else 1.0)


if __name__ == "__main__":
    sys.exit(main())
