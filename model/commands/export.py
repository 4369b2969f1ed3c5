"""``python -m model export``: a detector as one file that other programs run."""

import argparse
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from manifests.errors import UserError
from model.commands.options import add_changes, add_thresholds, check_out
from model.environment import prepare
from model.pretrained import DEFAULT, names, resolve

if TYPE_CHECKING:
    from model.export.weights import Weights

FORMATS = ("MINDIR", "AIR", "ONNX")
_MOST = 40_000_000
"""Pixels of a picture, here as elsewhere."""
_SIZE = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})")

_DESCRIPTION = """\
Write a detector as one file. Its input is a picture, uint8 RGB (height, width, 3); resizing and
normalising are part of the graph. Its outputs are the network's, before they become lines:
scores, vertical, side and, with --dynamic, placed. docs/export.md says what they mean.

  ONNX    runs under ONNX Runtime, without MindSpore
  MINDIR  runs under MindSpore and MindSpore Lite
  AIR     of an Ascend's own operators; can be made where one is, and nowhere else

The file says what it was made of (ONNX, MINDIR; beside an AIR stands a .json): config with
thresholds, digest and step of the checkpoint, run, code. `predict --checkpoint FILE` runs ONNX and
MINDIR.
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare ``export`` and its arguments."""
    parser = subparsers.add_parser(
        "export",
        help="write a detector as ONNX, MINDIR or AIR",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        default=Path(DEFAULT),
        metavar="FILE|NAME",
        help="network to export: a file, a run's folder, or the name "
        "of weights that come with the project, "
        f"{', '.join(names())} (default: {DEFAULT})",
    )
    parser.add_argument("--format", required=True, choices=FORMATS, type=str.upper)
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="default: the checkpoint's name, here"
    )
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--dynamic", action="store_true", help="take pictures of any size")
    sizes.add_argument(
        "--size",
        type=_size,
        metavar="WxH",
        help="take pictures of this size alone, such as 1920x1080 (default: the network's input)",
    )
    parser.add_argument(
        "--half",
        action="store_true",
        help="weights in float16, for half the size. An ONNX computes in float32 all the same, the "
        "others in float16 but for the recurrence",
    )
    add_thresholds(parser)
    add_changes(parser, "proposals, lines or the input's size, such as lines.min_score=0.8")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Export, and say what was made. Raises UserError."""
    path = resolve(args.checkpoint)
    out = args.out or Path(f"{path.stem}.{args.format.lower()}")
    check_out(out, f".{args.format.lower()}", path)
    if args.format == "AIR":
        _require_ascend(args, out)
    elif args.format == "MINDIR":
        prepare()
    from model.export.weights import read_weights

    weights = read_weights(path).decided(args.changes, args.thresholds)
    size = args.size or weights.input_size
    _write(weights, out, args.format, None if args.dynamic else size, args.half)
    taken = "any size" if args.dynamic else f"{size[0]}x{size[1]}"
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB, takes pictures of {taken}")
    if args.format != "AIR" and size == weights.input_size:
        print(f"next: python -m model predict --checkpoint {out} PICTURE")
    return 0


def _write(
    weights: "Weights", out: Path, kind: str, picture: tuple[int, int] | None, half: bool
) -> None:
    if kind == "ONNX":
        from model.export.packages import needing

        with needing("onnx"):
            from model.export.onnx_file import build_onnx, write_onnx
        write_onnx(build_onnx(weights, picture, half), out)
        return
    from model.export.mindir_file import write_graph

    write_graph(weights, out, picture, half, kind)


def _require_ascend(args: argparse.Namespace, out: Path) -> None:
    """Make MindSpore ready on an Ascend. Raises UserError where there is none."""
    if args.dynamic:
        raise UserError("an AIR takes pictures of one size; give --size WxH in place of --dynamic")
    try:
        prepare("Ascend")
    except UserError as error:
        typed = ["--checkpoint", str(args.checkpoint), "--format", "AIR", "--out", str(out)]
        typed += ["--size", f"{args.size[0]}x{args.size[1]}"] if args.size else []
        typed += ["--half"] if args.half else []
        typed += ["--thresholds", str(args.thresholds)] if args.thresholds else []
        typed += ["--set", *args.changes] if args.changes else []
        raise UserError(
            "an AIR is made of an Ascend's own operators, so it can only be made where one is. "
            f"There: `python -m model export {shlex.join(typed)}`. --format MINDIR can be made "
            f"here and runs there, too. ({error})"
        ) from error


def _size(text: str) -> tuple[int, int]:
    match = _SIZE.fullmatch(text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r}: expected WIDTHxHEIGHT, such as 1920x1080")
    width, height = int(match[1]), int(match[2])
    if width * height > _MOST:
        raise argparse.ArgumentTypeError(f"{text}: more than {_MOST // 10**6} million pixels")
    return width, height
