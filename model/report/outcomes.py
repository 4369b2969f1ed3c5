"""Outcomes in words, for people."""

from collections.abc import Mapping
from dataclasses import dataclass

TRUTHS, DETECTIONS = "truths", "detections"
SIDE_TITLES: Mapping[str, str] = {TRUTHS: "Ground truths", DETECTIONS: "Detections"}


@dataclass(frozen=True)
class Outcome:
    """``name``: as the tables have it; ``is_loss``: that it costs recall or precision, wholly or
    in part, at least under one protocol."""

    name: str
    title: str
    meaning: str
    is_loss: bool = True


OUTCOMES: Mapping[str, tuple[Outcome, ...]] = {
    TRUTHS: (
        Outcome("matched", "matched", "one detection for it alone", False),
        Outcome("split", "split", "found in several pieces that cover it together"),
        Outcome("merged", "merged", "found together with others in one detection"),
        Outcome("low_overlap", "low overlap", "touched by a detection, but not enough"),
        Outcome("missed", "missed", "no detection covers a tenth of it"),
        Outcome("dont_care", "don't-care", "neither asked for nor counted", False),
    ),
    DETECTIONS: (
        Outcome("matched", "matched", "one ground truth for it alone", False),
        Outcome("part_of_split", "part of a split", "a piece of a ground truth found in several"),
        Outcome("merge", "merge", "covers several ground truths"),
        Outcome("duplicate", "duplicate", "repeats a ground truth that has its match already"),
        Outcome("background", "background", "no ground truth, or too little of one, is there"),
        Outcome("dont_care", "don't-care", "left out, for it lies on a don't-care region", False),
    ),
}
"""Of each side, in the order in which they are shown; docs/scores.md has the rules."""

PROTOCOL_MEANINGS: Mapping[str, str] = {
    "deteval": "ICDAR 2013 as DetEval has it: rectangles; words found as one line, or in pieces, "
    "count where nothing else overlaps them",
    "icdar2013": "ICDAR 2013 as the competition's site computes it: rectangles; the same "
    "thresholds with looser conditions on what else overlaps",
    "iou": "ICDAR 2015: quadrilaterals, one to one, IoU above 0.5; merged or split words are "
    "losses",
}
