"""The folder of an evaluation: written whole or not at all, and read back only where it is whole.

``evaluation.json`` is written last and holds the digests of all other files; it is taken away
first where a folder is written anew. So there is no moment at which old and new look like one.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from manifests.errors import UserError
from manifests.identity import combine, sha256_file
from manifests.publish import write_json
from model.evaluate import DetectedLines, Evaluation
from model.explain.rows import Explained
from model.explain.submissions import SUBMISSIONS, Unfit, write_submissions
from model.explain.summary import summarise
from model.explain.tables import FILES, SCHEMAS, read_table, write_table
from model.files import read_object, writing

EVALUATION = "evaluation.json"
PREDICTIONS = "predictions.jsonl"
REPORT = "report"
EVALUATION_VERSION = 1


@dataclass(frozen=True)
class StoredEvaluation:
    """An evaluation as its folder has it."""

    folder: Path
    info: dict[str, Any]
    """``evaluation.json``."""
    tables: Mapping[str, pa.Table]
    """``images``, ``truths`` and ``detections`` (``model.explain.tables``)."""


def check_folder(folder: Path) -> None:
    """Raise UserError where an evaluation cannot be written to a folder, or would replace files of
    something else: before the network works for hours. Makes no folder."""
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    ours = {*FILES.values(), PREDICTIONS}
    if EVALUATION not in names and names & ours and names - ours - {SUBMISSIONS, REPORT}:
        raise UserError(
            f"{folder} holds something else, of which {min(names & ours)} would be replaced; give "
            "a new folder as --out"
        )
    place = folder
    while not os.path.lexists(place):
        place = place.parent
    with writing(folder, "give another --out"):
        probe = place / f".{EVALUATION}.{os.getpid()}"
        probe.touch()
        probe.unlink()


def write_evaluation(
    folder: Path,
    evaluation: Evaluation,
    explained: Explained,
    about: Mapping[str, Any],
    submission_name: str,
) -> dict[str, Any]:
    """Write all files of an evaluation but its report; returns what ``evaluation.json`` holds.

    ``about``: what the figures were made with; ``submission_name``: <run>-<epoch>. Raises UserError
    where the disk does not take them.
    """
    with writing(folder, "make room, or give another --out"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / EVALUATION).unlink(missing_ok=True)
        paths = [write_table(folder, name, table) for name, table in explained.tables.items()]
        paths.append(_write_predictions(folder / PREDICTIONS, evaluation))
        archives, unfit = write_submissions(folder, evaluation, submission_name)
        digests = {str(path.relative_to(folder)): sha256_file(path) for path in paths + archives}
        info = {
            "version": EVALUATION_VERSION,
            **about,
            "data_fingerprint": data_fingerprint(evaluation.truths.rows),
            **summarise(evaluation, explained),
            "unfit_for_submission": [_told(group) for group in unfit],
            "files": digests,
        }
        write_json(folder / EVALUATION, info)
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
    """Read an evaluation. Raises UserError where it is not whole, damaged or of another version."""
    path = folder / EVALUATION
    if not path.is_file():
        raise UserError(
            f"{folder} holds no whole evaluation (no {EVALUATION}); give the folder that "
            "`python -m model evaluate` named at its end, or evaluate again"
        )
    try:
        info = read_object(path)
        if info.get("version") != EVALUATION_VERSION:
            raise ValueError(f"it has version {info.get('version')}, not {EVALUATION_VERSION}")
        digests = {name: str(info["files"][name]) for name in FILES.values()}
        str(info["data_fingerprint"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} cannot be used ({error}); evaluate again") from error
    for name, digest in digests.items():
        if not (folder / name).is_file() or sha256_file(folder / name) != digest:
            raise UserError(
                f"{folder / name} is missing or not the one that {EVALUATION} was written with; "
                "evaluate again"
            )
    return StoredEvaluation(folder, info, {name: read_table(folder, name) for name in SCHEMAS})


def _told(unfit: Unfit) -> dict[str, Any]:
    return {"name": unfit.name, "images": unfit.images, "example": unfit.example}


def _write_predictions(path: Path, evaluation: Evaluation) -> Path:
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with scratch.open("w", encoding="utf-8") as file:
            file.writelines(_predictions(evaluation.lines))
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
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
