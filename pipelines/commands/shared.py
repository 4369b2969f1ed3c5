"""What several commands share."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from manifests.errors import UserError


def add_explain(parser: argparse.ArgumentParser) -> None:
    """``--explain``."""
    parser.add_argument(
        "--explain", action="store_true", help="say what would be done and why, and do nothing"
    )


def add_decisions(parser: argparse.ArgumentParser) -> None:
    """``--decisions``."""
    parser.add_argument(
        "--decisions",
        type=Path,
        metavar="FOLDER",
        help="folder of decisions, *.yaml (default: validation/decisions of the project)",
    )


def explain_plan(args: argparse.Namespace, plan: Callable[[], Sequence[str]]) -> int:
    """Say what a command would do now; what follows normalize has nothing to look at before it."""
    from manifests.reading import find_manifests

    waits = args.command != "normalize" and not find_manifests(args.data)
    lines = ["would be run, once there are manifests"] if waits else plan()
    return say([f"{args.command}: {line}" for line in lines])


def say(lines: Sequence[str]) -> int:
    """Print lines; the exit status of having done so."""
    print("\n".join(lines))
    return 0


def refuse_rest(args: argparse.Namespace, rest: Sequence[str]) -> None:
    """Raise UserError for options that a command without Beam does not know."""
    if rest:
        raise UserError(f"{args.command} does not know {' '.join(rest)}")
