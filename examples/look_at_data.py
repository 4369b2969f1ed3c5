"""What a manifest holds: counts, regions with the line each came from, what was refused, a picture.

    python examples/look_at_data.py [--data data/samples] [--manifest icdar15/train]

The sample data are made by `make data`.
"""

import argparse
import sys
import textwrap
from pathlib import Path

import cv2

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from manifests import images
from manifests.drawing import draw_regions
from manifests.errors import UserError
from manifests.pictures import read_picture
from manifests.reading import open_manifest

FEW = 10


def look(data: Path, name: str, out: Path) -> None:
    dataset, split = name.split("/")
    manifest = open_manifest(data, dataset, split)
    manifest.verify()  # the files are those that were published

    rows = list(manifest.rows())  # a dict an image; its regions are a list inside
    regions = [region for row in rows for region in row["regions"]]
    care = sum(region["care"] for region in regions)
    print(f"{manifest.name}: {len(rows)} images, {care} regions, {len(regions) - care} don't-care")

    # The first image with text: each region leads back to its line.
    row = next(row for row in rows if row["regions"])
    print(f"\n{row['image_id']}, {row['width']}x{row['height']}, from {row['annotation_uri']}")
    for region in row["regions"]:
        raw = textwrap.shorten(region["raw"], 100)  # an element of JSON has many lines
        print(f"  line {region['source_line']}: {raw}  ->  {region['text']!r}")

    # What was refused, and why; regions that went with their image are but counted.
    batches = manifest.batches("quarantine")
    refused = [it for batch in batches for it in batch.to_pylist()]
    alone = [it for it in refused if it["reason"] != "image_refused"]
    print(f"\nrefused: {len(alone)}, and {len(refused) - len(alone)} regions of refused images")
    for it in alone[:FEW]:
        line = f", line {it['source_line']}" if it["source_line"] else ""
        print(f"  {it['kind']} {it['reason']}: {it['source_uri']}{line}: {it['detail']}")

    # The picture, rotated as EXIF says and checked against its digest. OpenCV writes BGR.
    picture = images.decode(read_picture(row, manifest.raw_root))
    cv2.imwrite(str(out), draw_regions(picture.pixels, row["regions"])[..., ::-1])
    print(f"\npicture: {out}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--data", type=Path, default=Path("data/samples"), help="folder with manifests/"
    )
    parser.add_argument(
        "--manifest", default="icdar15/train", metavar="DATASET/SPLIT", help="what to look at"
    )
    parser.add_argument("--out", type=Path, default=Path("look.png"), help="PNG file to write")
    args = parser.parse_args()
    try:
        look(args.data, args.manifest, args.out)
    except UserError as error:
        sys.exit(f"error: {error}")
