"""Evaluations without a network: ground truth and detections as a test gives them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from manifests.reading import Manifest
from model.evaluate import Evaluation, Truths, add_truth, score_lines
from model.explain.folder import StoredEvaluation, open_evaluation, write_evaluation
from model.explain.measures import Brightness
from model.explain.rows import explain_evaluation

Box = tuple[float, float, float, float]
SIZE = (640, 480)
ABOUT: dict[str, Any] = {
    "mix": "test",
    "checkpoint": {"path": "a.ckpt", "sha256": "c" * 64, "step": 1},
    "shards": {"key": "k", "digest": "d", "inputs": []},
    "input": [640, 480],
    "proposals": {},
    "lines": {},
    "thresholds_from": {"words": "the checkpoint's own settings", "warnings": []},
}
"""What it was made with."""


@dataclass
class Found:
    """Lines as a detector gives them."""

    quads: np.ndarray
    boxes: np.ndarray
    scores: np.ndarray


def found(*boxes: Box, scores: Sequence[float] | None = None) -> Found:
    """Upright lines, half-open, of score 0.95 unless given."""
    rows = np.array(boxes, np.float32).reshape(-1, 4)
    quads = rows[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)
    given = [0.95] * len(rows) if scores is None else scores
    return Found(quads, rows, np.array(given, np.float32))


def region(image_id: str, number: int, box: Box, text: str | None = "word") -> dict[str, Any]:
    """A region as a manifest's row holds it; the text ``###`` is don't-care."""
    left, top, right, bottom = box
    care = text != "###"
    return {
        "region_id": f"{image_id}#{number}",
        "polygon": [left, top, right, top, right, bottom, left, bottom],
        "box": dict(zip(("left", "top", "right", "bottom"), box, strict=True)),
        "text": text,
        "care": care,
        "ignore_reason": None if care else "marked",
        "source_line": number,
        "raw": f"{left},{top},{right},{bottom},{text}",
    }


def truths_of(images: Mapping[str, Sequence[dict[str, Any]]]) -> Truths:
    """Ground truth of images with these regions."""
    truths = Truths({}, {}, {})
    manifest = Manifest(Path("nowhere"), {"fingerprint": "f"})
    for image_id, regions in images.items():
        row = {
            "image_id": image_id, "width": SIZE[0], "height": SIZE[1], "image_sha256": "0" * 64,
            "image_uri": f"{image_id}.jpg", "annotation_uri": f"{image_id}.txt",
            "regions": list(regions),
        }  # fmt: skip
        add_truth(truths, row, manifest)
        truths.rows[image_id] = row
    return truths


def evaluation_of(
    images: Mapping[str, Sequence[dict[str, Any]]], lines: Mapping[str, Found]
) -> Evaluation:
    """An evaluation of these, to be explained."""
    truths = truths_of(images)
    every = {name: lines.get(name, found()) for name in images}
    brightness = {
        name: Brightness(
            100.0, np.full(len(regions), 120.0), np.full(len(every[name].scores), 80.0)
        )
        for name, regions in images.items()
    }
    return Evaluation(score_lines(truths, every), every, 1.0, truths, brightness)


def stored(
    folder: Path,
    images: Mapping[str, Sequence[dict[str, Any]]],
    lines: Mapping[str, Found],
    **about: Any,
) -> StoredEvaluation:
    """The same as its folder has it."""
    evaluation = evaluation_of(images, lines)
    explained = explain_evaluation(evaluation)
    write_evaluation(folder, evaluation, explained, {**ABOUT, **about}, "run-7")
    return open_evaluation(folder)
