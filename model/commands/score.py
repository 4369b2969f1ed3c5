"""``python -m model score``: score a submission archive under the protocols of the competition."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.explain.outcomes import CorpusOutcomes, explain_corpus
from model.protocols import PROTOCOLS
from model.protocols.inputs import Detections, GroundTruths
from model.rrc_archive import Dropped
from model.submission import read_ground_truth, read_submission

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

ALL = "all"


def add_parser(subparsers: "Subparsers") -> None:
    """Declare ``score`` and its arguments."""
    parser = subparsers.add_parser(
        "score",
        help="score a submission .zip against a ground truth .zip",
        description="Score a submission archive as the competition's scripts do, and say what "
        "became of every ground truth and detection. Whatever is wrong with an archive is an "
        "error that names file and line.",
    )
    parser.add_argument(
        "--protocol",
        default=ALL,
        choices=(*PROTOCOLS, ALL),
        help="how to match boxes (default: all that take the shapes of both archives; deteval and "
        "icdar2013 compare rectangles only)",
    )
    parser.add_argument("--gt", required=True, type=Path, help=".zip of gt_img_N.txt")
    parser.add_argument("--submission", required=True, type=Path, help=".zip of res_img_N.txt")
    parser.add_argument(
        "--lenient",
        action="store_true",
        help="leave out files and lines of the submission that are not as they must be, count them "
        "and say so beside the score, which is then none that the competition would give; of a "
        "file that is there twice the first counts",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, not tables")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the scores; raises UserError where an archive cannot be read or scored."""
    gt = read_ground_truth(args.gt)
    dropped = Dropped() if args.lenient else None
    found = read_submission(args.submission, gt, dropped)
    names = [args.protocol] if args.protocol != ALL else fitting(gt, found)
    scores = {name: explain_corpus(name, gt, found) for name in names}
    if args.json:
        answers = {name: _summary(outcomes) for name, outcomes in scores.items()}
        answer = {"protocols": answers} if args.protocol == ALL else answers[args.protocol]
        print(json.dumps({**answer, **_lenience(dropped)}))
    else:
        print("\n\n".join(_report(scores, dropped)))
    return 0


def fitting(gt: Mapping[str, GroundTruths], found: Mapping[str, Detections]) -> list[str]:
    """The protocols that take the shapes of both."""
    shapes = [image.shapes for image in gt.values()] + [image.shapes for image in found.values()]
    upright = all(some.shape[1] == 4 for some in shapes)
    return [name for name, how in PROTOCOLS.items() if upright or how.takes_quadrilaterals]


def _summary(outcomes: CorpusOutcomes) -> dict[str, Any]:
    counts = {"truths": dict(outcomes.truths), "detections": dict(outcomes.detections)}
    return {**outcomes.score.summary(), "outcomes": counts}


def _lenience(dropped: Dropped | None) -> dict[str, Any]:
    """What a lenient reading adds to the answer."""
    if dropped is None:
        return {}
    return {"lenient": True, "dropped": dict(dropped.counts), "dropped_places": dropped.places}


def _report(scores: Mapping[str, CorpusOutcomes], dropped: Dropped | None) -> list[str]:
    """Figures, what was dropped, and what became of the boxes, for reading."""
    rows = [outcomes.score.summary() for outcomes in scores.values()]
    cells = [[_cell(value) for value in row.values()] for row in rows]
    headings = [name.replace("_", " ") for name in rows[0]]
    if dropped is not None:
        headings.append("read")
        cells = [[*row, "leniently"] for row in cells]
    parts = [aligned([headings, *cells])]
    if dropped is not None:
        parts.append(_dropped(dropped))
    sides = {"ground truths": "truths", "detections": "detections"}
    for title, side in sides.items():
        counts = [getattr(outcomes, side) for outcomes in scores.values()]
        kinds = ([kind, *(str(count[kind]) for count in counts)] for kind in counts[0])
        parts.append(aligned([[title, *scores], *kinds]))
    return parts


def _dropped(dropped: Dropped) -> str:
    """What a lenient reading left out."""
    if not dropped.counts:
        return "nothing was left out: the score is that of a strict reading"
    lines = ["left out, so the competition would give another score, or none:"]
    for kind, count in dropped.counts.most_common():
        places = dropped.places[kind]
        more = ", ..." if count > len(places) else ""
        lines.append(f"  {kind}: {count} ({', '.join(places)}{more})")
    return "\n".join(lines)


def _cell(value: str | float | int) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells under their headings."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
