"""``normalize``: raw datasets, or pictures of one's own, to manifests."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from manifests.errors import UserError
from pipelines.commands.shared import add_explain, explain_plan, say

if TYPE_CHECKING:
    from pipelines.renew import Renewed


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's name, help and options."""
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
    add_explain(parser)
    _add_source(parser.add_argument_group("one split of a dataset of your own"))
    parser.set_defaults(run=run)


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


def run(args: argparse.Namespace, beam_options: list[str]) -> int:
    """Do it; the exit status. Raises UserError."""
    from pipelines.plan import told
    from pipelines.renew import find, renew

    if args.source or args.raw is None:
        return _normalize_source(args, beam_options)
    if args.name or args.images or args.annotations:
        raise UserError("--name, --images and --annotations belong to --source, which says how")
    raw, data = args.raw.resolve(), args.data.resolve()
    if args.explain:
        return explain_plan(args, lambda: find(raw, data, args.only, args.full).told())
    done = renew(raw, data, args.only, beam_options, args.full)
    _say_made(done)
    if _looks_for_all(args):
        for line in told(done.absent):
            print(f"absent: {line}", file=sys.stderr)
    return 0


def _say_made(done: "Renewed") -> int:
    """What normalize did. A split of which nothing was kept is no error: it may be the annotations
    alone of pictures that come later."""
    from pipelines.ledger_table import describe, nothing_kept

    say([*done.said, describe(done.manifests)])
    for warning in nothing_kept(done.manifests):
        print(f"warning: {warning}", file=sys.stderr)
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
        return explain_plan(args, lambda: find_source(raw, data, source, args.full).told())
    done = renew_source(raw, data, source, beam_options, args.full)
    return _say_made(done)
