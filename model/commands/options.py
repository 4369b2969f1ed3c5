"""Arguments that several commands share."""

import argparse
from pathlib import Path

from manifests.errors import UserError
from model.environment import DEVICES
from model.preset_files import preset_names


def add_device(parser: argparse.ArgumentParser, default: str = "default: CPU") -> None:
    """``--device``; ``default``: for the help text."""
    parser.add_argument(
        "--device", default="CPU", choices=DEVICES, help=f"what computes ({default})"
    )


def add_backend(parser: argparse.ArgumentParser) -> None:
    """``--backend``, None where it is not given."""
    parser.add_argument(
        "--backend",
        choices=("mindspore", "mindir", "onnxruntime"),
        help="what runs the network; onnxruntime does without MindSpore, and is the fastest on the "
        "CPU (default: what a .mindir or .onnx file asks for, else mindspore)",
    )


def add_thresholds(parser: argparse.ArgumentParser) -> None:
    """``--thresholds FILE``, None where it is not given."""
    parser.add_argument(
        "--thresholds",
        type=Path,
        metavar="FILE",
        help="decode with the thresholds that `sweep` chose for this checkpoint (default: those "
        "that it holds)",
    )


def add_preset(parser: argparse.ArgumentParser, default: str, about: str = "") -> None:
    """``--preset``, None where it is not given; ``default``, ``about``: for the help text."""
    parser.add_argument(
        "--preset",
        metavar="NAME|FILE.yaml",
        help=f"{about}one of {', '.join(preset_names())}, or a file (default: {default})",
    )


def check_out(out: Path, suffix: str, source: Path) -> None:
    """Raise UserError where a file cannot be made at ``--out`` from ``source``."""
    if out.suffix != suffix:
        raise UserError(f"--out {out}: give it a name that ends with {suffix}")
    if not out.parent.is_dir():
        raise UserError(f"--out {out}: there is no folder {out.parent}")
    if out.is_dir():
        raise UserError(f"--out {out} is a folder; give it the name of a file")
    if out.exists() and source.exists() and out.samefile(source):
        raise UserError(f"--out {out} is the file that is read; give it another name")


def add_changes(parser: argparse.ArgumentParser, what: str) -> None:
    """``--set KEY=VALUE ...``, kept as ``changes``; ``what``: for the help text."""
    parser.add_argument(
        "--set",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        dest="changes",
        help=f"change keys of {what}",
    )


def add_leak_options(parser: argparse.ArgumentParser) -> None:
    """Declare what a person may say about leaks."""
    parser.add_argument(
        "--allow-leaks",
        action="store_true",
        help="train even where DATA/report/findings.parquet, which `python -m validation check` "
        "writes, finds pictures of the mix in a test split too; the lineage will say so",
    )
    parser.add_argument(
        "--decisions",
        type=Path,
        metavar="FOLDER",
        help="folder of people's decisions on pairs of pictures that are no leaks (default: "
        "validation/decisions of the project)",
    )
