"""``samples``: sample corpora of all datasets."""

import argparse
from pathlib import Path

from pipelines.commands.shared import refuse_rest


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's name, help and options."""
    parser = commands.add_parser(
        "samples",
        help="make sample corpora of all datasets in their native formats",
        description="Write synthetic pictures with exact annotations, in the native layout and "
        "with the quirks of each dataset, below RAW/<dataset>.",
    )
    parser.add_argument("--raw", type=Path, required=True, help="folder to write below")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same bytes (default 1)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, rest: list[str]) -> int:
    """Do it; the exit status. Raises UserError."""
    from pipelines.samples import make_all

    refuse_rest(args, rest)
    make_all(args.raw.resolve(), args.seed)
    return 0
