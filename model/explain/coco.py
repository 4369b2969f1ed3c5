"""COCO's average precision of text boxes, by pycocotools, the detections ranked by their score.

Lin et al., "Microsoft COCO: common objects in context", ECCV 2014. Boxes are upright, in whole
pixels, as the rectangle protocols compare them; there is one class; don't-care ground truth is
``iscrowd``: detections in it neither gain nor lose. Of an image the ``MOST`` best detections count,
which is COCO's own limit.
"""

import contextlib
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from model.protocols.inputs import Detections, Floats, GroundTruths, rectangles

MOST = 100
_CLASS = 1
_EVERY_SIZE = [[0, 1e10]]


def average_precision(
    truths: Mapping[str, GroundTruths],
    detections: Mapping[str, Detections],
    scores: Mapping[str, Floats],
) -> dict[str, Any]:
    """``ap`` (IoU .5 to .95), ``ap50`` and ``ap75``, None where no ground truth counts; beside them
    ``max_detections`` and how many detections are ``beyond`` that.

    All are keyed by image id: inclusive rectangles, and (D,) scores of the detections.
    """
    numbers = {name: number for number, name in enumerate(sorted(truths), start=1)}
    ours = _ground_truth(truths, numbers)
    found = [
        entry
        for name in numbers
        for entry in _results(detections.get(name), scores.get(name), numbers[name])
    ]
    beyond = sum(max(0, len(detections[name]) - MOST) for name in numbers if name in detections)
    told = {"max_detections": MOST, "beyond": beyond}
    return {**_evaluate(ours, found), **told}


def _evaluate(dataset: dict[str, Any], results: list[dict[str, Any]]) -> dict[str, float | None]:
    if all(entry["iscrowd"] for entry in dataset["annotations"]):
        return dict.fromkeys(("ap", "ap50", "ap75"))
    if not results:  # loadRes takes no empty list
        return dict.fromkeys(("ap", "ap50", "ap75"), 0.0)
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = dataset
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(results), "bbox")
        evaluation.params.areaRng, evaluation.params.areaRngLbl = _EVERY_SIZE, ["all"]
        evaluation.params.maxDets = [MOST]
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"][..., 0, 0, 0]  # thresholds of IoU, of recall
    at = np.round(evaluation.params.iouThrs, 2).tolist()
    return {
        "ap": float(precision.mean()),
        "ap50": float(precision[at.index(0.5)].mean()),
        "ap75": float(precision[at.index(0.75)].mean()),
    }


def _ground_truth(truths: Mapping[str, GroundTruths], numbers: Mapping[str, int]) -> dict[str, Any]:
    annotations: list[dict[str, Any]] = []
    for name, number in numbers.items():
        boxes = _boxes(rectangles(truths[name].shapes))
        for box, care in zip(boxes, truths[name].care.tolist(), strict=True):
            annotations.append(
                {
                    "id": len(annotations) + 1,  # 0 would count as unmatched
                    "image_id": number,
                    "category_id": _CLASS,
                    "bbox": box,
                    "area": box[2] * box[3],
                    "iscrowd": int(not care),
                }
            )
    return {
        "info": {},
        "images": [{"id": number} for number in numbers.values()],
        "categories": [{"id": _CLASS, "name": "text"}],
        "annotations": annotations,
    }


def _results(
    detections: Detections | None, scores: Floats | None, number: int
) -> list[dict[str, Any]]:
    if detections is None or scores is None:
        return []
    boxes = _boxes(rectangles(detections.shapes))
    return [
        {"image_id": number, "category_id": _CLASS, "bbox": box, "score": float(score)}
        for box, score in zip(boxes, scores, strict=True)
    ]


def _boxes(inclusive: Floats) -> list[list[float]]:
    """COCO's left, top, width, height of inclusive rectangles."""
    sizes = inclusive[:, 2:] - inclusive[:, :2] + 1
    return [list(map(float, box)) for box in np.concatenate([inclusive[:, :2], sizes], axis=1)]
