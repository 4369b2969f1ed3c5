"""Score a detector, then read from the tables what it missed, down to the line of the annotation.

    python examples/evaluate.py [--data data/samples] [--mix icdar15_val] [--checkpoint lite]

The sample data are made by `make data`. Tables and keys: docs/scores.md.
"""

import argparse
import json
import sys
import textwrap
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from model.__main__ import main as model  # before NumPy loads


def score(args: argparse.Namespace) -> None:
    """`python -m model evaluate`, without its pages."""
    where = ["--data", str(args.data), "--mix", args.mix, "--out", str(args.out)]
    changes = [word for change in args.set for word in ("--set", change)]
    status = model(["evaluate", "--checkpoint", args.checkpoint, *where, "--no-report", *changes])
    if status:  # it has said why
        sys.exit(status)


def read(folder: Path, protocol: str, rows: int) -> None:
    import pyarrow.parquet as pq

    # The figures. One without the name of its protocol means nothing.
    figures = json.loads((folder / "evaluation.json").read_text())["protocols"][protocol]
    low, high = figures["interval"]["hmean"] or ("?", "?")
    print(f"\n{protocol}: hmean {figures['hmean']}, with 95 % between {low} and {high}")

    # A row a ground truth: what became of it, and the line it comes from.
    truths = pq.read_table(folder / "truths.parquet").to_pylist()
    care = [row for row in truths if row["care"]]
    print("outcomes:", dict(Counter(row[f"{protocol}_outcome"] for row in care)))

    lost = [row for row in care if row[f"{protocol}_outcome"] in ("missed", "low_overlap")]
    for row in sorted(lost, key=lambda row: -(row["height"] or 0))[:rows]:
        print(f"  {row['height']:.0f} px high, IoU {row['best_iou'] or 0:.2f}: {row['text']!r}")
        print(f"    {row['annotation_uri']}, line {row['source_line']}: {one_line(row['raw'])}")


def one_line(raw: str) -> str:
    """An annotation as it stood, which may be an element of many lines."""
    return textwrap.shorten(raw, 120)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--data", type=Path, default=Path("data/samples"), help="shards and manifests"
    )
    parser.add_argument("--mix", default="icdar15_val", help="what to score on")
    parser.add_argument("--checkpoint", default="lite", help="a file, a run's folder, or lite")
    protocols = ("deteval", "icdar2013", "iou")
    parser.add_argument("--protocol", choices=protocols, default="iou", help="whose figures")
    parser.add_argument("--out", type=Path, default=Path("evaluation"), help="folder to write")
    parser.add_argument("--rows", type=int, default=5, help="ground truths to show")
    change = "change a threshold, such as lines.min_score=0.8; may stand several times"
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help=change)
    return parser


if __name__ == "__main__":
    args = build_parser().parse_args()
    score(args)
    read(args.out, args.protocol, args.rows)
