"""``python -m model score``: score a submission archive by one of the protocols."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from model.protocols import PROTOCOLS, evaluate
from model.protocols.results import Score
from model.submission import read_ground_truth, read_submission

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add_parser(subparsers: "Subparsers") -> None:
    """Declare ``score`` and its arguments."""
    parser = subparsers.add_parser(
        "score",
        help="score a submission .zip against a ground truth .zip",
        description=__doc__,
    )
    parser.add_argument("--protocol", required=True, choices=PROTOCOLS, help="how to match boxes")
    parser.add_argument("--gt", required=True, type=Path, help=".zip of gt_img_N.txt")
    parser.add_argument("--submission", required=True, type=Path, help=".zip of res_img_N.txt")
    parser.add_argument("--json", action="store_true", help="print one JSON object, not a table")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the score; UserError where an archive cannot be read or scored."""
    gt = read_ground_truth(args.gt)
    score = evaluate(args.protocol, gt, read_submission(args.submission, gt))
    print(json.dumps(score.summary()) if args.json else table(score))
    return 0


def table(score: Score) -> str:
    """The score for reading: one row under its headings, figures to four digits."""
    cells = {
        name.replace("_", " "): f"{value:.4f}" if isinstance(value, float) else str(value)
        for name, value in score.summary().items()
    }
    widths = [max(len(heading), len(value)) for heading, value in cells.items()]
    rows = (cells.keys(), cells.values())
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
