"""The evaluators, ours against the plain version, on the same submission.

    python -m benchmarks.protocols [--images 500] [--repeats 5]
    python -m benchmarks.protocols --gt GT.zip --submission SUB.zip

Without archives the corpus is made up: ten words and a dozen detections an image, of which some are
don't-care, split, merged or loose; rectangles for ``deteval`` and ``icdar2013``, slanted
quadrilaterals for ``iou``. Archives are scored by all protocols that take their shapes; reading
them is not timed. Both must match every box alike, or it ends with 1.
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.corpora import Corpus, corpus
from benchmarks.measuring import in_turns, table
from benchmarks.plain import protocols as plain
from model.protocols import PROTOCOLS, evaluate
from model.protocols.results import Score
from model.submission import read_ground_truth, read_submission

GOAL = 20.0
"""Times as fast as the plain version."""
TOLERANCE = 1e-12


def same(score: Score, figures: plain.Figures) -> bool:
    """Whether every box is matched alike, and the figures are equal up to rounding."""
    ours = score.precision, score.recall, score.hmean
    theirs = figures.precision, figures.recall, figures.hmean
    matchings = {name: image.matching for name, image in score.per_image.items()}
    close = all(abs(a - b) <= TOLERANCE for a, b in zip(ours, theirs, strict=True))
    return close and matchings == figures.matchings


def main(argv: list[str] | None = None) -> int:
    """Measure and print; 1 where the results differ."""
    args = _parser().parse_args(argv)
    rows, differ = [], []
    for name, (gt, found) in _corpora(args).items():
        pairs = sum(len(gt[key]) * len(found[key]) for key in found)
        if not same(evaluate(name, gt, found), plain.evaluate(name, gt, found)):
            differ.append(name)
        contestants: dict[str, Callable[[], object]] = {
            "plain": partial(plain.evaluate, name, gt, found),
            "ours": partial(evaluate, name, gt, found),
        }
        seconds = in_turns(contestants, args.repeats)
        times = seconds["plain"] / seconds["ours"]
        counts = [name, str(len(gt)), str(pairs)]
        cells = [f"{seconds['plain']:.4f}", f"{seconds['ours']:.4f}", f"{times:.1f}", f"{GOAL:.0f}"]
        rows.append(counts + cells)
    print(table(["", "images", "pairs", "plain s", "ours s", "times as fast", "goal"], rows))
    print(f"NOT THE SAME RESULT: {', '.join(differ)}" if differ else "the results are the same")
    return int(bool(differ))


def _corpora(args: argparse.Namespace) -> dict[str, Corpus]:
    """What each protocol scores."""
    if not args.gt:
        quads, boxes = (corpus(args.seed, args.images, upright) for upright in (False, True))
        return {name: quads if p.takes_quadrilaterals else boxes for name, p in PROTOCOLS.items()}
    gt = read_ground_truth(args.gt)
    found = read_submission(args.submission, gt)
    shapes = [image.shapes for image in gt.values()] + [image.shapes for image in found.values()]
    upright = all(some.shape[1] == 4 for some in shapes)
    return {name: (gt, found) for name, p in PROTOCOLS.items() if upright or p.takes_quadrilaterals}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", type=int, default=500, help="made up (default: 500)")
    parser.add_argument("--repeats", type=int, default=5, help="rounds (default: 5)")
    parser.add_argument("--seed", type=int, default=0, help="of the corpus")
    parser.add_argument("--gt", type=Path, help=".zip of gt_img_N.txt, in place of a corpus")
    parser.add_argument("--submission", type=Path, help=".zip of res_img_N.txt, with --gt")
    return parser


if __name__ == "__main__":
    sys.exit(main())
