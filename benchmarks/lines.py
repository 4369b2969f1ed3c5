"""Proposals to text lines, ours against the plain version, on the same made-up proposals.

    python -m benchmarks.lines [--proposals 1000] [--repeats 20]

A step is: drop low scores, suppress, join, fit. Both must give the same lines, or it ends with 1.
"""

import argparse
import sys

import numpy as np

from benchmarks.layouts import clutter, page
from benchmarks.measuring import in_turns, table
from benchmarks.plain.lines import Line, text_lines
from model.lines import Lines, LineSettings, build_lines
from model.proposals import Proposals, ProposalSettings, nms

LAYOUTS = (page, clutter)

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
    args = parser.parse_args(argv)
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
