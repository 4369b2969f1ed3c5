"""Detections of a mix against its manifests, under all three protocols at once.

Pictures come from the shards, ground truth from the manifests, and the two are joined by image id,
never by order. Detections are rounded to whole pixels before they are scored, as a submission to
the competition has them, so the figures are those of the submission archives written here.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from manifests.errors import UserError
from manifests.publish import write_json
from manifests.reading import Manifest, open_manifest
from manifests.shardset import ShardSet
from model.decoding import decode_rgb
from model.protocols import PROTOCOLS, evaluate
from model.protocols.inputs import Detections, GroundTruths, inclusive_rectangles
from model.protocols.results import Score
from model.submission import IMAGE_ID, write_submission

_COLUMNS = ["image_id", "regions"]


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
class Evaluation:
    """Scores by protocol name, the lines by image id, and the seconds that detection took."""

    scores: Mapping[str, Score]
    lines: Mapping[str, DetectedLines]
    seconds: float

    def summary(self) -> dict[str, Any]:
        """The figures, ready for JSON."""
        return {
            "protocols": {name: score.summary() for name, score in self.scores.items()},
            "images": len(self.lines),
            "seconds": round(self.seconds, 3),
            "images_per_second": round(len(self.lines) / max(self.seconds, 1e-9), 3),
        }

    def table(self) -> str:
        """The figures for a person."""
        lines = [
            f"{'protocol':<12}{'precision':>10}{'recall':>10}{'hmean':>10}{'truths':>9}{'found':>8}"
        ]
        for name, score in self.scores.items():
            figures = f"{score.precision:>10.4f}{score.recall:>10.4f}{score.hmean:>10.4f}"
            lines.append(f"{name:<12}{figures}{score.ground_truths:>9}{score.detections:>8}")
        return "\n".join(lines)


def evaluate_network(
    predict: Predict, data: Path, shards: ShardSet, progress: bool = False
) -> Evaluation:
    """Detect lines in every picture of the shards and score them.

    Raises UserError where shards and manifests are not of one make.
    """
    truths = load_truths(data, shards)
    lines: dict[str, DetectedLines] = {}
    seconds = 0.0
    hidden = None if progress else True  # None: hidden where standard error is no terminal
    rows = tqdm(_pictures(shards), "evaluate", shards.images, unit="image", disable=hidden)
    for image_id, fingerprint, picture in rows:
        if truths.fingerprints.get(image_id) != fingerprint:
            raise UserError(
                f"the shards hold {image_id} of another manifest than the one below {data}; "
                f"run `python -m pipelines shard --data {data} --mix {shards.info['mix']['name']}`"
            )
        start = time.perf_counter()
        lines[image_id] = predict(picture)
        seconds += time.perf_counter() - start
    return Evaluation(score_lines(truths, lines), lines, seconds)


@dataclass(frozen=True)
class Truths:
    """Ground truth by image id: inclusive rectangles, quadrilaterals, and the manifest's print."""

    rectangles: dict[str, GroundTruths]
    quadrilaterals: dict[str, GroundTruths]
    fingerprints: dict[str, str]


def load_truths(data: Path, shards: ShardSet) -> Truths:
    """The ground truth of the images that the shards hold, from the manifests they name."""
    wanted = {image_id for image_id, _, _ in _rows(shards, ["image_id"])}
    truths = Truths({}, {}, {})
    for entry in shards.info["inputs"]:
        manifest = open_manifest(data, *entry["name"].split("/"))
        for row in manifest.rows(_COLUMNS):
            if row["image_id"] in wanted:
                _add_truth(truths, row, manifest)
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


def write_evaluation(folder: Path, evaluation: Evaluation, about: dict[str, Any]) -> list[Path]:
    """Write ``evaluation.json``, ``predictions.jsonl`` and a submission archive for each dataset
    and protocol kind whose image names the competition's format can hold."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "evaluation.json", {**about, **evaluation.summary()})
    _write_predictions(folder / "predictions.jsonl", evaluation.lines)
    return [
        path
        for name, lines in _by_split(evaluation.lines).items()
        for path in _write_submissions(folder, name, lines)
    ]


def _add_truth(truths: Truths, row: dict[str, Any], manifest: Manifest) -> None:
    regions, image_id = row["regions"], row["image_id"]
    care = np.array([region["care"] for region in regions], dtype=bool)
    texts = tuple(region["text"] for region in regions)
    boxes = [
        [region["box"][side] for side in ("left", "top", "right", "bottom")] for region in regions
    ]
    rectangles = inclusive_rectangles(np.array(boxes).reshape(-1, 4))
    quads = np.array([_quad(region["polygon"]) for region in regions]).reshape(-1, 8)
    truths.rectangles[image_id] = GroundTruths(rectangles, care, texts)
    truths.quadrilaterals[image_id] = GroundTruths(quads, care, texts)
    truths.fingerprints[image_id] = manifest.fingerprint


def _quad(polygon: list[float]) -> list[float]:
    """Four points as they stand; of any other polygon the smallest rectangle around it."""
    if len(polygon) == 8:
        return polygon
    points = np.array(polygon, dtype=np.float32).reshape(-1, 2)
    return [float(value) for value in cv2.boxPoints(cv2.minAreaRect(points)).ravel()]


def _pictures(shards: ShardSet) -> Iterator[tuple[str, str, npt.NDArray[np.uint8]]]:
    for image_id, fingerprint, image in _rows(shards, ["image_id", "fingerprint", "image"]):
        try:
            yield image_id, fingerprint, decode_rgb(image)
        except ValueError as error:
            raise UserError(f"{image_id}: {error}") from error


def _rows(shards: ShardSet, columns: list[str]) -> Iterator[tuple[str, str, bytes]]:
    """(image id, fingerprint, image bytes) of every row; empty where the column is not asked."""
    from mindspore.dataset import MindDataset

    files = [str(path) for path in shards.files]
    dataset = MindDataset(files, columns, shuffle=False, num_parallel_workers=1)
    for row in dataset.create_dict_iterator(num_epochs=1, output_numpy=True):
        image = row["image"].tobytes() if "image" in row else b""
        yield str(row["image_id"]), str(row.get("fingerprint", "")), image


def _write_predictions(path: Path, lines: Mapping[str, DetectedLines]) -> None:
    temporary = path.with_name(f".{path.name}")
    with temporary.open("w", encoding="utf-8") as file:
        for image_id in sorted(lines):
            found = lines[image_id]
            entries = [
                {"polygon": quad.ravel().tolist(), "box": box.tolist(), "score": float(score)}
                for quad, box, score in zip(found.quads, found.boxes, found.scores, strict=True)
            ]
            file.write(json.dumps({"image_id": image_id, "lines": entries}) + "\n")
    temporary.replace(path)


def _by_split(lines: Mapping[str, DetectedLines]) -> dict[str, dict[str, DetectedLines]]:
    """Lines by ``<dataset>-<split>`` and then by the image's own name."""
    groups: dict[str, dict[str, DetectedLines]] = {}
    for image_id, found in lines.items():
        dataset, split, stem = image_id.split("/")
        groups.setdefault(f"{dataset}-{split}", {})[stem] = found
    return groups


def _write_submissions(
    folder: Path, name: str, lines: Mapping[str, DetectedLines]
) -> Iterable[Path]:
    if not all(IMAGE_ID.fullmatch(stem) for stem in lines):
        return
    for kind, quads in (("rectangles", False), ("quadrilaterals", True)):
        path = folder / f"submission-{name}-{kind}.zip"
        write_submission(path, {stem: detections(found, quads) for stem, found in lines.items()})
        yield path
