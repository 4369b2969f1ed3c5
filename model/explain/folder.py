"""The folder of an evaluation: written whole or not at all, and read back only where it is whole.

``evaluation.json`` holds the digests of all other files. It takes its place last, and is taken away
first where a folder is written anew (``model.explain.place``). So there is no moment at which old
and new look like one.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from manifests.identity import combine, sha256_file
from manifests.sealing import write_sealed
from model.evaluate import DetectedLines, Evaluation
from model.explain.form import EVALUATION_VERSION
from model.explain.opening import open_info
from model.explain.place import EVALUATION, PREDICTIONS, replacing_files
from model.explain.rows import Explained
from model.explain.submissions import Unfit, write_submissions
from model.explain.summary import summarise
from model.explain.tables import SCHEMAS, read_table, write_table


@dataclass(frozen=True)
class StoredEvaluation:
    """An evaluation as its folder has it."""

    folder: Path
    info: dict[str, Any]
    """``evaluation.json``."""
    tables: Mapping[str, pa.Table]
    """``images``, ``truths`` and ``detections`` (``model.explain.tables``)."""


def write_evaluation(
    folder: Path,
    evaluation: Evaluation,
    explained: Explained,
    about: Mapping[str, Any],
    submission_name: str,
) -> dict[str, Any]:
    """Write all files of an evaluation but its report, in the place of an older one's; returns what
    ``evaluation.json`` holds.

    ``about``: what the figures were made with; ``submission_name``: <run>-<epoch>. Where others may
    write there, hold ``alone`` around it. Raises UserError where the disk does not take the files,
    or others stand in their places; then what was there stays.
    """
    with replacing_files(folder) as new:
        paths = [write_table(new, name, table) for name, table in explained.tables.items()]
        paths.append(_write_predictions(new / PREDICTIONS, evaluation))
        archives, unfit = write_submissions(new, evaluation, submission_name)
        info = {
            "version": EVALUATION_VERSION,
            **about,
            "data_fingerprint": data_fingerprint(evaluation.truths.rows),
            **summarise(evaluation, explained),
            "unfit_for_submission": [_told(group) for group in unfit],
            "files": {str(path.relative_to(new)): sha256_file(path) for path in paths + archives},
        }
        write_sealed(new / EVALUATION, info)
    return info


def data_fingerprint(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Digest of what is scored against: images and regions, with care, text and outline."""
    parts = []
    for name in sorted(rows):
        row = rows[name]
        regions = [
            [region["region_id"], region["care"], region["text"], list(region["polygon"])]
            for region in row["regions"]
        ]
        parts.append(json.dumps([name, row["image_sha256"], row["width"], row["height"], regions]))
    return combine(parts)


def open_evaluation(folder: Path) -> StoredEvaluation:
    """Read an evaluation. Raises UserError where it is not whole, damaged, edited or of another
    version."""
    info = open_info(folder)
    return StoredEvaluation(folder, info, {name: read_table(folder, name) for name in SCHEMAS})


def _told(unfit: Unfit) -> dict[str, Any]:
    return {"name": unfit.name, "images": unfit.images, "example": unfit.example}


def _write_predictions(path: Path, evaluation: Evaluation) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_predictions(evaluation.lines))
    return path


def _predictions(lines: Mapping[str, DetectedLines]) -> Iterator[str]:
    """An object an image."""
    for image_id in sorted(lines):
        found = lines[image_id]
        entries = [
            {"polygon": quad.ravel().tolist(), "box": box.tolist(), "score": float(score)}
            for quad, box, score in zip(found.quads, found.boxes, found.scores, strict=True)
        ]
        yield json.dumps({"image_id": image_id, "lines": entries}) + "\n"
