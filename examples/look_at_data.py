"""What a manifest holds: counts, regions with the line each came from, what was refused, a picture.

    python examples/look_at_data.py [--data data/samples] [--manifest icdar15/train]

The sample data are made by `make data`.
"""

import argparse
import sys
from pathlib import Path

import cv2

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from manifests import images
from manifests.drawing import draw_regions
from manifests.errors import UserError
from manifests.pictures import read_picture
from manifests.reading import open_manifest


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
        print(f"  line {region['source_line']}: {region['raw']}  ->  {region['text']!r}")

    # What was refused, and why.
    for batch in manifest.batches("quarantine"):
        for refused in batch.to_pylist():
            print(f"refused: {refused['kind']} {refused['reason']}: {refused['source_uri']}")

    # The picture, rotated as EXIF says and checked against its digest. OpenCV writes BGR.
    picture = images.decode(read_picture(row, manifest.raw_root))
    cv2.imwrite(str(out), draw_regions(picture.pixels, row["regions"])[..., ::-1])
    print(f"\npicture: {out}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("data/samples"))
    parser.add_argument("--manifest", default="icdar15/train", metavar="DATASET/SPLIT")
    parser.add_argument("--out", type=Path, default=Path("look.png"), help="PNG file to write")
    args = parser.parse_args()
    try:
        look(args.data, args.manifest, args.out)
    except UserError as error:
        sys.exit(f"error: {error}")
