"""Suppression, chains and lines of a few proposals by loops over all pairs, in plain numbers.

Straight from what ``nms``, ``chains`` and ``build_lines`` promise; nothing here is an array.
"""

from typing import NamedTuple

from model.lines import LineSettings

STRIDE = 16
Point = tuple[float, float]


class Box(NamedTuple):
    """One proposal; ``side`` is NaN where it is unknown."""

    column: int
    top: float
    bottom: float
    score: float
    side: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


class Line(NamedTuple):
    """Corners clockwise from the top left, the mean score, and the members."""

    quad: list[Point]
    score: float
    members: list[int]


def shared(one: Box, other: Box) -> float:
    return min(one.bottom, other.bottom) - max(one.top, other.top)


def iou(one: Box, other: Box) -> float:
    return shared(one, other) / (one.height + other.height - shared(one, other))


def suppressed(boxes: list[Box], most: float) -> list[int]:
    """What greedy suppression keeps, by falling score and then by index."""
    kept: list[int] = []
    for i in sorted(range(len(boxes)), key=lambda i: (-boxes[i].score, i)):
        rivals = (boxes[j] for j in kept if boxes[j].column == boxes[i].column)
        if not any(iou(boxes[i], rival) > most for rival in rivals):
            kept.append(i)
    return kept


def neighbour(boxes: list[Box], i: int, sign: int, by: LineSettings) -> int | None:
    """The best neighbour on one side: the nearest column, the greatest IoU, the lowest index."""
    found = []
    for j, box in enumerate(boxes):
        distance = sign * (box.column - boxes[i].column)
        lower, taller = sorted([box.height, boxes[i].height])
        if (
            0 < distance * STRIDE <= by.gap
            and shared(boxes[i], box) >= by.min_overlap * lower
            and lower >= by.min_height_ratio * taller
        ):
            found.append((distance, -iou(boxes[i], box), j))
    return min(found)[2] if found else None


def parted(one: Box, other: Box) -> bool:
    """Whether the side offsets end a line between two; unknown ones, NaN, never do."""
    steps = other.column - one.column
    return one.side > 0 and other.side < 0 and one.side - other.side <= steps + 0.5


def chains(boxes: list[Box], by: LineSettings) -> list[list[int]]:
    """Members of each chain from left to right, in order of their first members."""
    following: dict[int, int] = {}
    for i in range(len(boxes)):
        j = neighbour(boxes, i, 1, by)
        if j is None or neighbour(boxes, j, -1, by) != i:
            continue
        if not (by.split_at_sides and parted(boxes[i], boxes[j])):
            following[i] = j
    found = []
    for i in range(len(boxes)):
        if i not in following.values():
            chain = [i]
            while chain[-1] in following:
                chain.append(following[chain[-1]])
            found.append(chain)
    return found


def lines(boxes: list[Box], by: LineSettings) -> list[Line]:
    """The lines that are kept, by falling score and then in order of their first members."""
    found = [line_of(boxes, chain, by) for chain in chains(boxes, by)]
    return sorted((line for line in found if line), key=lambda line: -line.score)


def line_of(boxes: list[Box], chain: list[int], by: LineSettings) -> Line | None:
    members = [boxes[i] for i in chain]
    count = len(members)
    score = sum(box.score for box in members) / count
    left, right = ends(members, by.refine_sides)
    x = [STRIDE * (box.column + 0.5) for box in members]
    top, bottom = fit(x, [b.top for b in members]), fit(x, [b.bottom for b in members])
    middle = sum(x) / count
    height = bottom[0] - top[0]
    gaps = [at(bottom, end - middle) - at(top, end - middle) for end in (left, right)]
    if count < 3 or min(gaps) < height / 2:
        slope = (top[1] + bottom[1]) / 2
        top, bottom = (top[0], slope), (bottom[0], slope)
    if count < by.min_proposals or score <= by.min_score or right - left <= by.min_aspect * height:
        return None
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return Line([(end, at(edge, end - middle)) for end, edge in corners], score, chain)


def ends(members: list[Box], refine: bool) -> Point:
    """Left and right end in x."""
    first, last = members[0], members[-1]
    left, right = float(first.column), last.column + 1.0
    conflict = 0.5 if len(members) > 1 else 0.0
    if refine and first.side <= conflict:
        left += 0.5 + max(first.side, -2)
    if refine and last.side >= -conflict:
        right += -0.5 + min(last.side, 2)
    return STRIDE * left, max(STRIDE * right, STRIDE * left + 1)


def fit(x: list[float], y: list[float]) -> Point:
    """y at the mean x, and the slope, of the least-squares line; level through one point."""
    x_mean, y_mean = sum(x) / len(x), sum(y) / len(y)
    spread = sum((a - x_mean) ** 2 for a in x)
    slope = sum((a - x_mean) * b for a, b in zip(x, y, strict=True)) / spread if spread else 0.0
    return y_mean, slope


def at(line: Point, away: float) -> float:
    return line[0] + line[1] * away
