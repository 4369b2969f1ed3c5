"""``shard``: manifests to MindRecord files."""

import argparse
import sys
from pathlib import Path

from pipelines.commands.shared import add_decisions, add_explain, explain_plan


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's name, help and options."""
    parser = commands.add_parser(
        "shard",
        help="manifests to MindRecord shards",
        description="Write the images of a mix as MindRecord files, DATA/shards/<mix>, unless they "
        "are there and made from the same manifests. A mix that trains on a picture of a test "
        "split, by DATA/report/findings.parquet, is refused. Unknown options go to Apache Beam.",
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with the manifests")
    parser.add_argument(
        "--raw", type=Path, help="folder of the pictures (default: where normalize read them)"
    )
    parser.add_argument(
        "--mix",
        nargs="+",
        default=[],
        metavar="NAME|FILE.yaml",
        help="just these (default: every mix of the project that has a manifest)",
    )
    parser.add_argument("--force", action="store_true", help="rebuild even what is up to date")
    add_explain(parser)
    parser.add_argument(
        "--allow-leaks",
        action="store_true",
        help="write a mix that trains on pictures of a test split all the same",
    )
    add_decisions(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, beam_options: list[str]) -> int:
    """Do it; the exit status. Raises UserError."""
    from pipelines.leak_gate import refuse_leaks
    from pipelines.shard import find, shard

    if args.explain:
        return explain_plan(args, lambda: find(args.data.resolve(), args.mix, args.force).planned())
    data, raw = args.data.resolve(), args.raw.resolve() if args.raw else None
    for warning in refuse_leaks(data, args.mix, args.decisions, args.allow_leaks):
        print(f"warning: {warning}", file=sys.stderr)
    for line in shard(data, args.mix, raw, args.force, beam_options):
        print(line)
    return 0
