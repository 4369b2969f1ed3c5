"""From an evaluation to the rows of its tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from model.evaluate import Evaluation, detections
from model.explain.measures import shapes_of
from model.explain.outcomes import CorpusOutcomes, Side, explain_corpus
from model.explain.overlaps import Overlaps, overlaps_of
from model.explain.tables import table_of
from model.protocols import PROTOCOLS

Row = dict[str, Any]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Explained:
    """An evaluation explained: outcomes by protocol, and the three tables by name."""

    outcomes: Mapping[str, CorpusOutcomes]
    tables: Mapping[str, pa.Table]


def explain_evaluation(evaluation: Evaluation) -> Explained:
    """What became of everything in an evaluation that was made to be explained."""
    overlaps = {quads: _overlaps(evaluation, quads) for quads in (False, True)}
    outcomes = {}
    for name, protocol in PROTOCOLS.items():
        quads = protocol.takes_quadrilaterals
        truths = evaluation.truths.quadrilaterals if quads else evaluation.truths.rectangles
        found = {key: detections(value, quads) for key, value in evaluation.lines.items()}
        outcomes[name] = explain_corpus(
            name, truths, found, evaluation.scores[name], overlaps[quads]
        )
    names = sorted(evaluation.truths.rows)
    tables = {
        "images": table_of("images", _images(evaluation, outcomes, names)),
        "truths": table_of("truths", _truths(evaluation, outcomes, overlaps[True], names)),
        "detections": table_of("detections", _found(evaluation, outcomes, overlaps[True], names)),
    }
    return Explained(outcomes, tables)


def _overlaps(evaluation: Evaluation, quads: bool) -> dict[str, Overlaps]:
    truths = evaluation.truths.quadrilaterals if quads else evaluation.truths.rectangles
    return {
        name: overlaps_of(ours, detections(evaluation.lines[name], quads), inclusive=not quads)
        for name, ours in truths.items()
    }


def _images(
    evaluation: Evaluation, outcomes: Mapping[str, CorpusOutcomes], names: Sequence[str]
) -> Iterator[Row]:
    for name in names:
        row = evaluation.truths.rows[name]
        sums: Row = {}
        for p, corpus in outcomes.items():
            explained = corpus.per_image[name]
            sums |= {
                f"{p}_recall_credit": explained.truths.credit,
                f"{p}_truths": explained.truths.counted,
                f"{p}_precision_credit": explained.detections.credit,
                f"{p}_detections": explained.detections.counted,
            }
        about = {key: row[key] for key in ("image_uri", "image_sha256", "width", "height")}
        brightness = evaluation.brightness[name].picture
        fingerprint = evaluation.truths.fingerprints[name]
        yield {
            **_place(name),
            **about,
            "fingerprint": fingerprint,
            "brightness": brightness,
            **sums,
        }


def _truths(
    evaluation: Evaluation,
    outcomes: Mapping[str, CorpusOutcomes],
    overlaps: Mapping[str, Overlaps],
    names: Sequence[str],
) -> Iterator[Row]:
    for name in names:
        image = evaluation.truths.rows[name]
        regions = image["regions"]
        measures = _measures([r["polygon"] for r in regions], image)
        measures["brightness"] = evaluation.brightness[name].truths
        best = _best(overlaps[name], len(regions), of_truths=True)
        sides = {p: corpus.per_image[name].truths for p, corpus in outcomes.items()}
        for index, region in enumerate(regions):
            length = None if region["text"] is None else len(region["text"])
            yield {
                **_place(name),
                "index": index,
                "annotation_uri": image["annotation_uri"],
                **{key: region[key] for key in _OF_REGION},
                **_numbers(measures, index),
                "text_length": length,
                **_results(sides, index),
                "best_detection": best[index][0],
                "best_iou": best[index][1],
            }


_OF_REGION = ("region_id", "source_line", "raw", "text", "care", "ignore_reason", "polygon")


def _found(
    evaluation: Evaluation,
    outcomes: Mapping[str, CorpusOutcomes],
    overlaps: Mapping[str, Overlaps],
    names: Sequence[str],
) -> Iterator[Row]:
    for name in names:
        lines, care = evaluation.lines[name], evaluation.truths.quadrilaterals[name].care
        polygons = lines.quads.reshape(-1, 8).tolist()
        measures = _measures(polygons, evaluation.truths.rows[name])
        measures["brightness"] = evaluation.brightness[name].detections
        best = _best(overlaps[name], len(polygons), of_truths=False)
        touches = _touches(overlaps[name], care, len(polygons))
        sides = {p: corpus.per_image[name].detections for p, corpus in outcomes.items()}
        for index, polygon in enumerate(polygons):
            yield {
                **_place(name),
                "index": index,
                "polygon": polygon,
                "score": float(lines.scores[index]),
                **_numbers(measures, index),
                **_results(sides, index),
                "best_truth": best[index][0],
                "best_iou": best[index][1],
                "touches": touches[index],
            }


def _place(image_id: str) -> Row:
    dataset, split, _ = image_id.split("/")
    return {"image_id": image_id, "dataset": dataset, "split": split}


def _measures(polygons: Sequence[Sequence[float]], image: Row) -> dict[str, Floats]:
    sizes = np.tile([image["width"], image["height"]], (len(polygons), 1)).astype(np.float64)
    return shapes_of(polygons, sizes)


def _numbers(measures: Mapping[str, Floats], index: int) -> Row:
    """The measures of one row; what could not be measured is null."""
    values = {name: float(column[index]) for name, column in measures.items()}
    return {name: value if np.isfinite(value) else None for name, value in values.items()}


def _results(sides: Mapping[str, Side], index: int) -> Row:
    return {
        key: value
        for p, side in sides.items()
        for key, value in (
            (f"{p}_outcome", side.outcomes[index]),
            (f"{p}_credit", side.credits[index]),
            (f"{p}_partners", side.partners[index]),
        )
    }


def _best(
    overlaps: Overlaps, size: int, of_truths: bool
) -> list[tuple[int, float] | tuple[None, None]]:
    """Of each, the one on the other side with the highest IoU (the first of several), and it."""
    own, other = overlaps.truths, overlaps.detections
    if not of_truths:
        own, other = other, own
    iou = overlaps.iou
    order = np.lexsort((other, -iou, own))
    first = order[np.unique(own[order], return_index=True)[1]]
    found: list[tuple[int, float] | tuple[None, None]] = [(None, None)] * size
    for pair in first.tolist():
        found[int(own[pair])] = (int(other[pair]), float(iou[pair]))
    return found


def _touches(overlaps: Overlaps, care: npt.NDArray[np.bool_], size: int) -> list[float]:
    """Share of each detection in care ground truths; where those overlap, 1 at most."""
    counts = care[overlaps.truths]
    shares = np.bincount(overlaps.detections[counts], overlaps.precision[counts], size)
    return [float(share) for share in np.minimum(shares, 1)]
