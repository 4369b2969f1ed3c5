"""Every benchmark that sets ours beside a yardstick, one after the other, and their table.

    make bench                              # all; the table goes into docs/performance.md
    make bench ONLY=normalize,shard
    python -m benchmarks.suite --quick      # tiny sizes: does each of them work?

Each runs in a process of its own. One that fails has its reason in the table, and the others go on;
the exit status is 1 then. ``--quick`` writes no page, nor does ``ONLY``, which prints its rows: a
page holds the figures of one run.
"""

import argparse
import contextlib
import importlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.speed.results import Row, read_rows
from benchmarks.speed.table import markdown, plain_table, put

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
BENCHMARKS = (
    "normalize", "pictures", "shard", "reading", "detect", "evaluators", "checks", "near", "report",
)  # fmt: skip
"""Modules of ``benchmarks.speed``, in the order of the table."""
LONGEST = 1200.0
"""Seconds after which a benchmark is given up."""

Found = dict[str, list[Row] | str]


def names() -> dict[str, tuple[str, ...]]:
    """The rows of every benchmark, by its name."""
    return {name: importlib.import_module(f"benchmarks.speed.{name}").ROWS for name in BENCHMARKS}


def main(argv: Sequence[str] | None = None) -> int:
    """Run, print, and write the page."""
    args = _parser().parse_args(argv)
    chosen = _chosen(args.only)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # what it started, too
    load, began = os.getloadavg()[0], time.monotonic()
    found = run_all(chosen, args.quick, args.rounds)
    failed = {name: why for name, why in found.items() if isinstance(why, str)}
    print(
        plain_table([row for rows in found.values() if not isinstance(rows, str) for row in rows])
    )
    print("\n".join(f"{name} failed: {why}" for name, why in failed.items()))
    if not args.quick and chosen == BENCHMARKS:
        told = f"{machine(load)}; {(time.monotonic() - began) / 60:.0f} minutes"
        write_page(args.page, found, names(), told)
        print(f"table: {args.page}")
    return int(bool(failed))


def run_all(chosen: Sequence[str], quick: bool, rounds: int | None) -> Found:
    """The rows of each benchmark, or why it failed."""
    found: Found = {}
    start = time.monotonic()
    for place, name in enumerate(chosen, 1):
        began = time.monotonic()
        told = f"{name} ({place} of {len(chosen)}), after {(began - start) / 60:.1f} minutes ..."
        print(told, file=sys.stderr, flush=True)
        found[name] = run_one(name, quick, rounds)
        state = "failed" if isinstance(found[name], str) else "done"
        print(f"{name}: {state}, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return found


def run_one(name: str, quick: bool, rounds: int | None) -> list[Row] | str:
    """One benchmark, in a process of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "rows.json")
        command = [sys.executable, "-m", f"benchmarks.speed.{name}", "--json", str(path)]
        command += ["--quick"] * quick + (["--rounds", str(rounds)] if rounds else [])
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        late = threading.Timer(LONGEST, _end, [process])
        late.start()
        try:
            said = _passed_on(process)
            status = process.wait()
        except BaseException:
            _end(process)
            raise
        finally:
            late.cancel()
        if status == -signal.SIGKILL:
            return f"ended after {LONGEST:.0f} s, or killed for the memory that it took"
        return read_rows(path) if status == 0 else said or f"ended with {status}"


def _end(process: "subprocess.Popen[str]") -> None:
    """End a benchmark and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _passed_on(process: "subprocess.Popen[str]") -> str:
    """Show what a process says while it says it; its last line."""
    last = ""
    for line in process.stderr or ():
        sys.stderr.write(line)
        last = line.strip() or last
    return last


def write_page(page: Path, found: Found, rows: Mapping[str, Sequence[str]], told: str) -> None:
    """Put the table into a page, with what it was measured on. Nothing else of it changes."""
    content = f"{told}.\n\n{markdown(found, rows)}"
    text = put(page.read_text(encoding="utf-8"), content)
    temporary = page.with_name(f".{page.name}.new")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(page)


def machine(load: float) -> str:
    """What it was measured on, in words."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    name = next(models, "processor unknown")
    return f"{cores} cores ({name}), {memory:.0f} GiB, load {load:.1f} at the start"


def _chosen(only: str | None) -> tuple[str, ...]:
    wanted = [name for name in (only or "").split(",") if name]
    unknown = sorted({*wanted} - {*BENCHMARKS})
    if unknown:
        there = ", ".join(BENCHMARKS)
        raise SystemExit(f"no benchmark {', '.join(unknown)}; there are {there}")
    return tuple(name for name in BENCHMARKS if name in wanted) if wanted else BENCHMARKS


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.suite",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", metavar="NAME,NAME", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that all work")
    parser.add_argument("--rounds", type=int, help="turns of each side (default: 3; quick: 1)")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page with the markers")
    return parser


if __name__ == "__main__":
    sys.exit(main())
