"""``python -m model pack-weights``: a checkpoint in half precision, to hand on."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from manifests.errors import UserError
from model.commands.options import add_changes, check_out
from model.environment import prepare
from model.pretrained import resolve

if TYPE_CHECKING:
    from model.checkpoints import Checkpoint

_LARGEST = 65504.0


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare ``pack-weights`` and its arguments."""
    parser = subparsers.add_parser(
        "pack-weights",
        help="write a checkpoint as .safetensors in half precision",
        description="Write the network of a checkpoint as .safetensors in half precision, without "
        "the state of its training: a quarter of the size or less, for handing on. Its config "
        "goes along, with thresholds changed by --set. Every command that takes a checkpoint "
        "takes the result. Score it again: half precision and thresholds change the figures.",
    )
    parser.add_argument(
        "checkpoint", type=Path, metavar="CHECKPOINT", help=".ckpt, .safetensors, or a run"
    )
    parser.add_argument("--out", required=True, type=Path, metavar="FILE.safetensors")
    parser.add_argument(
        "--about",
        action="append",
        default=[],
        metavar="KEY=TEXT",
        help="a fact that the file should hold, such as framework=mindspore; may be repeated",
    )
    add_changes(parser, "proposals, lines or the input's size, such as lines.min_score=0.8")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the file and say how large it is. Raises UserError."""
    path = resolve(args.checkpoint)
    check_out(args.out, ".safetensors", path)
    facts = dict(_fact(entry) for entry in args.about)
    prepare()
    from model.checkpoints import load

    pack(load(path), args.out, args.changes, facts)
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.2f} MB")
    return 0


def pack(checkpoint: "Checkpoint", out: Path, changes: list[str], facts: dict[str, str]) -> None:
    """Write the checkpoint in half precision. Raises UserError for numbers that it cannot hold."""
    import numpy as np

    from model.decoding_changes import with_decoding
    from model.files import writing
    from model.weights.safetensors_file import write_safetensors

    arrays = {name: value.asnumpy() for name, value in checkpoint.parameters.items()}
    for name, array in arrays.items():
        largest = np.abs(array).max(initial=0)
        if not largest <= _LARGEST:  # nor is NaN
            raise UserError(f"{name} holds {largest:g}, which half precision cannot hold")
    config = with_decoding(checkpoint.config, changes)
    metadata = {**facts, "config": config.to_yaml(), "step": str(checkpoint.step)}
    with writing(out, "make room, or give another --out"):
        write_safetensors(out, {k: v.astype(np.float16) for k, v in arrays.items()}, metadata)


def _fact(entry: str) -> tuple[str, str]:
    key, separator, text = entry.partition("=")
    if not separator or not key or key in ("config", "step"):
        raise UserError(f"--about {entry}: expected KEY=TEXT, such as framework=mindspore")
    return key, text
