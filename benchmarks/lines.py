"""Proposals to text lines, ours against the plain version, on the same made-up proposals.

    python -m benchmarks.lines [--proposals 1000] [--repeats 20]
    python -m benchmarks.lines --grow

A step is: drop low scores, suppress, join, fit. Both must give the same lines, or it ends with 1.

``--grow`` measures ours alone from 1,000 to 20,000 proposals: ``spread`` over a picture that grows
with their number, as more text has it, and ``dense``, all on one picture, where suppression leaves
few. It prints the exponent of the growth, the slope of log seconds over log proposals.
"""

import argparse
import itertools
import math
import sys
from collections.abc import Sequence
from functools import partial

import numpy as np

from benchmarks.layouts import COLUMNS, HEIGHT, clutter, page
from benchmarks.measuring import in_turns, seconds_of, table
from benchmarks.plain.lines import Line, text_lines
from model.lines import Lines, LineSettings, build_lines
from model.proposals import Proposals, ProposalSettings, nms

LAYOUTS = (page, clutter)

SIZES = (1000, 2000, 5000, 10_000, 20_000)
ROUNDS = 9
"""Calls of each size, of which the fastest counts: other work on the machine only adds."""

TOLERANCE = 1e-2
"""Px; corners are float32, and the two sum in another order."""


def ours(proposals: Proposals, before: ProposalSettings, settings: LineSettings) -> Lines:
    """The step as ``model`` takes it."""
    proposals = proposals.take(proposals.score > before.min_score)
    return build_lines(proposals.take(nms(proposals, before.second_nms)), settings)


def same_lines(lines: Lines, plain: list[Line]) -> bool:
    """Whether both have the same lines, in the same order."""
    if len(lines) != len(plain):
        return False
    quads = np.array([line.quad for line in plain]).reshape(-1, 4, 2)
    scores = np.array([line.score for line in plain])
    return np.allclose(lines.quads, quads, rtol=0, atol=TOLERANCE) and np.allclose(
        lines.scores, scores, rtol=0, atol=1e-5
    )


def main(argv: list[str] | None = None) -> int:
    """Measure and print; 1 where the lines differ."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--proposals", type=int, default=1000, help="how many (default: 1000)")
    parser.add_argument("--repeats", type=int, default=20, help="rounds (default: 20)")
    parser.add_argument("--seed", type=int, default=0, help="of the layouts")
    parser.add_argument("--grow", action="store_true", help="measure how the seconds grow")
    args = parser.parse_args(argv)
    if args.grow:
        print(table(["", "", "proposals", "lines", "ms", "exponent"], grown(args.seed)))
        return 0
    rows, differ = [], []
    for layout in LAYOUTS:
        proposals = layout(np.random.default_rng(args.seed), args.proposals)
        lines, seconds = compare(proposals, args.repeats)
        if lines is None:
            differ.append(layout.__name__)
        for name, value in seconds.items():
            ratio = seconds["plain"] / value
            rows.append([layout.__name__, name, f"{1000 * value:.2f}", f"{ratio:.1f}"])
    header = [f"{args.proposals} proposals", "", "ms", "times as fast as plain"]
    print(table(header, rows))
    print(f"NOT THE SAME LINES: {', '.join(differ)}" if differ else "the lines are the same")
    return int(bool(differ))


def grown(seed: int, sizes: Sequence[int] = SIZES) -> list[list[str]]:
    """A row for each layout and size; the exponent stands in the last of each."""
    rows = []
    before, settings = ProposalSettings(), LineSettings(min_score=0.7)
    for layout, spread in itertools.product(LAYOUTS, (True, False)):
        seconds = []
        for size in sizes:
            larger = math.sqrt(size / sizes[0]) if spread else 1.0
            rng = np.random.default_rng(seed)
            proposals = layout(rng, size, round(larger * COLUMNS), round(larger * HEIGHT))
            step = partial(ours, proposals, before, settings)
            seconds.append(min(seconds_of(step) for _ in range(ROUNDS)))
            where = "spread" if spread else "dense"
            cells = [str(size), str(len(step())), f"{1000 * seconds[-1]:.2f}", ""]
            rows.append([layout.__name__, where, *cells])
        rows[-1][-1] = f"{exponent(sizes, seconds):.2f}"
    return rows


def exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """The slope of log seconds over log sizes: 1 is linear growth, 2 quadratic."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def compare(proposals: Proposals, repeats: int) -> tuple[int | None, dict[str, float]]:
    """The number of lines, None where the two differ, and the seconds of each."""
    before, settings = ProposalSettings(), LineSettings(min_score=0.7)

    def plain() -> list[Line]:
        return text_lines(proposals, before.min_score, before.second_nms, settings)

    def vectorised() -> Lines:
        return ours(proposals, before, settings)

    expected = plain()
    same = same_lines(vectorised(), expected)
    seconds = in_turns({"plain": plain, "ours": vectorised}, repeats)
    return len(expected) if same else None, seconds


if __name__ == "__main__":
    sys.exit(main())
