"""``python -m model COMMAND``: train, evaluate, score and look at a CTPN text-line detector."""

import argparse
import importlib
import sys
from dataclasses import replace

from manifests.ending import status_of
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
NEEDS = Needs((*MANIFESTS, *FINDINGS, *_RESULTS), (*_RESULTS, "findings/*"))
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
    set_variables()  # before a command's module loads NumPy, which reads some of them once
    given = sys.argv[1:] if argv is None else argv
    args = build_parser(given[0] if given else "").parse_args(given)
    raw = args.command != "postprocess"  # there it is no raw root

    def work() -> int:
        with settled(args, replace(NEEDS, raw=raw)):
            args.given = given  # to start it again by; settled, who takes no URI there, is through
            return int(args.run(args))

    return status_of(work)


if __name__ == "__main__":
    sys.exit(main())
