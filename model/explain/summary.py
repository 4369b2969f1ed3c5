"""The figures of an evaluation, for ``evaluation.json`` and for a person."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from manifests.pages.words import visible
from model.evaluate import Evaluation, detections
from model.explain.bootstrap import DEFAULT, FIGURES, LEVEL, intervals, sums_of
from model.explain.coco import average_precision
from model.explain.rows import Explained
from model.explain.tables import background_that_touches


def summarise(evaluation: Evaluation, explained: Explained) -> dict[str, Any]:
    """Figures with intervals, outcomes, average precision and speed, ready for JSON."""
    images = len(evaluation.lines)
    found = {name: detections(lines, False) for name, lines in evaluation.lines.items()}
    scores = {name: lines.scores.astype(float) for name, lines in evaluation.lines.items()}
    return {
        "protocols": {name: _protocol(explained, name) for name in explained.outcomes},
        "bootstrap": {**asdict(DEFAULT), "level": LEVEL},
        "coco": average_precision(evaluation.truths.rectangles, found, scores),
        "images": images,
        "seconds": round(evaluation.seconds, 3),
        "images_per_second": round(images / max(evaluation.seconds, 1e-9), 3),
    }


def _protocol(explained: Explained, name: str) -> dict[str, Any]:
    corpus = explained.outcomes[name]
    score = corpus.score
    return {
        "precision": score.precision,
        "recall": score.recall,
        "hmean": score.hmean,
        "ground_truths": score.ground_truths,
        "detections": score.detections,
        "interval": intervals(sums_of(explained.tables["images"], name), DEFAULT),
        "outcomes": {"truths": dict(corpus.truths), "detections": dict(corpus.detections)},
        "background_that_touches": background_that_touches(explained.tables["detections"], name),
    }


def as_table(info: Mapping[str, Any]) -> str:
    """What ``evaluation.json`` holds, for a person: a line a protocol, and what became of all."""
    sections = [_figures(info["protocols"]), _others(info), _outcomes(info["protocols"])]
    return "\n\n".join("\n".join(map(visible, lines)) for lines in sections)


def _figures(protocols: Mapping[str, Any]) -> list[str]:
    heading = "".join(f"{name:>23}" for name in FIGURES)
    lines = [f"{'protocol':<10}{heading}{'truths':>8}{'found':>8}"]
    for name, score in protocols.items():
        told = (f"{score[key]:.4f} {_ends(score['interval'][key])}" for key in FIGURES)
        cells = "".join(f"{figure:>23}" for figure in told)
        lines.append(f"{name:<10}{cells}{score['ground_truths']:>8}{score['detections']:>8}")
    return lines


def _ends(ends: tuple[float, float] | None) -> str:
    return f"({ends[0]:.3f}-{ends[1]:.3f})" if ends else "(-)"


def _others(info: Mapping[str, Any]) -> list[str]:
    coco = info["coco"]
    ap = ", ".join(
        f"{name} {'-' if coco[key] is None else format(coco[key], '.4f')}"
        for name, key in (("AP", "ap"), ("AP50", "ap50"), ("AP75", "ap75"))
    )
    beyond = f" ({coco['beyond']} detections beyond {coco['max_detections']} an image left out)"
    lines = [f"COCO {ap}{beyond if coco['beyond'] else ''}"]
    lines.append(f"{info['images_per_second']:.1f} images/s")
    origin = info.get("thresholds_from")
    if origin:
        lines.append(f"thresholds: {origin['words']}")
        lines += [f"warning: {text}" for text in origin["warnings"]]
    return lines


def _outcomes(protocols: Mapping[str, Any]) -> list[str]:
    """What became of both sides, a line each, the protocols' counts beside one another."""
    lines = []
    for side, what in (("truths", "ground truths"), ("detections", "detections")):
        counts = [score["outcomes"][side] for score in protocols.values()]
        told = ", ".join(
            f"{key.replace('_', ' ')} {'/'.join(str(each[key]) for each in counts)}"
            for key in counts[0]
        )
        lines.append(f"{what} by {'/'.join(protocols)}: {told}")
    touching = "/".join(str(score["background_that_touches"]) for score in protocols.values())
    return [*lines, f"of the background, {touching} touch a ground truth, too little to count"]
