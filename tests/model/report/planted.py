"""A small evaluation with every outcome in it, pictures and hostile texts, without a network."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pil

from manifests.identity import region_id, sha256_bytes
from manifests.reading import RAW_ROOT, find_manifests
from manifests.records import Image, Region
from manifests.vocabulary import IgnoreReason
from model.evaluate import Evaluation, Truths, score_lines
from model.explain.folder import write_evaluation
from model.explain.measures import Brightness
from model.explain.rows import explain_evaluation
from model.protocols.inputs import GroundTruths, inclusive_rectangles
from tests.builders import make_image, publish_manifest

Box = tuple[float, float, float, float]
HOSTILE = "<script>alert(1)</script>\u202e" + "x" * 300
HOSTILE_RUN = "<b>run</b>"
WORD, OTHER = (50.0, 100.0, 150.0, 130.0), (160.0, 100.0, 260.0, 130.0)
FAR, LOW = (400.0, 300.0, 500.0, 340.0), (50.0, 400.0, 250.0, 440.0)
BOTH = (50.0, 100.0, 260.0, 130.0)
LEFT, RIGHT = (50.0, 400.0, 150.0, 440.0), (150.0, 400.0, 250.0, 440.0)
WALL: Box = (550.0, 20.0, 630.0, 60.0)

REGIONS: dict[str, list[tuple[Box, str | None]]] = {
    "alpha/train/img_0": [(WORD, "one"), (FAR, "two"), (LOW, None)],
    "alpha/train/img_1": [(WORD, HOSTILE), (FAR, "שלום")],
    "alpha/train/img_2": [(WORD, "a"), (OTHER, "b"), (LOW, "long")],
    "alpha/train/img_3": [],
    "alpha/train/img_4": [],
    "beta/test/img_0": [(WORD, "gone"), (FAR, "low")],
}
FOUND: dict[str, list[Box]] = {
    "alpha/train/img_0": [WORD, FAR, LOW],
    "alpha/train/img_1": [],
    "alpha/train/img_2": [BOTH, LEFT, RIGHT],
    "alpha/train/img_3": [WALL],
    "alpha/train/img_4": [],
    "beta/test/img_0": [WORD, (52.0, 102.0, 140.0, 128.0), (400.0, 300.0, 440.0, 340.0), WALL],
}
"""By iou: img_0 finds both words and a don't-care region; img_1 misses two; img_2 merges two and
splits one; img_3 finds a wall; beta's image has a match, a duplicate, a low overlap, a wall."""
ABOUT: dict[str, Any] = {
    "run": HOSTILE_RUN,
    "checkpoint": {"path": "/runs/a/checkpoints/best.ckpt", "sha256": "c" * 64, "step": 1200},
    "lineage": {"path": "/runs/a/lineage.json", "sha256": "d" * 64},
    "code": {"commit": "e" * 40, "changed": False},
    "mix": "test",
    "shards": {
        "key": "1" * 64,
        "digest": "2" * 64,
        "inputs": [
            {"name": "alpha/train", "fingerprint": "3" * 64, "images": 5, "taken": 5}
            | {"verified": True, "raw": [{"uri": "alpha/a.zip", "bytes": 7, "sha256": "4" * 64}]},
            {"name": "beta/test", "fingerprint": "5" * 64, "images": 1, "taken": 1}
            | {"verified": False},
        ],
    },
    "input": [1280, 720],
    "proposals": {"min_score": 0.4},
    "lines": {"min_score": 0.8, "split_at_sides": True},
    "thresholds_from": {"words": "the checkpoint's own settings", "warnings": ["seen before"]},
    "refused_images": {"alpha/train": 3},
}


@dataclass
class Lines:
    """Lines as a detector gives them."""

    quads: np.ndarray
    boxes: np.ndarray
    scores: np.ndarray


def plant(
    folder: Path,
    regions: Mapping[str, Sequence[tuple[Box, str | None]]] = REGIONS,
    found: Mapping[str, Sequence[Box]] = FOUND,
) -> Path:
    """Publish manifests below ``folder/data`` with pictures below ``folder/raw`` (all but beta's),
    and write ``folder/evaluation``, which is returned."""
    images = [_image(name, boxes, folder / "raw") for name, boxes in regions.items()]
    splits = sorted({(image.dataset, image.split) for image in images})
    for dataset, split in splits:
        mine = [image for image in images if (image.dataset, image.split) == (dataset, split)]
        publish_manifest(folder / "data", mine, dataset=dataset, split=split)
    truths = Truths({}, {}, {})
    for manifest in find_manifests(folder / "data"):
        (manifest.folder / RAW_ROOT).write_text(f"{folder / 'raw'}\n")
        for row in manifest.rows():
            add_truth(truths, row, manifest.fingerprint)
    lines = {name: _lines(found.get(name, [])) for name in truths.rows}
    brightness = {
        name: Brightness(100.0, _flat(row["regions"], 120.0), _flat(lines[name].scores, 80.0))
        for name, row in truths.rows.items()
    }
    evaluation = Evaluation(score_lines(truths, lines), lines, 2.0, truths, brightness)
    explained = explain_evaluation(evaluation)
    write_evaluation(folder / "evaluation", evaluation, explained, ABOUT, "run-7")
    return folder / "evaluation"


def add_truth(truths: Truths, row: dict[str, Any], fingerprint: str) -> None:
    """The ground truth of a manifest's row."""
    polygons = np.array([r["polygon"] for r in row["regions"]], float).reshape(-1, 8)
    care = np.array([r["care"] for r in row["regions"]], bool)
    texts = tuple(r["text"] for r in row["regions"])
    name = row["image_id"]
    boxes = polygons[:, [0, 1, 4, 5]]
    truths.rectangles[name] = GroundTruths(inclusive_rectangles(boxes), care, texts)
    truths.quadrilaterals[name] = GroundTruths(polygons, care, texts)
    truths.fingerprints[name] = fingerprint
    truths.rows[name] = row


def _image(name: str, boxes: Sequence[tuple[Box, str | None]], raw: Path) -> Image:
    dataset, split, stem = name.split("/")
    number = int(stem.removeprefix("img_"))
    buffer = io.BytesIO()
    Pil.new("RGB", (640, 480), (90, 30 * number % 255, 60)).save(buffer, "JPEG")
    uri = f"{dataset}/{stem}.jpg"
    if dataset != "beta":
        (raw / dataset).mkdir(parents=True, exist_ok=True)
        (raw / uri).write_bytes(buffer.getvalue())
    step = 2 if dataset == "beta" else 1  # of beta's lines every other one was refused
    regions = tuple(_region(name, 1 + step * k, *entry) for k, entry in enumerate(boxes))
    return replace(
        make_image(dataset, split, number, 0),
        image_uri=uri,
        image_sha256=sha256_bytes(buffer.getvalue()),
        regions=regions,
    )


def _region(image: str, line: int, box: Box, text: str | None) -> Region:
    left, top, right, bottom = box
    ignored = IgnoreReason.MARKED if text is None else None
    polygon = (left, top, right, top, right, bottom, left, bottom)
    raw = f"{left:g},{top:g},{right:g},{bottom:g},{text or '###'}"
    return Region(region_id(image, line), polygon, text, raw, line, ignored)


def _lines(boxes: Sequence[Box]) -> Lines:
    rows = np.array(boxes, np.float32).reshape(-1, 4)
    quads = rows[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)
    return Lines(quads, rows, np.linspace(0.99, 0.9, len(rows), dtype=np.float32))


def _flat(boxes: Sequence[Any], value: float) -> np.ndarray:
    return np.full(len(boxes), value)
