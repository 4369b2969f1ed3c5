"""Detection by each backend on the CPU: start, first picture, later ones, memory.

    python -m benchmarks.backends [PICTURE ...] [--checkpoint lite] [--repeats 5] [--rounds 2]

Each runs in processes of its own, in turns. ``start`` is from the start of Python to a detector
that is ready, ``first`` the first picture, compiling included, ``picture`` a later one, from pixels
to lines; MB is the peak of resident memory. ONNX Runtime runs an exported file, dynamic or of the
network's input, MindSpore the checkpoint or an exported file. Without PICTURE a picture of noise
of 1280x720 px is looked at, which has hardly any lines.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.measuring import table

Result = dict[str, float]

CONTESTANTS = {
    "mindspore": "",
    "mindir": "fixed.mindir",
    "mindir, any size": "any.mindir",
    "onnxruntime": "fixed.onnx",
    "onnxruntime, any size": "any.onnx",
    "onnxruntime, half": "half.onnx",
}
"""The exported file of each; none for the checkpoint itself."""
KEYS = ("start", "first", "picture", "memory")


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.backends",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("pictures", nargs="*", type=Path, metavar="PICTURE")
    parser.add_argument("--checkpoint", default="lite", help="a file or a name (default: lite)")
    parser.add_argument("--only", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS))
    parser.add_argument("--repeats", type=int, default=5, help="rounds of pictures (default: 5)")
    parser.add_argument("--rounds", type=int, default=2, help="processes for each (default: 2)")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--began", type=float, help=argparse.SUPPRESS)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Measure all contestants, or, called by itself, one."""
    args = build_parser().parse_args(argv)
    if args.measure:
        print(json.dumps(measure(args.measure, args.pictures, args.repeats, args.began)))
        return 0
    rounds: dict[str, list[Result]] = {}
    with tempfile.TemporaryDirectory() as folder:
        export(args.checkpoint, Path(folder))
        for _ in range(args.rounds):
            for name in args.only:
                file = CONTESTANTS[name]
                path = str(Path(folder) / file) if file else args.checkpoint
                rounds.setdefault(name, []).append(in_own_process(path, args))
    rows = [_row(name, found) for name, found in rounds.items()]
    print(table(["backend", "start s", "first s", "picture s", "images/s", "MB"], rows))
    return 0


def _row(name: str, rounds: Sequence[Result]) -> list[str]:
    start, first, picture, memory = (median(result[key] for result in rounds) for key in KEYS)
    seconds = (f"{value:.2f}" for value in (start, first, picture))
    return [name, *seconds, f"{1 / picture:.1f}", f"{memory:.0f}"]


def export(checkpoint: str, folder: Path) -> None:
    """Write every contestant's file."""
    options = {"any": ["--dynamic"], "half": ["--half"], "fixed": []}
    for file in filter(None, CONTESTANTS.values()):
        stem, kind = file.split(".")
        command = [sys.executable, "-m", "model", "export", "--checkpoint", checkpoint]
        command += ["--format", kind.upper(), "--out", str(folder / file), *options[stem]]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def in_own_process(path: str, args: argparse.Namespace) -> Result:
    """``measure`` in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.backends", *map(str, args.pictures)]
    command += ["--measure", path, "--repeats", str(args.repeats), "--began", str(time.time())]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: Result = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def measure(path: str, pictures: Sequence[Path], repeats: int, began: float) -> Result:
    """Seconds of one backend's start, first and later pictures, and the peak of memory in MB, in
    this process. began: when it was started, as ``time.time`` has it."""
    from model import Detector

    detector = Detector.load(path)
    start = time.time() - began
    import numpy as np

    from benchmarks.measuring import own_peak
    from model.detector.pixels import read_file
    from model.outputs import text_lines

    noise = np.random.default_rng(0).integers(0, 256, (720, 1280, 3), dtype=np.uint8)
    images = [read_file(picture) for picture in pictures] or [noise]
    seconds = []
    for image in [images[0], *images * repeats]:
        at = time.perf_counter()
        text_lines(detector.predictor.outputs(image), detector.predictor.config)
        seconds.append(time.perf_counter() - at)
    first, *others = seconds
    return {
        "start": start, "first": first, "picture": median(others),
        "memory": own_peak() * 1.048576,
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
