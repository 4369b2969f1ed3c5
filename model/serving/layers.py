"""What a picture's page shows: slices, proposals and lines, in pixels of the original picture.

Every length is half-open, the origin the picture's top left, EXIF applied.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from model.anchors import STRIDE
from model.config import Config
from model.detector.results import detection_of
from model.outputs import Outputs, text_lines, text_proposals
from model.proposals import Proposals
from model.transforms import Fit

DIGITS = 2
"""Of coordinates: a hundredth of a pixel."""
SCORE_DIGITS = 4
LEAST_SHOWN = 0.02
"""Slices of a lower score than this are too faint to be drawn; a picture has hundreds of them."""


def detection(outputs: Outputs, config: Config) -> dict[str, Any]:
    """Width, height and lines of a picture, as in predictions.jsonl."""
    placed, lines = outputs.placed, text_lines(outputs, config)
    return detection_of(placed.width, placed.height, lines.quads, lines.scores).to_dict()


def layers(outputs: Outputs, config: Config) -> dict[str, Any]:
    """A detection with the steps before it: ``slices`` and ``proposals``, each a list of left, top,
    right, bottom, score by falling score, and ``counts`` of all three."""
    found = detection(outputs, config)
    slices = _visible(candidates(outputs, config))
    proposals = text_proposals(outputs, config)
    counts = {"slices": len(slices), "proposals": len(proposals), "lines": len(found["lines"])}
    return {
        **found,
        "counts": counts,
        "slices": boxes(slices, outputs.placed),
        "proposals": boxes(proposals, outputs.placed),
    }


def candidates(outputs: Outputs, config: Config) -> Proposals:
    """The slices that are left after the first suppression, whatever their score."""
    every = replace(config.proposals, min_score=-1.0, second_nms=1.0)
    return text_proposals(outputs, replace(config, proposals=every))


def boxes(proposals: Proposals, placed: Fit) -> list[list[float]]:
    """Left, top, right, bottom and score of each, from the network's input to the picture."""
    across, down = placed.scale
    left = proposals.column.astype(np.float64) * STRIDE
    right = np.minimum(left + STRIDE, placed.resized_width)
    columns = (left / across, proposals.top / down, right / across, proposals.bottom / down)
    corners = np.round(np.stack(columns, axis=1), DIGITS)
    scores = np.round(proposals.score.astype(np.float64), SCORE_DIGITS)
    rows: list[list[float]] = np.column_stack([corners, scores]).tolist()
    return rows


def _visible(slices: Proposals) -> Proposals:
    return slices.take(slices.score >= LEAST_SHOWN)
