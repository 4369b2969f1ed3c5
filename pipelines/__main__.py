"""``python -m pipelines COMMAND``: raw files to manifests, manifests to shards.

Options that a command does not know go to Apache Beam: --runner, --direct_num_workers, ...
"""

import argparse
import logging
import sys
from collections.abc import Sequence

from manifests.ending import status_of
from manifests.errors import require_docstrings
from manifests.storage.edge import FINDINGS, MANIFESTS, Needs, settled
from pipelines.commands import add_dataset, decide, normalize, samples, shard, statistics

_NEEDS = {
    "normalize": Needs((*MANIFESTS, "state/*"), ("logs/*", "state/*")),
    "decide": Needs((*MANIFESTS, "findings/*"), (*MANIFESTS, "findings/*")),
    "statistics": Needs((*MANIFESTS, "statistics/*"), ("logs/*",)),
    "shard": Needs((*MANIFESTS, *FINDINGS), ("logs/*",)),
}
"""What commands need of a DATA in a store. What they publish goes there as it is published."""


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines",
        description=__doc__,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (normalize, decide, statistics, shard, samples, add_dataset):
        command.add_parser(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 is success, 2 an error that the message explains."""
    args, rest = build_parser().parse_known_args(argv)
    logging.basicConfig(level=logging.ERROR, format="%(message)s", stream=sys.stderr)

    def work() -> int:
        require_docstrings()
        with settled(args, _NEEDS.get(args.command, Needs((), raw=False))):
            return int(args.run(args, rest))

    return status_of(work)


if __name__ == "__main__":
    sys.exit(main())
