"""``statistics``: what is measured of the pictures."""

import argparse
from pathlib import Path

from pipelines.commands.shared import add_explain, explain_plan


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's name, help and options."""
    parser = commands.add_parser(
        "statistics",
        help="statistics of the pictures, for checks and report",
        description="Measure the pictures of every manifest (perceptual hash, brightness, "
        "sharpness, ...) into DATA/statistics/<dataset>/<split>. What is known of a picture's "
        "digest is taken over; a manifest that did not change is skipped. Unknown options go to "
        "Apache Beam.",
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with the manifests")
    parser.add_argument(
        "--raw", type=Path, help="folder of the pictures (default: where normalize read them)"
    )
    add_explain(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, beam_options: list[str]) -> int:
    """Do it; the exit status. Raises UserError."""
    from pipelines.statistics import explain, statistics

    if args.explain:
        return explain_plan(args, lambda: explain(args.data.resolve()))
    raw = args.raw.resolve() if args.raw else None
    for line in statistics(args.data.resolve(), raw, beam_options):
        print(line)
    return 0
