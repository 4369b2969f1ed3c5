"""Look into manifests, compare them, hand them on: ``python -m manifests COMMAND``.

Nothing here changes a manifest. Exit status: 0, or 2 with a message that says what to do; `diff`
gives 1 where there are differences, `verify` where something is damaged or missing.
"""

import argparse
import sys
from collections.abc import Sequence

from manifests.ending import status_of
from manifests.storage.edge import FINDINGS, MANIFESTS, Needs, settled
from manifests.tools import croissant, diff, export, query, show, stats, verify

NEEDS = Needs(reads=(*MANIFESTS, *FINDINGS))
VERIFY = Needs(reads=("*",), unchecked=True)


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="python -m manifests",
        description=(__doc__ or "").replace("``", "`"),
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for tool in (show, stats, diff, query, export, croissant, verify):
        tool.add_parser(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    args = build_parser().parse_args(argv)

    def work() -> int:
        with settled(args, VERIFY if args.command == "verify" else NEEDS):
            return int(args.run(args))

    return status_of(work)


if __name__ == "__main__":
    sys.exit(main())
