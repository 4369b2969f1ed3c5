"""Speed and quality of the detector under each framework, and of another open one, side by side.

    python -m benchmarks.detectors --data DATA [--mix icdar15_val] [--images 100]

The same checkpoint under MindSpore, ONNX Runtime and PyTorch (``benchmarks.twin``), and the text
detector of RapidOCR. Each is in a process of its own; they take turns picture by picture, so that
what else the machine does hits all alike. ``images/s`` is of the median picture, from its pixels to
its lines; one picture before, to warm up, does not count. What is not installed is skipped and
named: `pip install ".[train,bench]"` in an environment of its own, for RapidOCR brings an OpenCV
that takes the place of ours. Quality is the hmean of each protocol, as ``evaluate`` finds it.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from benchmarks.answering import DETECTORS
from benchmarks.measuring import table
from manifests.errors import UserError
from manifests.shardset import open_shards
from model.environment import prepare
from model.outputs import TextLines
from model.protocols import PROTOCOLS

if TYPE_CHECKING:
    from model.evaluate import Truths

HEADER = ("detector", "images/s", "s", *(f"{name} hmean" for name in PROTOCOLS), "lines found")


class AbsentError(Exception):
    """A detector's package is not installed."""


@dataclass
class Side:
    """A detector that is running, and what it said: ``lines`` and ``seconds`` by image id."""

    process: "subprocess.Popen[str]"
    lines: dict[str, TextLines] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def hear(self) -> dict[str, Any]:
        """Its next answer. Raises UserError where it ended, AbsentError where it cannot begin."""
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            raise UserError(f"a detector ended with {self.process.wait()}; see above")
        answer: dict[str, Any] = json.loads(line)
        if "absent" in answer:
            raise AbsentError(answer["absent"])
        return answer

    def look(self, image_id: str, path: Path) -> None:
        """Have it look at a picture, and note what it finds."""
        assert self.process.stdin
        with contextlib.suppress(BrokenPipeError):  # it ended, which the next line finds
            self.process.stdin.write(f"{path}\n")
            self.process.stdin.flush()
        answer = self.hear()
        self.seconds[image_id] = answer["seconds"]
        quads = np.array(answer["quads"], np.float32).reshape(-1, 4, 2)
        self.lines[image_id] = TextLines(quads, np.array(answer["scores"], np.float32))


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    args = _parser().parse_args(argv)
    plain = dict(os.environ)  # what is set for MindSpore slows the others down
    prepare("CPU")
    from model.evaluate import load_truths

    sides: dict[str, Side] = {}
    try:
        shards = open_shards(args.data, args.mix)
        truths = load_truths(args.data, shards)
        for name in args.only:
            _open(sides, name, args.checkpoint, plain)
        count = min(args.images or shards.images, shards.images)
        _look_at_all(sides, _pictures(args.data, shards, truths, count), count)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    finally:
        for side in sides.values():
            side.process.kill()
            side.process.wait()
    print(f"{args.mix}, {count} pictures, weights {args.checkpoint}")
    print(table(HEADER, [_row(name, side, truths) for name, side in sides.items()]))
    return 0


def _open(sides: dict[str, Side], name: str, checkpoint: str, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "benchmarks.answering", name, checkpoint]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment)
    sides[name] = Side(process)
    try:
        sides[name].hear()
    except AbsentError as error:
        process.wait()
        del sides[name]
        print(f"{name} is skipped: {error} (see --help)", file=sys.stderr)


def _pictures(data: Path, shards: Any, truths: "Truths", count: int) -> Iterator[tuple[str, Any]]:
    from model.evaluate import pictures

    return islice(pictures(shards, data, truths), count)


def _look_at_all(
    sides: Mapping[str, Side], pictures: Iterator[tuple[str, Any]], count: int
) -> None:
    """Each picture by each side, every other picture the other way round."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "picture.npy")
        for number, (image_id, pixels) in enumerate(tqdm(pictures, "detectors", count)):
            np.save(path, pixels)
            turns = [*sides.values()]
            for side in turns * 2 if number == 0 else turns[:: 1 if number % 2 else -1]:
                side.look(image_id, path)


def _row(name: str, side: Side, truths: "Truths") -> list[str]:
    from model.evaluate import score_lines

    seconds = median(side.seconds.values())
    scores = score_lines(_of(truths, side.lines), side.lines)
    hmeans = [f"{scores[protocol].hmean:.3f}" for protocol in PROTOCOLS]
    found = sum(map(len, side.lines.values()))
    return [name, f"{1 / seconds:.1f}", f"{seconds:.3f}", *hmeans, f"{found}"]


def _of(truths: "Truths", lines: Mapping[str, TextLines]) -> "Truths":
    """The truths of the pictures that were looked at."""
    rectangles = {key: truths.rectangles[key] for key in lines}
    quadrilaterals = {key: truths.quadrilaterals[key] for key in lines}
    return replace(truths, rectangles=rectangles, quadrilaterals=quadrilaterals)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.detectors",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with shards and manifests")
    parser.add_argument("--mix", default="icdar15_val", help="its pictures (default: icdar15_val)")
    parser.add_argument("--images", type=int, help="only the first so many (default: all)")
    parser.add_argument("--checkpoint", default="lite", help="a file or a name (default: lite)")
    parser.add_argument("--only", nargs="+", choices=DETECTORS, default=list(DETECTORS))
    return parser


if __name__ == "__main__":
    sys.exit(main())
