"""From proposals to text lines, one pair at a time, by the rules of ``model``.

Suppression, neighbours and fits as they are commonly written: a loop over the proposals kept, a
table of columns, a graph of N x N, a fit for each line.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model.anchors import STRIDE
from model.lines import LEAST_HEIGHT, SIDE_CONFLICT, SIDE_LIMIT, LineSettings
from model.links import SPLIT_TOLERANCE
from model.proposals import Proposals

Quad = list[tuple[float, float]]
Straight = tuple[float, float]
"""Slope, and y at x = 0."""

Box = npt.NDArray[np.float64]
"""One proposal (6,) or many (N, 6): left, top, right, bottom in px of the resized image, score,
side offset."""
LEFT, TOP, RIGHT, BOTTOM, SCORE, SIDE = range(6)


class Line(NamedTuple):
    """One text line: corners clockwise from the top left, and its mean score."""

    quad: Quad
    score: float


def text_lines(
    proposals: Proposals, min_score: float, max_iou: float, settings: LineSettings
) -> list[Line]:
    """The lines of one image's proposals, by falling score."""
    boxes = boxes_of(proposals)
    boxes = boxes[boxes[:, SCORE] > min_score]
    boxes = boxes[suppressed(boxes, max_iou)]
    lines = []
    for members in chains(boxes, settings):
        line = fitted(boxes[members], settings)
        if line is not None:
            lines.append(line)
    return sorted(lines, key=lambda line: -line.score)


def boxes_of(proposals: Proposals) -> Box:
    """The arrays as one, (N, 6)."""
    left = proposals.column * float(STRIDE)
    values = (left, proposals.top, left + STRIDE, proposals.bottom, proposals.score, proposals.side)
    return np.stack(values, axis=1).astype(np.float64)


def suppressed(boxes: Box, max_iou: float) -> list[int]:
    """Greedy non-maximum suppression: what is kept, by falling score."""
    left, top, right, bottom, score, _ = boxes.T
    areas = (right - left) * (bottom - top)
    order = np.argsort(-score, kind="stable")
    kept = []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(int(best))
        across = np.minimum(right[best], right[rest]) - np.maximum(left[best], left[rest])
        down = np.minimum(bottom[best], bottom[rest]) - np.maximum(top[best], top[rest])
        shared = np.maximum(across, 0) * np.maximum(down, 0)
        order = rest[shared / (areas[best] + areas[rest] - shared) <= max_iou]
    return kept


def chains(boxes: Box, settings: LineSettings) -> list[list[int]]:
    """The proposals of each line from left to right, in order of the lines' first members."""
    table: dict[float, list[int]] = {}
    for i, box in enumerate(boxes):
        table.setdefault(box[LEFT], []).append(i)
    graph = np.zeros((len(boxes), len(boxes)), dtype=bool)
    for i in range(len(boxes)):
        following = neighbour(boxes, table, i, 1, settings)
        if following is not None and neighbour(boxes, table, following, -1, settings) == i:
            split = settings.split_at_sides and parted(boxes[i], boxes[following])
            graph[i, following] = not split
    found = []
    for i in range(len(boxes)):
        if not graph[:, i].any():
            chain = [i]
            while graph[chain[-1]].any():
                chain.append(int(graph[chain[-1]].argmax()))
            found.append(chain)
    return found


def neighbour(
    boxes: Box, table: dict[float, list[int]], i: int, sign: int, settings: LineSettings
) -> int | None:
    """The best neighbour on one side, in the nearest column that has any."""
    for distance in range(STRIDE, int(settings.gap) + 1, STRIDE):
        best, best_iou = None, 0.0
        for j in table.get(boxes[i, LEFT] + sign * distance, []):
            iou = vertical_iou(boxes[i], boxes[j])
            if iou > best_iou and alike(boxes[i], boxes[j], settings):
                best, best_iou = j, iou
        if best is not None:
            return best
    return None


def vertical_iou(one: Box, other: Box) -> float:
    """IoU of the extents in y."""
    shared = min(one[BOTTOM], other[BOTTOM]) - max(one[TOP], other[TOP])
    lower, taller = heights(one, other)
    return shared / (lower + taller - shared)


def alike(one: Box, other: Box, settings: LineSettings) -> bool:
    """Whether two proposals overlap in y and are of one size."""
    shared = min(one[BOTTOM], other[BOTTOM]) - max(one[TOP], other[TOP])
    lower, taller = heights(one, other)
    return shared >= settings.min_overlap * lower and lower >= settings.min_height_ratio * taller


def heights(one: Box, other: Box) -> tuple[float, float]:
    """The lower height and the taller one."""
    first, second = one[BOTTOM] - one[TOP], other[BOTTOM] - other[TOP]
    return min(first, second), max(first, second)


def parted(one: Box, other: Box) -> bool:
    """Whether the side offsets end a line between two proposals."""
    steps = (other[LEFT] - one[LEFT]) / STRIDE
    return one[SIDE] > 0 and other[SIDE] < 0 and one[SIDE] - other[SIDE] <= steps + SPLIT_TOLERANCE


def fitted(boxes: Box, settings: LineSettings) -> Line | None:
    """The line through some proposals; None where it is not kept."""
    score = float(np.mean([box[SCORE] for box in boxes]))
    left, right = ends(boxes, settings.refine_sides)
    height = float(np.mean([box[BOTTOM] - box[TOP] for box in boxes]))
    if (
        len(boxes) < settings.min_proposals
        or score <= settings.min_score
        or right - left <= settings.min_aspect * height
    ):
        return None
    x = [(box[LEFT] + box[RIGHT]) / 2 for box in boxes]
    top = outline(x, [box[TOP] for box in boxes])
    bottom = outline(x, [box[BOTTOM] for box in boxes])
    gaps = [at(bottom, end) - at(top, end) for end in (left, right)]
    if len(boxes) < 3 or min(gaps) < LEAST_HEIGHT * height:
        slope, middle = (top[0] + bottom[0]) / 2, float(np.mean(x))
        top, bottom = ((slope, at(line, middle) - slope * middle) for line in (top, bottom))
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return Line([(end, at(line, end)) for end, line in corners], score)


def outline(x: Sequence[float], y: Sequence[float]) -> Straight:
    """The straight line through points; level through one point."""
    if len(x) == 1:
        return 0.0, y[0]
    slope, start = np.polyfit(x, y, 1)
    return float(slope), float(start)


def at(line: Straight, x: float) -> float:
    """y of a line."""
    return line[0] * x + line[1]


def ends(boxes: Box, refine: bool) -> tuple[float, float]:
    """Left and right end in x."""
    first, last = boxes[0], boxes[-1]
    left, right = first[LEFT], last[RIGHT]
    if refine:
        conflict = SIDE_CONFLICT if len(boxes) > 1 else 0.0
        if first[SIDE] <= conflict:
            left = (first[LEFT] + first[RIGHT]) / 2 + STRIDE * max(first[SIDE], -SIDE_LIMIT)
        if last[SIDE] >= -conflict:
            right = (last[LEFT] + last[RIGHT]) / 2 + STRIDE * min(last[SIDE], SIDE_LIMIT)
    return left, max(right, left + 1)
