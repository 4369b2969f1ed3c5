"""``python -m model overlay``: look at what training would see of an image."""

import argparse
from pathlib import Path

from manifests import images
from manifests.errors import UserError
from manifests.pictures import read_picture
from manifests.selecting import find_image
from model.commands.options import add_preset
from model.preset_files import DEFAULT


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "overlay",
        help="draw regions, slices and positive anchors on an image",
        description="Draw an image at the network's input size with its regions (green; "
        "don't-care red), the slices cut from them (yellow) and the anchors that are positive "
        "(blue): a look at the data before training.",
    )
    parser.add_argument("image_id", help="such as icdar15/train/img_1")
    parser.add_argument("--data", type=Path, required=True, help="folder with the manifests")
    parser.add_argument("--raw", type=Path, help="folder of the pictures, if they moved")
    add_preset(parser, DEFAULT)
    parser.add_argument("--out", type=Path, required=True, help="PNG file to write")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the picture."""
    from model.config import load_config
    from model.overlay import draw, view

    manifest, row = find_image(args.data, args.image_id)
    config = load_config(args.preset or DEFAULT)
    picture = images.decode(read_picture(row, args.raw or manifest.raw_root))
    seen = view(picture.pixels, row["regions"], row["exhaustive"], config)
    try:
        args.out.write_bytes(images.encode_png(draw(seen, config)))
    except OSError as error:
        raise UserError(f"cannot write {args.out}: {error.strerror}; give another --out") from error
    positive = int((seen.targets.labels == 1).sum())
    print(
        f"{args.out}: {len(row['regions'])} regions, {len(seen.slices)} slices, "
        f"{positive} positive anchors"
    )
    return 0
