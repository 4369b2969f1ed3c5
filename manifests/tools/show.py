"""``python -m manifests show``: one picture with its regions."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from manifests import images
from manifests.drawing import draw_regions
from manifests.errors import UserError
from manifests.pictures import read_picture
from manifests.reading import Manifest
from manifests.selecting import find_image
from manifests.storage.address import Root


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "show",
        help="draw an image with its regions and list them",
        description="Draw an image with its regions, numbered (green: care; red: don't-care; "
        "yellow: the region that was named; a dot: the corner where the text begins), and print "
        "for each number the region, its file and line, and its text. Regions in quarantine are "
        "listed; they have no place in the picture.",
    )
    parser.add_argument(
        "image_id", metavar="IMAGE_ID", help="such as icdar15/train/img_1, or a region, .../img_1#3"
    )
    parser.add_argument("--data", type=Path, required=True, help="folder that holds manifests/")
    parser.add_argument("--raw", type=Path, help="folder of the pictures, if they moved")
    parser.add_argument("--out", type=Path, help="PNG file to write (without: the list alone)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the picture, print the list."""
    if args.out and args.out.suffix.lower() != ".png":
        raise UserError(f"the picture is a PNG file; give --out {args.out.with_suffix('.png')}")
    manifest, row = find_image(args.data, args.image_id)
    focus = args.image_id if "#" in args.image_id else None
    if focus and focus not in [region["region_id"] for region in row["regions"]]:
        raise UserError(f"{row['image_id']} has no region {focus}; `show {row['image_id']}` lists")
    shown = shown_image(manifest, row)
    if args.out:
        write_picture(args.out, row, args.raw or manifest.raw_root, focus)
    if args.json:
        print(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        print("\n".join(describe(shown)))
        if args.out:
            print(f"picture: {args.out}")
    return 0


def shown_image(manifest: Manifest, row: dict[str, Any]) -> dict[str, Any]:
    """All that is known of an image; its regions with their ``number`` in the picture, and its
    rows of quarantine."""
    refused = [
        refusal
        for batch in manifest.batches("quarantine")
        for refusal in batch.to_pylist()
        if refusal["image_id"] == row["image_id"]
    ]
    numbered = [{"number": n, **region} for n, region in enumerate(row["regions"], 1)]
    return {**row, "regions": numbered, "quarantined": refused}


def describe(shown: dict[str, Any]) -> Iterator[str]:
    """The list that a person reads."""
    care = sum(region["care"] for region in shown["regions"])
    yield (
        f"{shown['image_id']}: {shown['width']}x{shown['height']} {shown['format']} "
        f"{shown['mode']}, {len(shown['regions'])} regions, {care} of them care, "
        f"{len(shown['quarantined'])} in quarantine"
        + ("" if shown["exhaustive"] else "; other text may stand unlabelled")
    )
    yield f"{shown['image_uri']} (sha256 {shown['image_sha256'][:16]})"
    for region in shown["regions"]:
        text = "no text" if region["text"] is None else repr(region["text"])
        why = "" if region["care"] else f"  don't-care: {region['ignore_reason']}"
        place = _place(shown["annotation_uri"], region["source_line"])
        yield f"{region['number']:>4}  {region['region_id']}  {place}  {text}{why}"
    for row in shown["quarantined"]:
        place = _place(row["source_uri"], row["source_line"])
        yield f"   -  quarantined {row['kind']}  {place}  {row['reason']}: {row['detail']}"
        if row["raw"]:
            yield f"      {row['raw']!r}"


def write_picture(out: Path, row: dict[str, Any], root: Root, focus: str | None) -> None:
    """Draw an image into a PNG file, whole or not at all. Raises UserError."""
    picture = images.decode(read_picture(row, root))
    data = images.encode_png(draw_regions(picture.pixels, row["regions"], focus))
    scratch = out.with_name(f".{out.name}.part")
    try:
        scratch.write_bytes(data)
        scratch.replace(out)
    except OSError as error:
        raise UserError(f"cannot write {out}: {error.strerror}; give another --out") from error
    finally:
        if scratch.is_file():
            scratch.unlink()


def _place(uri: str, line: int | None) -> str:
    return uri if line is None else f"{uri}:{line}"
