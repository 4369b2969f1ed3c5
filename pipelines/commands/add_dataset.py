"""``add-dataset``: the folder of a new dataset."""

import argparse
from pathlib import Path

from pipelines.commands.shared import refuse_rest


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's name, help and options."""
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
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, rest: list[str]) -> int:
    """Do it; the exit status. Raises UserError."""
    from pipelines.scaffold import add_dataset, left_to_fill_in

    refuse_rest(args, rest)
    files = [_shown(path) for path in add_dataset(args.name, args.like)]
    print("made:", *files, sep="\n  ")
    print("to fill in:", *left_to_fill_in(files), sep="\n  ")
    print(f"then: python -m pytest tests/pipelines/datasets -k {args.name}")
    return 0


def _shown(path: Path) -> Path:
    """From the current folder, where it is below that."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
