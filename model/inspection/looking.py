"""A detector looks at the pictures of a manifest, a sample of them or all."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from manifests.errors import UserError
from manifests.geometry import is_polygon
from manifests.identity import place as place_of
from manifests.images import ImageError, decode
from manifests.pictures import read_picture
from manifests.reading import Manifest
from manifests.storage.address import Root
from model.anchors import STRIDE
from model.config import Config
from model.inspection.comparing import SEEN_SCORE, Seen, contrasts, expected, unlabelled, unseen
from model.inspection.findings import Line, Look, Miss
from model.inspection.geometry import grid_of, place, tilts
from model.inspection.spool import Spool
from model.lines import build_lines
from model.matching import Grid
from model.proposals import Proposals
from model.transforms import Fit, fit, restore_polygons

if TYPE_CHECKING:
    from model.checkpoints import Checkpoint

_OF_REGION = ("region_id", "polygon", "text", "care", "source_line")
COLUMNS = [
    "image_id",
    "image_uri",
    "image_sha256",
    "annotation_uri",
    "exhaustive",
    *(f"regions.list.element.{name}" for name in _OF_REGION),
]

Row = Mapping[str, Any]
Pixels = npt.NDArray[np.uint8]
Detect = Callable[[Pixels], Seen]


def choose(manifest: Manifest, images: int) -> set[str]:
    """At most so many image ids of a manifest, 0: all; spread evenly by a digest of the id, so that
    more images are the same ones and others."""
    names = (row["image_id"] for row in manifest.rows(["image_id"]))
    return set(heapq.nsmallest(images, names, key=place_of)) if images else set(names)


def look_at(
    rows: Iterable[Row], root: Root, detect: Detect, config: Config, spool: Spool
) -> Iterator[Look]:
    """Look at the pictures of rows of ``COLUMNS``; what the spool knows is taken from there."""
    grid = grid_of(config.network)
    for row in rows:
        look = spool.get(row["image_id"])
        if look is None:
            look = _look(dict(row), root, detect, config, grid)
            if look.error is None:  # what cannot be read today may be there tomorrow
                spool.add(look)
        yield look


def compare(row: Row, pixels: Pixels, detect: Detect, config: Config, grid: Grid) -> Look:
    """What a detector's view of a picture says of its labels."""
    height, width = pixels.shape[:2]
    placed = fit(width, height, config.network.input_width, config.network.input_height)
    seen = detect(pixels)
    regions = [region for region in row["regions"] if is_polygon(region["polygon"])]
    everything = [np.array(r["polygon"], dtype=np.float64).reshape(-1, 2) for r in regions]
    care = [i for i, region in enumerate(regions) if region["care"]]
    polygons = [everything[i] for i in care]
    sizes = place(polygons, placed, grid, config.targets.positive_iou)
    tilt = tilts(polygons, [regions[i]["text"] for i in care])
    wanted = expected(sizes, tilt)
    missed = np.flatnonzero(wanted & unseen(seen, polygons))
    contrast = contrasts([polygons[i] for i in missed], pixels)
    found = np.flatnonzero(unlabelled(seen, everything))
    return Look(
        row["image_id"],
        row["annotation_uri"],
        row["exhaustive"],
        regions=int(wanted.sum()),
        lines=[Line(seen.quads[i].ravel().tolist(), float(seen.scores[i])) for i in found],
        missed=[
            Miss(region["region_id"], region["source_line"], float(light), float(sizes.height[i]))
            for i, light in zip(missed, contrast, strict=True)
            for region in [regions[care[i]]]
        ],
    )


def detector(checkpoint: "Checkpoint", device: str) -> Detect:
    """The detector of a checkpoint. Imports MindSpore. Raises UserError."""
    from model.predictor import predictor_of, text_proposals

    config = checkpoint.config
    low, predictor = with_glimpses(config), predictor_of(checkpoint, config, device)

    def detect(pixels: Pixels) -> Seen:
        outputs = predictor.outputs(pixels)
        return seen_of(text_proposals(outputs, low), outputs.placed, config)

    return detect


def with_glimpses(config: Config) -> Config:
    """The config with proposals decoded down to ``SEEN_SCORE``."""
    low = min(SEEN_SCORE, config.proposals.min_score)
    return replace(config, proposals=replace(config.proposals, min_score=low))


def seen_of(proposals: Proposals, placed: Fit, config: Config) -> Seen:
    """Lines and glimpses of proposals that were decoded down to ``SEEN_SCORE``.

    The lines are those of the detector in use: suppression goes from the highest score down, so
    the weak proposals have changed nothing for the strong ones.
    """
    strong = proposals.take(proposals.score > config.proposals.min_score)
    lines = build_lines(strong, config.lines)
    quads = np.array(restore_polygons(list(lines.quads), placed)).reshape(-1, 4, 2)
    left = proposals.column * float(STRIDE)
    boxes = np.stack([left, proposals.top, left + STRIDE, proposals.bottom], axis=1)
    glimpses = np.array(restore_polygons([boxes.reshape(-1, 2, 2)], placed)).reshape(-1, 4)
    return Seen(
        np.clip(quads, 0, (placed.width, placed.height)).astype(np.float32),
        lines.scores,
        np.bincount(lines.members[lines.members >= 0], minlength=len(lines)).astype(np.float32),
        glimpses.astype(np.float32),
    )


def _look(row: Row, root: Root, detect: Detect, config: Config, grid: Grid) -> Look:
    try:
        pixels = decode(read_picture(dict(row), root)).pixels
    except (UserError, ImageError) as error:
        return Look(row["image_id"], row["annotation_uri"], row["exhaustive"], error=str(error))
    return compare(row, pixels, detect, config, grid)
