"""Every check over made-up manifests: its time, and the peak memory of a process that runs it.

    python -m benchmarks.checks [--images 6000 60000]

The manifests are those of ``benchmarks.report``, four regions an image and no pictures, so checks
of pictures find nothing to measure (``benchmarks.near`` searches hashes). A process that runs no
check shows what Python and the libraries take.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measuring import own_peak, table
from benchmarks.report import REGIONS, make
from manifests.reading import find_manifests
from validation.checks import find_checks
from validation.corpus import open_corpus
from validation.findings import check_table


def main(argv: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", type=int, nargs="+", default=[6_000, 60_000])
    parser.add_argument("--only", metavar="CHECK", help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.data:
        print(_run(args.data, args.only))
        return 0
    names = ["", *(_name(check.__name__) for check in find_checks())]
    rows = []
    for images in args.images:
        with tempfile.TemporaryDirectory() as scratch:
            data = Path(scratch, "data")
            make(data, Path(scratch, "raw"), images, 0)
            rows += [
                [name or "none", f"{images * REGIONS:,}", *measure(data, name)] for name in names
            ]
    print(table(["check", "regions", "seconds", "peak MiB", "findings"], rows))
    return 0


def measure(data: Path, name: str) -> list[str]:
    """Seconds of the check called ``name``, peak memory of its process, and what it found."""
    command = [sys.executable, "-m", "benchmarks.checks", "--data", str(data), "--only", name]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()


def _run(data: Path, name: str) -> str:
    """Seconds, peak MiB of this process, and number of findings."""
    checks = [check for check in find_checks() if _name(check.__name__) == name]
    corpus = open_corpus(data, find_manifests(data))
    began = time.perf_counter()
    found = sum(len(check_table(check, corpus)) for check in checks)
    return f"{time.perf_counter() - began:.2f} {own_peak():.0f} {found}"


def _name(module: str) -> str:
    return module.rpartition(".")[2]


if __name__ == "__main__":
    sys.exit(main())
