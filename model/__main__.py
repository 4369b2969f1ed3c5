"""``python -m model COMMAND``: train, evaluate, score and look at a CTPN text-line detector."""

import argparse
import importlib
import io
import os
import sys
from dataclasses import replace

from manifests.errors import UserError
from manifests.pages.words import visible
from manifests.storage.edge import FINDINGS, MANIFESTS, Needs, settled
from model.environment import set_variables

COMMANDS = (
    "train",
    "runs",
    "evaluate",
    "compare",
    "explain",
    "report",
    "score",
    "sweep",
    "predict",
    "postprocess",
    "overlay",
    "inspect",
    "serve",
    "import_weights",
    "pack_weights",
    "export",
)

_RESULTS = ("runs/*", "evaluations/*", "thresholds/*")
NEEDS = Needs((*MANIFESTS, *FINDINGS, *_RESULTS), (*_RESULTS, "findings/*"), _RESULTS)
"""Of a DATA in a store; shards come when they are opened."""


def build_parser(first: str = "") -> argparse.ArgumentParser:
    """The parser with one subcommand for each module named in ``COMMANDS``; with that one alone
    whose name is ``first``, so that a command waits for no package that another one needs."""
    parser = argparse.ArgumentParser(prog="python -m model", description=__doc__)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    known = {name.replace("_", "-"): name for name in COMMANDS}
    for name in [known[first]] if first in known else COMMANDS:
        importlib.import_module(f"model.commands.{name}").add_parser(subparsers)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0 is success, 2 an error that the message explains."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files need not be UTF-8
    set_variables()  # before a command's module loads NumPy, which reads some of them once
    given = sys.argv[1:] if argv is None else argv
    args = build_parser(given[0] if given else "").parse_args(given)
    try:
        raw = args.command != "postprocess"  # there it is no raw root
        with settled(args, replace(NEEDS, raw=raw)):
            status = int(args.run(args))
        sys.stdout.flush()  # here, where a reader that has gone can still be answered
        return status
    except UserError as error:
        lines = str(error).split("\n")  # names and values in it may be of others
        print(f"error: {chr(10).join(map(visible, lines))}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"error: {visible(str(error))}; free it, or give another folder", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; what stands under its real name is whole", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
