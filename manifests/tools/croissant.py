"""``python -m manifests croissant``: datasets and mixes described for others."""

import argparse
from pathlib import Path

from manifests.croissant.bundle import Subject, of_dataset, of_mix, write_bundle
from manifests.errors import UserError
from manifests.mixes import known_mixes, load_mix
from manifests.reading import Manifest
from manifests.selecting import select


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "croissant",
        help="Croissant JSON-LD and a card of a dataset or mix",
        description="Write a folder with croissant.json (Croissant 1.0), the tables that it "
        "describes (images.parquet, regions.parquet with polygons as JSON text) and README.md: "
        "counts, licence and citation from the dataset's card. Pictures are not copied. With "
        "neither a name nor --mix: a folder below DIR for every dataset and every mix.",
    )
    parser.add_argument("name", nargs="?", metavar="DATASET[/SPLIT]", help="what to describe")
    parser.add_argument("--mix", metavar="NAME|FILE.yaml", help="a mix instead of a dataset")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds manifests/")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write")
    parser.add_argument(
        "--cards",
        type=Path,
        metavar="DIR",
        help="folder of <dataset>/CARD.md (default: the cards that the manifests carry)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write, and say what was written."""
    if args.name and args.mix:
        raise UserError("give either a dataset or --mix, not both")
    for subject, out in _wanted(args):
        counted = write_bundle(subject, out.resolve(), args.cards)
        print(f"{out}: {counted.images:,} images, {counted.regions:,} regions")
    return 0


def _wanted(args: argparse.Namespace) -> list[tuple[Subject, Path]]:
    manifests = select(args.data, [args.name] if args.name else [])
    if args.mix:
        return [(of_mix(load_mix(args.mix), manifests), args.out)]
    if args.name:
        return [(of_dataset(manifests), args.out)]
    subjects = [of_dataset(group) for group in _by_dataset(manifests)]
    known = {manifest.name for manifest in manifests}
    for mix in map(load_mix, known_mixes()):
        if any(f"{member.dataset}/{member.split}" in known for member in mix.members):
            subjects.append(of_mix(mix, manifests))
    return [(subject, args.out / subject.name) for subject in subjects]


def _by_dataset(manifests: list[Manifest]) -> list[list[Manifest]]:
    names = dict.fromkeys(manifest.dataset for manifest in manifests)
    return [[m for m in manifests if m.dataset == name] for name in names]
