"""Arguments that several commands share."""

import argparse

from model.environment import DEVICES


def add_device(parser: argparse.ArgumentParser) -> None:
    """``--device``."""
    parser.add_argument("--device", default="CPU", choices=DEVICES, help="default: CPU")


def add_changes(parser: argparse.ArgumentParser, what: str) -> None:
    """``--set KEY=VALUE ...``, kept as ``changes``; ``what``: for the help text."""
    parser.add_argument(
        "--set",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        dest="changes",
        help=f"change keys of {what}",
    )
