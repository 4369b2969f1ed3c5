"""What training sees of one image, as a picture: regions, slices and the anchors they claim."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from model.anchors import STRIDE, anchor_grid
from model.config import Config
from model.slices import Slices, cut
from model.targets import POSITIVE, Targets, assign
from model.transforms import fit, resize_image, resize_polygons

CARE, DONT_CARE, SLICE, ANCHOR, GRID = (
    (0, 200, 0),
    (230, 0, 0),
    (255, 210, 0),
    (0, 140, 255),
    (128, 128, 128),
)
LEGEND = (
    ("region", CARE),
    ("don't-care", DONT_CARE),
    ("slice", SLICE),
    ("positive anchor", ANCHOR),
)
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class View:
    """An image as the network gets it: pixels (height, width, 3) uint8 RGB, and its targets."""

    pixels: Pixels
    polygons: list[npt.NDArray[np.float64]]
    care: npt.NDArray[np.bool_]
    slices: Slices
    targets: Targets


def view(
    pixels: Pixels, regions: Sequence[dict[str, Any]], exhaustive: bool, config: Config
) -> View:
    """Resize a picture and its regions (rows of a manifest) and compute slices and targets."""
    network = config.network
    height, width = pixels.shape[:2]
    placed = fit(width, height, network.input_width, network.input_height)
    original = [np.array(region["polygon"]).reshape(-1, 2) for region in regions]
    polygons = resize_polygons(original, placed)
    care = np.array([region["care"] for region in regions], dtype=bool)
    size = (placed.resized_width, placed.resized_height)
    targets = assign(
        polygons,
        care,
        network.input_height // STRIDE,
        network.input_width // STRIDE,
        network.anchor_heights,
        *size,
        exhaustive=exhaustive,
        settings=config.targets,
    )
    return View(resize_image(pixels, placed), polygons, care, cut(polygons, *size), targets)


def draw(seen: View, config: Config, zoom: int = 2) -> Pixels:
    """(zoom * height + legend, zoom * width, 3) uint8 RGB."""
    size = (seen.pixels.shape[1] * zoom, seen.pixels.shape[0] * zoom)
    canvas = cv2.resize(seen.pixels, size, interpolation=cv2.INTER_NEAREST)
    for column in range(0, size[0], STRIDE * zoom):
        cv2.line(canvas, (column, 0), (column, 6), GRID, 1)
    _draw_anchors(canvas, seen.targets, config, zoom)
    _draw_slices(canvas, seen.slices, seen.care, zoom)
    for polygon, care in zip(seen.polygons, seen.care, strict=True):
        points = np.rint(polygon * zoom).astype(np.int32)
        cv2.polylines(canvas, [points], True, CARE if care else DONT_CARE, 2)
    return np.concatenate([canvas, _legend(size[0])])


def _draw_anchors(canvas: Pixels, targets: Targets, config: Config, zoom: int) -> None:
    rows, columns = targets.labels.shape[:2]
    grid = anchor_grid(rows, columns, config.network.anchor_heights)
    for left, top, right, bottom in grid[targets.labels == POSITIVE] * zoom:
        inset = zoom * STRIDE // 4
        corners = (round(left) + inset, round(top)), (round(right) - inset, round(bottom))
        cv2.rectangle(canvas, *corners, ANCHOR, 1)


def _draw_slices(canvas: Pixels, slices: Slices, care: npt.NDArray[np.bool_], zoom: int) -> None:
    for column, top, bottom, region in zip(
        slices.column, slices.top, slices.bottom, slices.region, strict=True
    ):
        first = (int(column) * STRIDE * zoom + 1, round(float(top) * zoom))
        last = ((int(column) + 1) * STRIDE * zoom - 2, round(float(bottom) * zoom))
        cv2.rectangle(canvas, first, last, SLICE if care[region] else DONT_CARE, 1)


def _legend(width: int) -> Pixels:
    strip = np.full((28, width, 3), 255, np.uint8)
    for number, (name, colour) in enumerate(LEGEND):
        left = 8 + 190 * number
        cv2.rectangle(strip, (left, 8), (left + 24, 20), colour, -1)
        cv2.putText(strip, name, (left + 30, 19), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1)
    return strip
