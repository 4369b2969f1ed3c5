"""``python -m model report``: the pages of an evaluation, again."""

import argparse
from pathlib import Path

from model.report import MOST_PICTURES


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare ``report`` and its arguments."""
    parser = subparsers.add_parser(
        "report",
        help="build the pages of an evaluation",
        description="Build FOLDER/report/index.html from what `evaluate` wrote into FOLDER: the "
        "figures taken apart, where they are good and bad, and every image with its ground truths "
        "and detections, the worst first. It opens from disk. The old report is replaced as a "
        "whole. Neither checkpoint nor shards are needed, and the pictures only to be shown.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="an evaluation's folder")
    parser.add_argument(
        "--data", type=Path, help="folder with the manifests, which know where the pictures are"
    )
    parser.add_argument("--raw", type=Path, help="folder of the pictures, if they moved")
    parser.add_argument(
        "--pictures",
        type=_count,
        default=MOST_PICTURES,
        metavar="N",
        help="show the N worst images with their picture (default: %(default)s); 0 opens none",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Build the pages and say where they are. Raises UserError."""
    from model.explain.opening import read_info
    from model.explain.place import alone
    from model.report.build import write_report

    read_info(args.folder)  # so that nothing is made in a folder of something else
    with alone(args.folder):
        front = write_report(args.folder, args.data, args.raw, args.pictures, progress=True)
    print(front)
    return 0


def _count(text: str) -> int:
    count = int(text)
    if count < 0:
        raise argparse.ArgumentTypeError("it must be 0 or more")
    return count
