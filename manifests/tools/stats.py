"""``python -m manifests stats``: counts and distributions of manifests."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from manifests.quantities import COLUMNS, IMAGE_QUANTITIES, REGION_QUANTITIES, Values, measure
from manifests.reading import Manifest
from manifests.selecting import select

QUANTILES = {"min": 0.0, "5%": 0.05, "25%": 0.25, "50%": 0.5, "75%": 0.75, "95%": 0.95, "max": 1.0}
PUBLISHED = ("images", "regions", "dont_care")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "stats",
        help="count images and regions, and the quantiles of their sizes, shapes and texts",
        description="For each manifest: images, regions, the share of don't-care and what is in "
        "quarantine, beside the counts that its makers publish; and quantiles of widths, heights, "
        "aspects and tilts of regions, text lengths, regions an image and picture sizes. Regions "
        "that are don't-care are among them.",
    )
    parser.add_argument(
        "names", nargs="*", metavar="DATASET[/SPLIT]", help="just these (default: all)"
    )
    parser.add_argument("--data", type=Path, required=True, help="folder that holds manifests/")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the statistics."""
    found = []
    for manifest in select(args.data, args.names):
        manifest.verify()
        found.append(manifest_stats(manifest))
        if not args.json:
            print("\n".join([*describe(found[-1]), ""]), flush=True)
    if args.json:
        print(json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False))
    return 0


def manifest_stats(manifest: Manifest) -> dict[str, Any]:
    """Counts and quantiles of one manifest, counted from its tables.

    Exact quantiles need all values: 4 bytes for each of them are held, some 20 a region.
    """
    counts = {"images": 0, "regions": 0, "care": 0}
    values: dict[str, list[Values]] = {}
    for table in manifest.batches("images", COLUMNS):
        care = pc.struct_field(pc.list_flatten(table["regions"].combine_chunks()), "care")
        counts["images"] += len(table)
        counts["regions"] += len(care)
        counts["care"] += int(pc.sum(care).as_py() or 0)
        for name, found in measure(table).items():
            values.setdefault(name, []).append(found.astype(np.float32))
    counts["dont_care"] = counts["regions"] - counts["care"]
    share = counts["dont_care"] / counts["regions"] if counts["regions"] else None
    ledger = manifest.info["ledger"]
    return {
        "name": manifest.name,
        "title": manifest.info.get("title"),
        "fingerprint": manifest.fingerprint,
        "counts": {
            **counts,
            "dont_care_share": share,
            "images_quarantined": ledger["images"]["quarantined"],
            "regions_quarantined": ledger["regions"]["quarantined"],
        },
        "published": manifest.info.get("published"),
        "quantiles": {name: quantiles(np.concatenate(found)) for name, found in values.items()},
    }


def quantiles(values: Values) -> dict[str, float] | None:
    """``QUANTILES`` of values that are numbers; None where none is."""
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    found = np.quantile(known, list(QUANTILES.values()))
    return {name: round(float(value), 4) for name, value in zip(QUANTILES, found, strict=True)}


def describe(stats: dict[str, Any]) -> Iterator[str]:
    """The lines that a person reads."""
    counts, published = stats["counts"], stats["published"] or {}
    yield f"{stats['name']}  {stats['title'] or ''}".rstrip()
    for name in PUBLISHED:
        told = published.get(name)
        refused = counts.get(f"{name}_quarantined", 0)
        beside = (
            ""
            if told is None
            else f"  published {told:>9,}" + _verdict(counts[name] + refused, told)
        )
        beside += ", with those in quarantine" if beside and refused else ""
        yield f"  {name:<20}{counts[name]:>9,}{beside}"
    if counts["dont_care_share"] is not None:
        yield f"  {'dont_care share':<20}{counts['dont_care_share']:>9.1%}"
    for name in ("images_quarantined", "regions_quarantined"):
        yield f"  {name:<20}{counts[name]:>9,}"
    if published.get("source"):
        yield f"  published by: {published['source']}"
    yield f"  {'':<20}" + "".join(f"{name:>9}" for name in QUANTILES)
    for name, meaning in {**REGION_QUANTITIES, **IMAGE_QUANTITIES}.items():
        found = stats["quantiles"].get(name)
        if found is not None:
            cells = "".join(f"{value:>9.5g}" for value in found.values())
            yield f"  {name:<20}{cells}  {meaning}"


def _verdict(counted: int, published: int) -> str:
    return "  as published" if counted == published else f"  {counted - published:+,}"
