"""``python -m pipelines COMMAND``: raw files to manifests, manifests to shards.

Options that a command does not know go to Apache Beam: --runner, --direct_num_workers, ...
"""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from manifests.errors import UserError, require_docstrings
from manifests.storage.edge import FINDINGS, MANIFESTS, Needs, settled

if TYPE_CHECKING:
    from pipelines.renew import Renewed

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
    _add_normalize(commands)
    _add_decide(commands)
    _add_statistics(commands)
    _add_shard(commands)
    _add_samples(commands)
    _add_dataset(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 is success, 2 an error that the message explains."""
    args, rest = build_parser().parse_known_args(argv)
    logging.basicConfig(level=logging.ERROR, format="%(message)s", stream=sys.stderr)
    try:
        require_docstrings()
        with settled(args, _NEEDS.get(args.command, Needs((), raw=False))):
            return int(args.run(args, rest))
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {error}; free it, or give another --data", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted: nothing half-made was published; run it again", file=sys.stderr)
        return 130


def _add_normalize(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "normalize",
        help="raw datasets, or pictures of your own, to manifests",
        description="Read every dataset found below RAW (folders or the official .zip files) and "
        "publish DATA/manifests/<dataset>/<split>. What is refused stands in quarantine.parquet; "
        "what is absent is named, with where to get it. RAW/sources.yaml adds datasets of your "
        "own; --source reads one split of one, wherever it lies, without RAW (docs/datasets.md). "
        "Unknown options go to Apache Beam.",
    )
    parser.add_argument("--raw", type=Path, help="folder with RAW/<dataset>/...")
    parser.add_argument("--data", type=Path, required=True, help="folder to publish below")
    parser.add_argument("--only", nargs="+", default=[], metavar="DATASET", help="just these")
    parser.add_argument(
        "--full",
        action="store_true",
        help="read every file again, also where its size and times say that it has not changed",
    )
    _add_explain(parser)
    _add_source(parser.add_argument_group("one split of a dataset of your own"))
    parser.set_defaults(run=_normalize)


def _add_explain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--explain", action="store_true", help="say what would be done and why, and do nothing"
    )


def _add_source(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--source",
        choices=("coco", "labelme", "rrc"),
        help="what the annotations are: one JSON file in the form of COCO, a JSON file of labelme "
        "for each picture, or a gt_<picture>.txt for each (Robust Reading Competition)",
    )
    group.add_argument("--name", help="what to call the dataset")
    group.add_argument("--images", type=Path, metavar="DIR", help="folder or .zip of the pictures")
    group.add_argument(
        "--annotations",
        type=Path,
        metavar="PATH",
        help="the JSON file (coco), or the folder or .zip (default: DIR)",
    )
    group.add_argument(
        "--split", default="train", choices=("train", "val", "test"), help="(default: train)"
    )
    group.add_argument(
        "--not-exhaustive",
        action="store_true",
        help="text stands in the pictures that nobody labelled: only what is close to a label is "
        "learnt as background",
    )
    group.add_argument("--card", type=Path, metavar="FILE", help="Markdown to tell of it in pages")


def _normalize(args: argparse.Namespace, beam_options: list[str]) -> int:
    from pipelines.plan import told
    from pipelines.renew import find, renew

    if args.source or args.raw is None:
        return _normalize_source(args, beam_options)
    if args.name or args.images or args.annotations:
        raise UserError("--name, --images and --annotations belong to --source, which says how")
    raw, data = args.raw.resolve(), args.data.resolve()
    if args.explain:
        return _explain(args, lambda: find(raw, data, args.only, args.full).told())
    done = renew(raw, data, args.only, beam_options, args.full)
    _say_made(done)
    if _looks_for_all(args):
        for line in told(done.absent):
            print(f"absent: {line}", file=sys.stderr)
    return 0


def _explain(args: argparse.Namespace, plan: Callable[[], Sequence[str]]) -> int:
    """Say what a command would do now; what follows normalize has nothing to look at before it."""
    from manifests.reading import find_manifests

    waits = args.command != "normalize" and not find_manifests(args.data)
    lines = ["would be run, once there are manifests"] if waits else plan()
    return _say([f"{args.command}: {line}" for line in lines])


def _say_made(done: "Renewed") -> int:
    """What normalize did. A split of which nothing was kept is no error: it may be the annotations
    alone of pictures that come later."""
    from pipelines.ledger_table import describe, nothing_kept

    _say([*done.said, describe(done.manifests)])
    for warning in nothing_kept(done.manifests):
        print(f"warning: {warning}", file=sys.stderr)
    return 0


def _say(lines: Sequence[str]) -> int:
    print("\n".join(lines))
    return 0


def _looks_for_all(args: argparse.Namespace) -> bool:
    """Sample corpora are complete as they are, and who has data of his own needs no other."""
    files = ("samples.json",) if args.only else ("samples.json", "sources.yaml")
    return not any((args.raw / name).is_file() for name in files)


def _normalize_source(args: argparse.Namespace, beam_options: list[str]) -> int:
    from pipelines.renew import find_source, renew_source
    from pipelines.sources.definition import Source, locate, read_card

    needed = {"--source": args.source, "--name": args.name, "--images": args.images}
    if missing := [option for option, value in needed.items() if not value]:
        raise UserError(f"give --raw RAW, or, for data of your own, {' and '.join(missing)}")
    if args.raw or args.only:
        raise UserError("--source reads what --images names; leave out --raw and --only")
    card = read_card(args.card) if args.card else None
    source = Source(args.name, args.source, args.split, "", "", not args.not_exhaustive, card)
    raw, source = locate(source, args.images, args.annotations or args.images)
    data = args.data.resolve()
    if args.explain:
        return _explain(args, lambda: find_source(raw, data, source, args.full).told())
    done = renew_source(raw, data, source, beam_options, args.full)
    return _say_made(done)


def _add_decide(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "decide",
        help="apply a person's decisions to the manifests",
        description="Apply decisions (drop this image, ignore this region) to the manifests below "
        "DATA: a dropped image goes to quarantine with its regions, an ignored region becomes "
        "don't-care, and manifest.json says so. Decisions that were withdrawn are undone. Raw data "
        "is never touched. Write decisions with `python -m validation decide`.",
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with the manifests")
    _add_decisions(parser)
    parser.add_argument(
        "--strict",
        action="store_true",
        help="change nothing where a decision fits no image or region any more (default: say so, "
        "leave it out, and go on)",
    )
    _add_explain(parser)
    parser.set_defaults(run=_decide)


def _decide(args: argparse.Namespace, rest: list[str]) -> int:
    from pipelines.decide import decide, explain

    if rest:
        raise UserError(f"decide does not know {' '.join(rest)}")
    if args.explain:
        return _explain(args, lambda: explain(args.data.resolve(), args.decisions))
    for line in decide(args.data.resolve(), args.decisions, args.strict):
        print(line)
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
    _add_explain(parser)
    parser.set_defaults(run=_statistics)


def _statistics(args: argparse.Namespace, beam_options: list[str]) -> int:
    from pipelines.statistics import explain, statistics

    if args.explain:
        return _explain(args, lambda: explain(args.data.resolve()))
    raw = args.raw.resolve() if args.raw else None
    for line in statistics(args.data.resolve(), raw, beam_options):
        print(line)
    return 0


def _add_decisions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--decisions",
        type=Path,
        metavar="FOLDER",
        help="folder of decisions, *.yaml (default: validation/decisions of the project)",
    )


def _add_shard(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
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
    _add_explain(parser)
    parser.add_argument(
        "--allow-leaks",
        action="store_true",
        help="write a mix that trains on pictures of a test split all the same",
    )
    _add_decisions(parser)
    parser.set_defaults(run=_shard)


def _shard(args: argparse.Namespace, beam_options: list[str]) -> int:
    from pipelines.leak_gate import refuse_leaks
    from pipelines.shard import find, shard

    if args.explain:
        return _explain(args, lambda: find(args.data.resolve(), args.mix, args.force).planned())
    data, raw = args.data.resolve(), args.raw.resolve() if args.raw else None
    for warning in refuse_leaks(data, args.mix, args.decisions, args.allow_leaks):
        print(f"warning: {warning}", file=sys.stderr)
    for line in shard(data, args.mix, raw, args.force, beam_options):
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


def _add_dataset(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "add-dataset",
        help="the folder of a new dataset, to be changed into what you want",
        description="Make pipelines/datasets/NAME, a dataset that works on a made-up sample of its "
        "own format, with a test; and say what is left to fill in (docs/datasets.md). Pictures "
        "with annotations as COCO, labelme or text files need no code: see normalize --source.",
    )
    parser.add_argument("name", metavar="NAME", help="small letters, digits and _")
    parser.add_argument(
        "--like",
        choices=("icdar15", "coco_text", "svt"),
        default="icdar15",
        help="where its annotations stand: a text file for each picture (icdar15, the default), "
        "one JSON file for all (coco_text), or an XML file for each split (svt)",
    )
    parser.set_defaults(run=_scaffold)


def _scaffold(args: argparse.Namespace, rest: list[str]) -> int:
    from pipelines.scaffold import add_dataset, left_to_fill_in

    if rest:
        raise UserError(f"add-dataset does not know {' '.join(rest)}")
    files = [_shown(path) for path in add_dataset(args.name, args.like)]
    print("made:", *files, sep="\n  ")
    print("to fill in:", *left_to_fill_in(files), sep="\n  ")
    print(f"then: python -m pytest tests/pipelines/datasets -k {args.name}")
    return 0


def _shown(path: Path) -> Path:
    """From the current folder, where it is below that."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


if __name__ == "__main__":
    sys.exit(main())
