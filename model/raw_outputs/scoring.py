"""A submission archive of the lines of raw outputs, and its score."""

from collections.abc import Mapping
from pathlib import Path

from model.evaluate import detections
from model.outputs import TextLines
from model.protocols import PROTOCOLS, evaluate
from model.protocols.inputs import GroundTruths
from model.protocols.results import Score
from model.submission import IMAGE_ID, write_submission


def unfit_names(names: list[str]) -> list[str]:
    """Those that a submission archive cannot hold: it names images ``img_N``."""
    return [name for name in names if not IMAGE_ID.fullmatch(name)]


def has_quadrilaterals(truths: Mapping[str, GroundTruths]) -> bool:
    """Whether one ground truth is a quadrilateral, so that only ``iou`` can be asked."""
    return any(len(truth) and truth.shapes.shape[1] == 8 for truth in truths.values())


def write_archive(path: Path, lines: Mapping[str, TextLines], quads: bool) -> None:
    """Write the lines of the images ``img_N`` as a submission, as quadrilaterals or rectangles."""
    found = {name: detections(one, quads) for name, one in lines.items()}
    write_submission(path, found)


def scores_of(
    lines: Mapping[str, TextLines], truths: Mapping[str, GroundTruths]
) -> dict[str, Score]:
    """The score under each protocol that the ground truth allows, of its images alone; those that
    have no lines count as images where nothing was found."""
    quads = has_quadrilaterals(truths)
    found = {name: detections(one, quads) for name, one in lines.items() if name in truths}
    allowed = [p.name for p in PROTOCOLS.values() if p.takes_quadrilaterals or not quads]
    return {name: evaluate(name, truths, found) for name in allowed}


def table(scores: Mapping[str, Score]) -> str:
    """The scores for reading, a row each."""
    heading = (
        f"{'protocol':<11}{'precision':>11}{'recall':>10}{'hmean':>10}{'truths':>9}{'found':>8}"
    )
    rows = (
        f"{name:<11}{score.precision:>11.4f}{score.recall:>10.4f}{score.hmean:>10.4f}"
        f"{score.ground_truths:>9}{score.detections:>8}"
        for name, score in scores.items()
    )
    return "\n".join([heading, *rows])
