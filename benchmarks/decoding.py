"""What each part of the decoding is worth: one checkpoint, one forward pass, many settings.

    python -m benchmarks.decoding --checkpoint C --data DATA --mix icdar15_val [--try KEY=V1,V2 ...]

Without ``--try`` the ablation: the settings as they are, then without side refinement, without the
split at the sides, with upright boxes, with the gap of the paper. With it a grid over the values
given, best first. A grid is for a validation mix, never for a mix that is reported on.
"""

import argparse
import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from manifests.errors import UserError
from manifests.mixes import load_mix
from manifests.shardset import open_shards
from model.environment import prepare
from model.pretrained import resolve

ABLATION: dict[str, list[str]] = {
    "as it is": [],
    "no side refinement": ["lines.refine_sides=false"],
    "no split at the sides": ["lines.split_at_sides=false"],
    "neither": ["lines.refine_sides=false", "lines.split_at_sides=false"],
    "neither, gap 16": ["lines.refine_sides=false", "lines.split_at_sides=false", "lines.gap=16"],
    "gap 50, no split": ["lines.gap=50", "lines.split_at_sides=false"],
    "upright boxes": [],
}


def main() -> None:
    """Parse the command line, run the network once, print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checkpoint", required=True, type=Path)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--mix", default="icdar15_val")
    parser.add_argument("--protocol", default="iou", choices=("deteval", "icdar2013", "iou"))
    parser.add_argument("--images", type=int, default=0, help="only so many (default: all)")
    parser.add_argument("--set", action="append", default=[], dest="changes", metavar="KEY=VALUE")
    parser.add_argument("--try", action="append", default=[], dest="grid", metavar="KEY=V1,V2")
    parser.add_argument("--top", type=int, default=15, help="rows of the grid to print")
    parser.add_argument("--json", type=Path, help="write the table there too")
    args = parser.parse_args()
    if args.grid and any(member.split == "test" for member in load_mix(args.mix).members):
        raise SystemExit(f"{args.mix} holds a test split: settings are not chosen on it")
    try:
        rows = measure(args)
    except UserError as error:
        raise SystemExit(f"error: {error}") from error
    print(f"{args.protocol} on {args.mix}\n{'precision':>9}{'recall':>9}{'hmean':>9}  settings")
    for row in rows[: args.top if args.grid else None]:
        figures = "".join(f"{row[name]:>9.4f}" for name in ("precision", "recall", "hmean"))
        print(f"{figures}  {row['name']}")
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n")


def measure(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Scores of every variant."""
    prepare("CPU")
    from model.checkpoints import load
    from model.config import with_changes
    from model.decoding_changes import with_decoding
    from model.evaluate import load_truths, score_lines
    from model.predictor import predictor_of, text_lines

    shards = open_shards(args.data, args.mix)
    checkpoint = load(resolve(args.checkpoint))
    config = with_decoding(checkpoint.config, args.changes)
    outputs = dict(_outputs(predictor_of(checkpoint, config, "CPU"), shards, args.images))
    truths = load_truths(args.data, shards)
    if args.images:
        truths = type(truths)(
            {key: truths.rectangles[key] for key in outputs},
            {key: truths.quadrilaterals[key] for key in outputs},
            {key: truths.fingerprints[key] for key in outputs},
        )
    rows = []
    for name, changes in _variants(args.grid):
        settings = with_changes(config, changes)
        lines = {key: text_lines(value, settings) for key, value in outputs.items()}
        if name == "upright boxes":
            lines = {key: _upright(value) for key, value in lines.items()}
        score = score_lines(truths, lines)[args.protocol]
        rows.append({"name": name, **score.summary()})
    return sorted(rows, key=lambda row: -row["hmean"]) if args.grid else rows


def _variants(grid: list[str]) -> Iterator[tuple[str, list[str]]]:
    if not grid:
        yield from ABLATION.items()
        return
    keys = [entry.partition("=")[0] for entry in grid]
    values = [entry.partition("=")[2].split(",") for entry in grid]
    for chosen in itertools.product(*values):
        changes = [f"{key}={value}" for key, value in zip(keys, chosen, strict=True)]
        yield " ".join(changes), changes


def _outputs(predictor: Any, shards: Any, limit: int) -> Iterator[tuple[str, Any]]:
    from model.shards import read_samples

    total = min(limit or shards.images, shards.images)
    for sample in tqdm(itertools.islice(read_samples(shards), total), total=total, unit="image"):
        yield sample.image_id, predictor.outputs(sample.image)


def _upright(lines: Any) -> Any:
    left, top, right, bottom = lines.boxes.T
    corners = [left, top, right, top, right, bottom, left, bottom]
    return replace(lines, quads=np.stack(corners, axis=1).reshape(-1, 4, 2))


if __name__ == "__main__":
    cv2.setNumThreads(1)
    main()
