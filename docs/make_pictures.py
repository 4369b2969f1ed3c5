"""The pictures of README.md: what the detector that comes with the project finds, and what not.

    python -m docs.make_pictures --data DATA

DATA: a folder with the manifests of ICDAR 2015 training (``make data``). Ground truth is drawn
thin (green; don't-care red), what was found thick, as ``python -m model predict`` draws it.
Another choice of windows: ``NAME=IMAGE_ID@LEFT,TOP,RIGHT,BOTTOM`` in pixels of the picture.

The default ones are of the mix ``icdar15_val``, which the detector was not trained on.
"""

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.environment import set_variables

set_variables()  # before NumPy loads

import cv2  # noqa: E402
import numpy as np  # noqa: E402

from manifests import images  # noqa: E402
from manifests.drawing import CARE, DONT_CARE, Pixels  # noqa: E402
from manifests.errors import UserError  # noqa: E402
from manifests.pictures import read_picture  # noqa: E402
from manifests.selecting import find_image  # noqa: E402
from model import Detection, Detector  # noqa: E402
from model.predicting.drawing import FOUND, encode_jpeg  # noqa: E402

WIDTH = 480
MOST_BYTES = 40_000
THIN, THICK = 1, 2
WINDOWS = (
    "slanted=icdar15/train/img_853@460,90,820,330",
    "poster=icdar15/train/img_264@860,230,1280,510",
    "list=icdar15/train/img_327@490,120,910,400",
    "merged=icdar15/train/img_606@110,0,590,320",
    "shelves=icdar15/train/img_360@0,20,720,500",
    "blurred=icdar15/train/img_36@800,80,1100,280",
)
_WINDOW = re.compile(r"([\w-]+)=([^@]+)@(\d+),(\d+),(\d+),(\d+)")


@dataclass(frozen=True)
class Window:
    """A part of a picture; left, top, right, bottom in its pixels."""

    name: str
    image_id: str
    box: tuple[int, int, int, int]

    @classmethod
    def parse(cls, text: str) -> "Window":
        match = _WINDOW.fullmatch(text)
        if not match:
            raise UserError(f"{text!r} is no NAME=IMAGE_ID@LEFT,TOP,RIGHT,BOTTOM")
        name, image_id, *numbers = match.groups()
        left, top, right, bottom = map(int, numbers)
        if left >= right or top >= bottom:
            raise UserError(f"{text!r}: the window is empty")
        return cls(name, image_id, (left, top, right, bottom))


def draw(pixels: Pixels, regions: list[dict[str, Any]], found: Detection, window: Window) -> Pixels:
    """The window, ``WIDTH`` px wide, with ground truth and what was found."""
    left, top, right, bottom = window.box
    part = pixels[top:bottom, left:right]
    if not part.size:
        raise UserError(f"{window.name}: the window lies beyond the picture")
    zoom = WIDTH / part.shape[1]
    kind = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
    canvas = cv2.resize(part, (WIDTH, round(part.shape[0] * zoom)), interpolation=kind)

    def outline(polygon: Any, colour: tuple[int, int, int], thickness: int) -> None:
        points = (np.array(polygon, float).reshape(-1, 2) - (left, top)) * zoom
        cv2.polylines(canvas, [np.rint(points).astype(int)], True, colour, thickness, cv2.LINE_AA)

    for line in found:
        outline(line.polygon, FOUND, THICK)
    for region in regions:
        outline(region["polygon"], CARE if region["care"] else DONT_CARE, THIN)
    return np.asarray(canvas, dtype=np.uint8)


def small_jpeg(pixels: Pixels) -> bytes:
    """The best JPEG of at most ``MOST_BYTES``."""
    for quality in range(90, 20, -5):
        data = encode_jpeg(pixels, quality)
        if len(data) <= MOST_BYTES:
            return data
    raise UserError(f"a picture of {pixels.shape} does not fit into {MOST_BYTES} bytes")


def make(args: argparse.Namespace) -> None:
    """Write a picture for each window. Raises UserError."""
    windows = [Window.parse(text) for text in args.windows or WINDOWS]
    detector = Detector.load()
    args.out.mkdir(parents=True, exist_ok=True)
    for window in windows:
        manifest, row = find_image(args.data, window.image_id)
        pixels = images.decode(read_picture(row, args.raw or manifest.raw_root)).pixels
        picture = draw(pixels, row["regions"], detector.detect(pixels), window)
        path = args.out / f"{window.name}.jpg"
        path.write_bytes(small_jpeg(picture))
        sys.stdout.write(f"{path}: {path.stat().st_size} bytes\n")


def main() -> int:
    """0 is success, 2 an error that the message explains."""
    parser = argparse.ArgumentParser(
        prog="python -m docs.make_pictures",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("windows", nargs="*", metavar="WINDOW", help="default: those of README.md")
    parser.add_argument("--data", type=Path, required=True, help="folder with the manifests")
    parser.add_argument("--raw", type=Path, help="folder of the pictures, if they moved")
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"), help="folder to write")
    try:
        make(parser.parse_args())
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
