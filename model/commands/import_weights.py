"""``python -m model import-weights``: weights of others, as a checkpoint of this project."""

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from manifests.errors import UserError
from model.commands.options import add_preset, check_out
from model.environment import prepare

if TYPE_CHECKING:
    from model.weights.importing import Imported

LOG = logging.getLogger(__name__)

_KINDS = ("npz", "torchvision", "ctpn", "twin")

_DESCRIPTION = """\
Bring weights in from elsewhere and write them as a checkpoint. Kinds:

  npz          VGG16 of the Oxford (Caffe) release: conv1_1.weight ... conv5_3.bias, BGR input
  torchvision  vgg16 or vgg16_bn of torchvision, .pth or .safetensors; its classifier is left out
  ctpn         the public MindSpore CTPN, .ckpt: a whole detector, or its VGG16
  twin         a .safetensors with a config in its metadata (a detector in full or half precision)

npz, torchvision and a VGG16 of ctpn make a backbone, for `train --backbone`; a whole ctpn and twin
make a detector, for `train --checkpoint` and `evaluate`. Nothing that a file asks to be run is run.
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare ``import-weights`` and its arguments."""
    parser = subparsers.add_parser(
        "import-weights",
        help="bring in weights of VGG16 or of another CTPN",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", type=Path, metavar="SRC", help="the file to read")
    parser.add_argument(
        "--out", required=True, type=Path, metavar="FILE.ckpt", help="the file made"
    )
    add_preset(parser, "full; a twin has its own", "the network that the weights are for: ")
    parser.add_argument(
        "--kind", default="auto", choices=("auto", *_KINDS), help="default: auto, by the names"
    )
    parser.add_argument(
        "--lstm",
        choices=("rnn", "rnn2"),
        help="which LSTM of a public CTPN to take, where it cannot be told which one was trained",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Import, write the checkpoint and say what to do with it. Raises UserError."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    check_out(args.out, ".ckpt", args.source)
    prepare()
    from model.weights.importing import import_weights

    kind = None if args.kind == "auto" else args.kind
    imported = import_weights(args.source, kind, args.preset, args.lstm)
    for note in imported.notes:
        LOG.info("%s: %s", args.source, note)
    write(imported, args.source, args.out)
    return 0


def write(imported: "Imported", source: Path, out: Path) -> None:
    """Write the checkpoint, and for a detector its config beside it as a preset. Raises UserError,
    with nothing written, where that would take the place of another file."""
    from model.checkpoints import save
    from model.files import write_text
    from model.weights.fitting import fitted

    preset, config = out.with_suffix(".yaml"), imported.config.to_yaml()
    if imported.whole:
        check_preset(preset, config)
    try:
        save(out, fitted(imported, source), imported.config, imported.step)
        if imported.whole:
            write_text(preset, config)
    except OSError as error:
        raise UserError(f"cannot write {out}: {error.strerror}; give another --out") from error
    use = f"--checkpoint {out} --preset {preset}" if imported.whole else f"--backbone {out}"
    task = "finetune" if imported.whole else "pretrain"
    print(f"{out}: {len(imported.parameters)} parameters")
    print(f"next: python -m model train --task {task} {use}")


def check_preset(path: Path, config: str) -> None:
    """Raise UserError where the place of the preset holds anything but that config."""
    if not path.exists() or (path.is_file() and path.read_bytes() == config.encode()):
        return
    raise UserError(
        f"the detector's config belongs beside it, in {path}, where something else is; move that "
        "away, or give another --out"
    )
