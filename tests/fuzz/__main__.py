"""Fuzz the readers of files that strangers write.

    python -m tests.fuzz                                  every target, 10 s each
    python -m tests.fuzz --target icdar15 --seconds 600   one, for long
    python -m tests.fuzz --inputs 100000 --seed 7         so many inputs of each, from another seed

The same seed gives the same inputs. An input that does wrong is cut down and kept in
tests/fuzz/corpus/TARGET, where the test suite tries it for ever; exit status 1.
"""

import argparse
import resource
import sys
import traceback

from tests.fuzz.running import Report, fuzz, save
from tests.fuzz.targets import TARGETS

_MOST_MEMORY = 12 << 30
_MOST_KEPT = 1 << 16


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--target", action="append", choices=sorted(TARGETS), help="(all)")
    parser.add_argument("--seconds", type=float, help="for each target (10, or no end)")
    parser.add_argument("--inputs", type=int, help="for each target")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    seconds = given.seconds or (float("inf") if given.inputs else 10.0)
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    total, wrong = 0, 0
    for name in given.target or sorted(TARGETS):
        report = fuzz(TARGETS[name], given.seed, seconds, given.inputs)
        total, wrong = total + report.inputs, wrong + len(report.faults)
        _tell(report)
    print(f"{total:,} inputs, {wrong} faults")
    return 1 if wrong else 0


def _tell(report: Report) -> None:
    rate = report.inputs / max(report.seconds, 1e-9)
    print(
        f"{report.name:<20}{report.inputs:>10,} inputs {rate:>8,.0f}/s {len(report.faults)} faults",
        flush=True,
    )
    for place, (data, error) in report.faults.items():
        where = save(report.name, data) if len(data) <= _MOST_KEPT else "too large to keep"
        print(f"  {place}: {str(error)[:200]}\n  {data[:120]!r}\n  {where}")
        print("".join(traceback.format_exception(error, limit=-4)), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
