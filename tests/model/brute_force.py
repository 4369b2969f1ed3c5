"""Slices and targets by explicit loops, straight from what ``cut`` and ``assign`` promise.

Slices are computed in exact fractions and rounded to float32 at the end, as ``Slices`` holds them.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import log
from typing import NamedTuple

import numpy as np

from model.outlines import MIN_WIDTH
from model.targets import TargetSettings

STRIDE = 16
DEFAULT = TargetSettings()

Point = tuple[Fraction, Fraction]
Edge = tuple[Point, Point]


class Box(NamedTuple):
    """Left, top, right, bottom."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top)

    def shared(self, other: "Box") -> float:
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(across, 0.0) * max(down, 0.0)

    def iou(self, other: "Box") -> float:
        shared = self.shared(other)
        return shared / (self.area + other.area - shared)


class Slice(NamedTuple):
    """One slice, its column's index and the ends of its whole region."""

    region: int
    column: int
    box: Box
    left: float
    right: float


class Stretch(NamedTuple):
    """A piece of a region between two x, and the means of its outlines there."""

    low: Fraction
    high: Fraction
    top: Fraction
    bottom: Fraction


def slices_of(polygons: Sequence[np.ndarray], picture: Box) -> list[Slice]:
    """The slices of a picture's regions, ordered by region and then by column."""
    found = []
    for region, polygon in enumerate(polygons):
        stretches = stretches_of(solid(polygon), picture)
        if not stretches or stretches[-1].high - stretches[0].low < MIN_WIDTH:
            continue
        ends = rounded(stretches[0].low), rounded(stretches[-1].high)
        columns: dict[int, list[Stretch]] = {}
        for stretch in stretches:
            columns.setdefault(int(stretch.low // STRIDE), []).append(stretch)
        covered = {c: sum(s.high - s.low for s in columns[c]) for c in columns}
        fullest = max(covered, key=lambda c: (covered[c], -c))
        for column, pieces in columns.items():
            if 2 * covered[column] >= STRIDE or column == fullest:
                box = slice_box(column, pieces, picture)
                found.append(Slice(region, column, box, *ends))
    return found


def solid(polygon: np.ndarray) -> list[Point]:
    """Exact corners; a region without width becomes a box 1 px wide."""
    points = [(Fraction(float(x)), Fraction(float(y))) for x, y in polygon]
    low, high = min(points)[0], max(points)[0]
    if high - low >= MIN_WIDTH:
        return points
    left, right = low - Fraction(1, 2), low + Fraction(1, 2)
    top, bottom = min(y for _, y in points), max(y for _, y in points)
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def stretches_of(points: list[Point], picture: Box) -> list[Stretch]:
    """A region on the picture, cut wherever an outline may bend or the column changes."""
    edges = list(zip(points, [*points[1:], points[0]], strict=True))
    left, upper, right, lower = map(Fraction, picture)
    bends = {x for x, _ in points} | {left, right}
    bends |= {Fraction(x) for x in range(0, int(right) + 1, STRIDE)}
    for i, edge in enumerate(edges):
        bends |= set(crossings(edge, ((left, upper), (right, upper))))
        bends |= set(crossings(edge, ((left, lower), (right, lower))))
        for other in edges[:i]:
            bends |= set(crossings(edge, other))
    at = sorted(x for x in bends if left <= x <= right)
    found = []
    for low, high in pairwise(at):
        levels = [y for edge in edges for y in level(edge, (low + high) / 2)]
        if levels and max(levels) > upper and min(levels) < lower:
            top, bottom = (min(max(y, upper), lower) for y in (min(levels), max(levels)))
            found.append(Stretch(low, high, top, bottom))
    return found


def level(edge: Edge, x: Fraction) -> list[Fraction]:
    """y of an edge at x, if it spans it."""
    (x0, y0), (x1, y1) = sorted(edge)
    return [y0 + (y1 - y0) * (x - x0) / (x1 - x0)] if x0 < x < x1 else []


def crossings(one: Edge, other: Edge) -> list[Fraction]:
    """x at which the lines through two edges meet, none for parallel ones."""
    (ax, ay), (bx, by) = one
    (cx, cy), (dx, dy) = other
    turn = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
    if turn == 0:
        return []
    return [ax + (bx - ax) * ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / turn]


def slice_box(column: int, pieces: list[Stretch], picture: Box) -> Box:
    """Mean top and bottom over a column, at least 1 px high and inside the picture."""
    upper, lower = Fraction(picture.top), Fraction(picture.bottom)
    covered = sum(s.high - s.low for s in pieces)
    top = sum((s.high - s.low) * s.top for s in pieces) / covered
    bottom = sum((s.high - s.low) * s.bottom for s in pieces) / covered
    extent = min(max(bottom - top, Fraction(1)), lower - upper)
    top = min(max((top + bottom - extent) / 2, upper), lower - extent)
    left = float(STRIDE * column)
    return Box(left, rounded(top), left + STRIDE, rounded(top + extent))


def rounded(x: Fraction) -> float:
    return float(np.float32(float(x)))


class Answer(NamedTuple):
    """What ``Targets`` holds."""

    labels: np.ndarray
    vertical: np.ndarray
    side: np.ndarray
    side_mask: np.ndarray


def assigned(
    polygons: Sequence[np.ndarray],
    care: Sequence[bool],
    grid: tuple[int, int, Sequence[float]],
    picture: Box,
    exhaustive: bool,
    by: TargetSettings = DEFAULT,
) -> Answer:
    """Targets of an image; ``grid``: rows, columns, anchor heights; ``picture``: where it lies."""
    slices = slices_of(polygons, picture)
    good = [s for s in slices if care[s.region]]
    bad = [s for s in slices if not care[s.region]]
    shape = (grid[0], grid[1], len(grid[2]))
    best_good, best_bad = best_anchors(good, grid), best_anchors(bad, grid)
    answer = Answer(
        np.full(shape, -1), np.zeros((*shape, 2)), np.zeros(shape), np.zeros(shape, bool)
    )
    for place in np.ndindex(shape):
        anchor = anchor_at(place, grid[2])
        mine = [s for s in good if s.column == place[1]]
        others = [s.box for s in bad if s.column == place[1]]
        ious = [anchor.iou(s.box) for s in mine]
        if max(ious, default=0) > by.positive_iou or place in best_good:
            answer.labels[place] = 1
            fill(answer, place, anchor, mine[ious.index(max(ious))], by)
        elif (
            max(ious, default=0) < by.negative_iou
            and anchor.shared(picture) / anchor.area >= by.content_coverage
            and covered_share(anchor, others) < by.ignore_coverage
            and place not in best_bad
            and (exhaustive or any(near(anchor, s.box, by.neighbourhood) for s in mine))
        ):
            answer.labels[place] = 0
    return answer


def anchor_at(place: tuple[int, ...], heights: Sequence[float]) -> Box:
    row, column, k = place
    centre, half = STRIDE * row + STRIDE / 2, heights[k] / 2
    return Box(STRIDE * column, centre - half, STRIDE * column + STRIDE, centre + half)


def best_anchors(
    slices: list[Slice], grid: tuple[int, int, Sequence[float]]
) -> set[tuple[int, ...]]:
    """The place of each slice's best anchor: the lowest index of equals, with some overlap."""
    found = set()
    for piece in slices:
        places = [(r, piece.column, k) for r in range(grid[0]) for k in range(len(grid[2]))]
        ious = [anchor_at(place, grid[2]).iou(piece.box) for place in places]
        if max(ious) > 0:
            found.add(places[ious.index(max(ious))])
    return found


def covered_share(anchor: Box, boxes: list[Box]) -> float:
    """Share of an anchor under the union of boxes of its column, by sweeping over y."""
    reach, total = anchor.top, 0.0
    for box in sorted(boxes, key=lambda b: b.top):
        low, high = max(box.top, reach), min(box.bottom, anchor.bottom)
        if high > low:
            total, reach = total + high - low, high
    return total / (anchor.bottom - anchor.top)


def near(anchor: Box, box: Box, heights: float) -> bool:
    away = abs((box.top + box.bottom) / 2 - (anchor.top + anchor.bottom) / 2)
    return away <= max(heights * (box.bottom - box.top), STRIDE)


def fill(
    answer: Answer, place: tuple[int, ...], anchor: Box, piece: Slice, by: TargetSettings
) -> None:
    """The regression targets of one positive."""
    height = anchor.bottom - anchor.top
    middle, wanted = (anchor.top + anchor.bottom) / 2, (piece.box.top + piece.box.bottom) / 2
    answer.vertical[place] = (
        (wanted - middle) / height,
        log((piece.box.bottom - piece.box.top) / height),
    )
    centre = (anchor.left + anchor.right) / 2
    end = min(piece.left - centre, piece.right - centre, key=abs)
    reach = by.side_reach / STRIDE
    answer.side[place] = max(min(end / STRIDE, reach), -reach)
    answer.side_mask[place] = by.far_sides or abs(end) <= by.side_reach
