"""Pairs of perceptual hashes within a radius, ours against the plain version, on made-up hashes.

    python -m benchmarks.near [--hashes 70000] [--together 5000] [--radius 10] [--repeats 3]

Both search the same few hashes, in turns, and must find the same pairs, or it ends with 1; then
ours alone searches as many as a large corpus has. ``spread``: random hashes, a hundredth near
another. ``crowded``: hashes of which a quarter hardly differs, as if all had one sky.
"""

import argparse
import sys
import tracemalloc
from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from benchmarks.measuring import in_turns, seconds_of, table
from benchmarks.plain import near as plain
from validation.near import near_pairs

Hashes = npt.NDArray[np.uint64]


def spread(random: np.random.Generator, count: int) -> Hashes:
    """Random hashes, and some copies."""
    return _with_copies(random, random.integers(0, 2**64, count, dtype=np.uint64))


def crowded(random: np.random.Generator, count: int) -> Hashes:
    """Hashes whose first 16 bits have 100 values, where real pictures have nearly all."""
    values = random.integers(0, 2**16, 100, dtype=np.uint64)
    rest = random.integers(0, 2**48, count, dtype=np.uint64)
    return _with_copies(random, (rest << np.uint64(16)) | random.choice(values, count))


def _with_copies(random: np.random.Generator, hashes: Hashes) -> Hashes:
    """The last hundredth are the first with up to 8 bits changed."""
    copies = hashes[: len(hashes) // 100]
    for _ in range(8):
        copies = copies ^ (np.uint64(1) << random.integers(0, 64, len(copies), dtype=np.uint64))
    return np.concatenate([hashes[: len(hashes) - len(copies)], copies])


LAYOUTS = (spread, crowded)


def ours(hashes: Hashes, radius: int) -> npt.NDArray[np.int64]:
    """The pairs in the form and order of the plain version."""
    blocks = [np.stack([b.left, b.right, b.distance], 1) for b in near_pairs(hashes, radius)]
    pairs = np.concatenate([np.empty((0, 3), np.int64), *blocks]).astype(np.int64)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def walk(hashes: Hashes, radius: int) -> int:
    """How many pairs there are, of which a block at a time is held."""
    return sum(len(block.left) for block in near_pairs(hashes, radius))


def peak(call: Callable[[], object]) -> float:
    """MB that a call allocates at most, beside what there was."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def main(argv: list[str] | None = None) -> int:
    """Measure and print; 1 where the pairs differ."""
    args = _parser().parse_args(argv)
    rows, differ = [], []
    for layout in LAYOUTS:
        few = layout(np.random.default_rng(args.seed), args.together)
        many = layout(np.random.default_rng(args.seed), args.hashes)
        expected, found = plain.near_pairs(few, args.radius), ours(few, args.radius)
        if not np.array_equal(expected, found):
            differ.append(layout.__name__)
        contestants = {
            "plain": partial(plain.near_pairs, few, args.radius),
            "ours": partial(ours, few, args.radius),
        }
        seconds = in_turns(contestants, args.repeats)
        for name, value in seconds.items():
            times = f"{seconds['plain'] / value:.1f}"
            rows.append([layout.__name__, name, f"{len(few)}", f"{value:.3f}", times, "-"])
        search = partial(walk, many, args.radius)
        alone, held = seconds_of(search), peak(search)
        rows.append([layout.__name__, "ours", f"{len(many)}", f"{alone:.3f}", "-", f"{held:.0f}"])
    print(table(["hashes", "", "how many", "s", "times as fast as plain", "MB"], rows))
    print(f"NOT THE SAME PAIRS: {', '.join(differ)}" if differ else "the pairs are the same")
    return int(bool(differ))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hashes", type=int, default=70_000, help="of ours (default: 70000)")
    parser.add_argument("--together", type=int, default=5_000, help="of both (default: 5000)")
    parser.add_argument("--radius", type=int, default=10, help="bits (default: 10)")
    parser.add_argument("--repeats", type=int, default=3, help="rounds (default: 3)")
    parser.add_argument("--seed", type=int, default=0, help="of the hashes")
    return parser


if __name__ == "__main__":
    sys.exit(main())
