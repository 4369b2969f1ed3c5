"""Write a detector as ONNX, and find text with the file, without MindSpore.

python examples/export.py [PICTURE] [--checkpoint lite] [--out lite.onnx]
"""

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from model import Detector
from model.__main__ import main as model


def export(checkpoint: str, out: Path) -> None:
    """`python -m model export`: one file for pictures of any size."""
    words = ["--format", "ONNX", "--dynamic", "--checkpoint", checkpoint, "--out", str(out)]
    if status := model(["export", *words]):  # it has said why
        sys.exit(status)


def detect(picture: Path, file: Path) -> None:
    """What the file finds, surest line first."""
    detector = Detector.load(str(file))
    began = time.monotonic()
    found = detector.detect(picture)
    seconds = time.monotonic() - began
    print(f"{picture}: {found.width}x{found.height}, {len(found)} lines in {seconds:.1f} s")
    for line in found:
        left, top, right, bottom = (round(side) for side in line.box)
        print(f"  {line.score:.2f}  {left} {top} {right} {bottom}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    default = ROOT / "docs" / "pictures" / "poster.jpg"
    parser.add_argument("picture", nargs="?", type=Path, default=default, help="to look at")
    parser.add_argument("--checkpoint", default="lite", help="a file, a run's folder, or lite")
    parser.add_argument("--out", type=Path, default=Path("lite.onnx"), help="file to write")
    args = parser.parse_args()
    export(args.checkpoint, args.out)
    detect(args.picture, args.out)
