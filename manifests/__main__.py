"""Look into manifests, compare them, hand them on: ``python -m manifests COMMAND``.

Nothing here changes a manifest. Exit status: 0, or 2 with a message that says what to do; `diff`
gives 1 where there are differences, `verify` where something is damaged or missing.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from manifests.errors import UserError
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
    try:
        with settled(args, VERIFY if args.command == "verify" else NEEDS):
            return int(args.run(args))
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"error: {error}; free it, or give another folder", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted: nothing half-made was published; run it again", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
