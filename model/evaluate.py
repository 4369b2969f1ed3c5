"""Detections of a mix against its manifests, under all three protocols at once.

Pictures come from the shards, ground truth from the manifests, and the two are joined by image id,
never by order. Detections are rounded to whole pixels before they are scored, as a submission to
the competition has them, so the figures are those of the submission archives written here.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from manifests.errors import UserError
from manifests.reading import Manifest, open_manifest
from manifests.shardset import ShardSet
from model.decoding import decode_rgb
from model.explain.measures import Brightness, brightness_of
from model.protocols import PROTOCOLS, evaluate
from model.protocols.inputs import Detections, GroundTruths, inclusive_rectangles
from model.protocols.results import Score

_COLUMNS = ["image_id", "regions"]
_SIDES = ("left", "top", "right", "bottom")


class DetectedLines(Protocol):
    """What a detector finds in one picture, in half-open pixels of the original picture."""

    @property
    def quads(self) -> npt.NDArray[np.float32]:
        """(L, 4, 2) x, y clockwise from the top left."""

    @property
    def boxes(self) -> npt.NDArray[np.float32]:
        """(L, 4) left, top, right, bottom."""

    @property
    def scores(self) -> npt.NDArray[np.float32]:
        """(L,) in 0..1."""


Predict = Callable[[npt.NDArray[np.uint8]], DetectedLines]
"""(height, width, 3) uint8 RGB to lines."""


@dataclass(frozen=True)
class Truths:
    """Ground truth by image id: inclusive rectangles, quadrilaterals, and the manifest's print."""

    rectangles: dict[str, GroundTruths]
    quadrilaterals: dict[str, GroundTruths]
    fingerprints: dict[str, str]
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The manifest's rows, where they were asked for."""


@dataclass(frozen=True)
class Evaluation:
    """Scores by protocol name, the lines by image id, and the seconds that detection took."""

    scores: Mapping[str, Score]
    lines: Mapping[str, DetectedLines]
    seconds: float
    truths: Truths
    brightness: Mapping[str, Brightness] = field(default_factory=dict)
    """By image id, where it was asked for."""


def evaluate_network(
    predict: Predict, data: Path, shards: ShardSet, progress: bool = False, explain: bool = False
) -> Evaluation:
    """Detect lines in every picture of the shards and score them.

    ``explain``: keep the manifests' rows and measure brightness too, which only explaining needs.
    Raises UserError where shards and manifests are not of one make.
    """
    truths = load_truths(data, shards, rows=explain)
    lines: dict[str, DetectedLines] = {}
    brightness: dict[str, Brightness] = {}
    seconds = 0.0
    hidden = None if progress else True  # None: hidden where standard error is no terminal
    rows = tqdm(
        pictures(shards, data, truths), "evaluate", shards.images, unit="image", disable=hidden
    )
    for image_id, picture in rows:
        start = time.perf_counter()
        lines[image_id] = predict(picture)
        seconds += time.perf_counter() - start
        if explain:
            boxes = _boxes(truths.rows[image_id]["regions"])
            brightness[image_id] = brightness_of(
                picture, boxes, np.asarray(lines[image_id].boxes, float)
            )
    return Evaluation(score_lines(truths, lines), lines, seconds, truths, brightness)


def load_truths(data: Path, shards: ShardSet, rows: bool = False) -> Truths:
    """The ground truth of the images that the shards hold, from the manifests they name; with the
    manifests' rows, where they are asked for."""
    wanted = {image_id for image_id, _ in _rows(shards, ["image_id"])}
    truths = Truths({}, {}, {})
    for entry in shards.info["inputs"]:
        manifest = open_manifest(data, *entry["name"].split("/"))
        for row in manifest.rows(None if rows else _COLUMNS):
            if row["image_id"] in wanted:
                add_truth(truths, row, manifest)
                if rows:
                    truths.rows[row["image_id"]] = row
    return truths


def score_lines(truths: Truths, lines: Mapping[str, DetectedLines]) -> dict[str, Score]:
    """Score lines under every protocol. Every image of the truths counts, found text or not."""
    scores = {}
    for name, protocol in PROTOCOLS.items():
        quads = protocol.takes_quadrilaterals
        wanted = truths.quadrilaterals if quads else truths.rectangles
        found = {key: detections(value, quads) for key, value in lines.items()}
        scores[name] = evaluate(name, wanted, found)
    return scores


def detections(lines: DetectedLines, quadrilaterals: bool) -> Detections:
    """Lines in whole pixels, as quadrilaterals or as inclusive rectangles."""
    if quadrilaterals:
        return Detections(np.rint(lines.quads.astype(np.float64)).reshape(-1, 8))
    return Detections(inclusive_rectangles(lines.boxes))


def add_truth(truths: Truths, row: dict[str, Any], manifest: Manifest) -> None:
    """Add the ground truth of a manifest's row."""
    regions, image_id = row["regions"], row["image_id"]
    care = np.array([region["care"] for region in regions], dtype=bool)
    texts = tuple(region["text"] for region in regions)
    rectangles = inclusive_rectangles(_boxes(regions))
    quads = np.array([_quad(region["polygon"]) for region in regions]).reshape(-1, 8)
    truths.rectangles[image_id] = GroundTruths(rectangles, care, texts)
    truths.quadrilaterals[image_id] = GroundTruths(quads, care, texts)
    truths.fingerprints[image_id] = manifest.fingerprint


def _boxes(regions: list[dict[str, Any]]) -> npt.NDArray[np.float64]:
    """(N, 4) half-open boxes of a manifest's regions."""
    boxes = [[region["box"][side] for side in _SIDES] for region in regions]
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)


def _quad(polygon: list[float]) -> list[float]:
    """Four points as they stand; of any other polygon the smallest rectangle around it."""
    if len(polygon) == 8:
        return polygon
    points = np.array(polygon, dtype=np.float32).reshape(-1, 2)
    return [float(value) for value in cv2.boxPoints(cv2.minAreaRect(points)).ravel()]


def pictures(
    shards: ShardSet, data: Path, truths: Truths
) -> Iterator[tuple[str, npt.NDArray[np.uint8]]]:
    """(image id, (height, width, 3) uint8 RGB) of every picture of the shards. Raises UserError for
    one that is of another manifest than its ground truth, or cannot be decoded."""
    made_from = {entry["name"]: entry["fingerprint"] for entry in shards.info["inputs"]}
    for image_id, picture in _pictures(shards):
        known = truths.fingerprints.get(image_id)
        if known is None or known != made_from.get(image_id.rpartition("/")[0]):
            raise UserError(
                f"the shards hold {image_id} of another manifest than the one below {data}; "
                f"run `python -m pipelines shard --data {data} --mix {shards.info['mix']['name']}`"
            )
        yield image_id, picture


def _pictures(shards: ShardSet) -> Iterator[tuple[str, npt.NDArray[np.uint8]]]:
    for image_id, image in _rows(shards, ["image_id", "image"]):
        try:
            yield image_id, decode_rgb(image)
        except ValueError as error:
            raise UserError(f"{image_id}: {error}") from error


def _rows(shards: ShardSet, columns: list[str]) -> Iterator[tuple[str, bytes]]:
    """(image id, image bytes) of every row; no bytes where the column is not asked."""
    from mindspore.dataset import MindDataset

    files = [str(path) for path in shards.files]
    dataset = MindDataset(files, columns, shuffle=False, num_parallel_workers=1)
    for row in dataset.create_dict_iterator(num_epochs=1, output_numpy=True):
        image = row["image"].tobytes() if "image" in row else b""
        yield str(row["image_id"]), image
