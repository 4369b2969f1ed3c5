"""``python -m manifests export``: pictures and labels in the formats of others."""

import argparse
from pathlib import Path

from manifests.exporting import export
from manifests.exports import FORMATS
from manifests.selecting import select

_WHAT = """\
Write manifests as one data set of another format, whole or not at all; an older export in DIR is
replaced. Pictures that not every program decodes alike (GIF, palette, CMYK, transparent, rotated by
EXIF) become PNG."""
_ABOUT = """\
coco      images/, annotations.json: polygons as segmentation; don't-care: iscrowd 1, ignore 1
icdar     <dataset>/<split>/images, gt/gt_*.txt, gt.zip: x1,y1,...,x4,y4,text, whole pixels; ###
hf        <split>/<dataset>/, <split>/metadata.jsonl: load_dataset("imagefolder", data_dir=DIR)
yolo-obb  images/, labels/, data.yaml: class 0 text, class 1 don't-care; texts/<split>.jsonl;
          where val is not exported, data.yaml names test, else what there is, in its place

coco and hf hold everything to the last digit. icdar rounds to whole pixels, yolo-obb to six
decimals of the picture's size and clips to the picture; both write a polygon of other than four
points as the smallest rectangle around it. What was changed is counted in DIR/export.json."""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "export",
        help="pictures and labels as COCO, RRC texts, an image folder or YOLO-OBB",
        description=_WHAT,
        epilog=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "names", nargs="+", metavar="DATASET/SPLIT", help="what to export; DATASET: all its splits"
    )
    parser.add_argument("--format", choices=tuple(FORMATS), required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds manifests/")
    parser.add_argument("--raw", type=Path, help="folder of the pictures, if they moved")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write")
    parser.add_argument(
        "--link",
        action="store_true",
        help="symbolic links to the pictures; those in archives are copied all the same",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Export, and say what was written."""
    manifests = select(args.data, args.names)
    raw = args.raw.resolve() if args.raw else None
    about = export(manifests, args.format, args.out.resolve(), raw, args.link)
    counts = about["counts"]
    print(
        f"{args.out}: {counts['images']:,} images, {counts['regions']:,} regions, "
        f"{counts['dont_care']:,} of them don't-care"
    )
    for name, number in about["changed"].items():
        if number:
            print(f"  {number:,} {about['changed_means'][name]}")
    return 0
