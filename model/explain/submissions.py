"""Submission archives of an evaluation, one for each dataset and split, as the sites take them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.evaluate import DetectedLines, Evaluation, detections
from model.explain.place import SUBMISSIONS
from model.protocols.inputs import GroundTruths
from model.submission import IMAGE_ID, write_submission


@dataclass(frozen=True)
class Unfit:
    """A dataset and split whose image names the archive cannot hold: how many, and one of them."""

    name: str
    images: int
    example: str


def write_submissions(
    folder: Path, evaluation: Evaluation, name: str
) -> tuple[list[Path], list[Unfit]]:
    """``submissions/<dataset>-<split>/submit_<name>.zip``.

    Lines are written as rectangles where every ground truth is an upright box, else as
    quadrilaterals. The archives name images ``img_N``; a group with others gets none, and is told.
    """
    paths, unfit = [], []
    for group, lines in by_split(evaluation.lines).items():
        strange = [stem for stem in lines if not IMAGE_ID.fullmatch(stem)]
        if strange:
            unfit.append(Unfit(group, len(strange), strange[0]))
            continue
        truths = evaluation.truths.quadrilaterals
        quads = not all(is_upright(truths[image_id]) for image_id in lines.values())
        path = folder / SUBMISSIONS / group / f"submit_{safe(name)}.zip"
        path.parent.mkdir(parents=True, exist_ok=True)
        found = {stem: detections(evaluation.lines[key], quads) for stem, key in lines.items()}
        write_submission(path, found)
        paths.append(path)
    return paths, unfit


def by_split(lines: Mapping[str, DetectedLines]) -> dict[str, dict[str, str]]:
    """Image ids by ``<dataset>-<split>`` and then by the image's own name."""
    groups: dict[str, dict[str, str]] = {}
    for image_id in lines:
        dataset, split, stem = image_id.split("/")
        groups.setdefault(f"{dataset}-{split}", {})[stem] = image_id
    return groups


def is_upright(truths: GroundTruths) -> bool:
    """Whether all quadrilaterals, (N, 8), are boxes with level and plumb sides, points clockwise
    from whichever corner or the other way round."""
    points = truths.shapes.reshape(-1, 4, 2)
    low, high = points.min(axis=1, keepdims=True), points.max(axis=1, keepdims=True)
    at_corner = ((points == low) | (points == high)).all()
    sides = np.roll(points, -1, axis=1) - points
    straight = (sides == 0).any(axis=2).all()
    return bool(at_corner and straight)


def safe(name: str) -> str:
    """A name of a run as a part of a file's name that every site takes."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name)
