"""``python -m pipelines COMMAND``: raw files to manifests, manifests to shards.

Options that a command does not know go to Apache Beam: --runner, --direct_num_workers, ...
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from manifests.errors import UserError


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines",
        description=__doc__,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_normalize(commands)
    _add_statistics(commands)
    _add_shard(commands)
    _add_samples(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 is success, 2 an error that the message explains."""
    args, rest = build_parser().parse_known_args(argv)
    logging.basicConfig(level=logging.ERROR, format="%(message)s", stream=sys.stderr)
    try:
        return int(args.run(args, rest))
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted: nothing half-made was published; run it again", file=sys.stderr)
        return 130


def _add_normalize(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "normalize",
        help="raw datasets to manifests",
        description="Read every dataset found below RAW (folders or the official .zip files) and "
        "publish DATA/manifests/<dataset>/<split>. What is refused stands in quarantine.parquet; "
        "what is absent is named, with where to get it. Unknown options go to Apache Beam.",
    )
    parser.add_argument("--raw", type=Path, required=True, help="folder with RAW/<dataset>/...")
    parser.add_argument("--data", type=Path, required=True, help="folder to publish below")
    parser.add_argument("--only", nargs="+", default=[], metavar="DATASET", help="just these")
    parser.set_defaults(run=_normalize)


def _normalize(args: argparse.Namespace, beam_options: list[str]) -> int:
    from pipelines.normalize import describe, normalize

    manifests, absent = normalize(args.raw.resolve(), args.data.resolve(), args.only, beam_options)
    print(describe(manifests))
    if not (args.raw / "samples.json").is_file():  # sample corpora are complete as they are
        for item in absent:
            print(f"absent: {item.name}: {item.advice}", file=sys.stderr)
    return 0


def _add_statistics(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "statistics",
        help="statistics of the pictures, for checks and report",
        description="Measure the pictures of every manifest (perceptual hash, brightness, "
        "sharpness, ...) into DATA/statistics/<dataset>/<split>. What is known of a picture's "
        "digest is taken over; a manifest that did not change is skipped. Unknown options go to "
        "Apache Beam.",
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with the manifests")
    parser.add_argument(
        "--raw", type=Path, help="folder of the pictures (default: where normalize read them)"
    )
    parser.set_defaults(run=_statistics)


def _statistics(args: argparse.Namespace, beam_options: list[str]) -> int:
    from pipelines.statistics import statistics

    raw = args.raw.resolve() if args.raw else None
    for line in statistics(args.data.resolve(), raw, beam_options):
        print(line)
    return 0


def _add_shard(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "shard",
        help="manifests to MindRecord shards",
        description="Write the images of a mix as MindRecord files, DATA/shards/<mix>, unless they "
        "are there and made from the same manifests. Unknown options go to Apache Beam.",
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
    parser.set_defaults(run=_shard)


def _shard(args: argparse.Namespace, beam_options: list[str]) -> int:
    from pipelines.shard import shard

    raw = args.raw.resolve() if args.raw else None
    for line in shard(args.data.resolve(), args.mix, raw, args.force, beam_options):
        print(line)
    return 0


def _add_samples(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "samples",
        help="make sample corpora of all datasets in their native formats",
        description="Write synthetic pictures with exact annotations, in the native layout and "
        "with the quirks of each dataset, below RAW/<dataset>.",
    )
    parser.add_argument("--raw", type=Path, required=True, help="folder to write below")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same bytes (default 1)")
    parser.set_defaults(run=_samples)


def _samples(args: argparse.Namespace, rest: list[str]) -> int:
    from pipelines.samples import make_all

    if rest:
        raise UserError(f"samples does not know {' '.join(rest)}")
    make_all(args.raw.resolve(), args.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
