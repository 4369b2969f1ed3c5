"""``decide``: a person's decisions, applied to the manifests."""

import argparse
from pathlib import Path

from pipelines.commands.shared import add_decisions, add_explain, explain_plan, refuse_rest


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's name, help and options."""
    parser = commands.add_parser(
        "decide",
        help="apply a person's decisions to the manifests",
        description="Apply decisions (drop this image, ignore this region) to the manifests below "
        "DATA: a dropped image goes to quarantine with its regions, an ignored region becomes "
        "don't-care, and manifest.json says so. Decisions that were withdrawn are undone. Raw data "
        "is never touched. Write decisions with `python -m validation decide`.",
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with the manifests")
    add_decisions(parser)
    parser.add_argument(
        "--strict",
        action="store_true",
        help="change nothing where a decision fits no image or region any more (default: say so, "
        "leave it out, and go on)",
    )
    add_explain(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, rest: list[str]) -> int:
    """Do it; the exit status. Raises UserError."""
    from pipelines.decide import decide, explain

    refuse_rest(args, rest)
    if args.explain:
        return explain_plan(args, lambda: explain(args.data.resolve(), args.decisions))
    for line in decide(args.data.resolve(), args.decisions, args.strict):
        print(line)
    return 0
