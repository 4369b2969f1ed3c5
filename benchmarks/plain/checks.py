"""The plain yardstick of the checks of regions: row by row and pair by pair, a shape at a time.

What is found are (code, region id) of the checks ``shapes`` and ``overlaps`` of ``validation``, in
a split whose polygons run clockwise but for a few.
"""

import itertools
import math
from collections.abc import Iterator
from typing import Any

from shapely import make_valid
from shapely.geometry import Polygon

from manifests.reading import Manifest

Row = dict[str, Any]
Point = tuple[float, float]
Found = tuple[str, str]
RANK = {"character": 0, "word": 1, "line": 2, "area": 3}


def find(manifest: Manifest) -> Iterator[Found]:
    """All findings of a manifest, in the order of its rows."""
    for image in manifest.rows():
        for region in image["regions"]:
            yield from _of_shape(region, image["width"], image["height"])
        yield from _of_pairs(image["regions"])


def _of_shape(region: Row, width: int, height: int) -> Iterator[Found]:
    name, numbers = region["region_id"], region["polygon"]
    points = list(zip(numbers[0::2], numbers[1::2], strict=True))
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    top, bottom = min(y for _, y in points), max(y for _, y in points)
    solid, crossed = _thickness(points) >= 1e-3, _crossings(points)
    if not solid:
        yield "no_area", name
    if solid and crossed:
        yield "self_crossing", name
    if solid and not crossed and _signed_area(points) < 0:
        yield "counter_clockwise", name
    if max(-left, -top, right - width, bottom - height) > 1:
        yield "outside_picture", name
    if solid and min(right - left, bottom - top) <= 1:
        yield "one_pixel_thick", name
    if solid and len(points) == 3:
        yield "three_points", name


def _of_pairs(regions: list[Row]) -> Iterator[Found]:
    shapes = [_shape(region["polygon"]) for region in regions]
    for (i, a), (j, b) in itertools.combinations(enumerate(shapes), 2):
        smaller = min(a.area, b.area)
        if not smaller:
            continue
        common = a.intersection(b).area
        iou = common / (a.area + b.area - common)
        one, two = regions[i], regions[j]
        cares, same = one["care"] or two["care"], one["granularity"] == two["granularity"]
        if cares and same and iou >= 0.7:
            yield "duplicate_region" if iou >= 0.95 else "near_duplicate_region", two["region_id"]
        elif common / smaller >= 0.95:
            outer, inner = (one, two) if a.area >= b.area else (two, one)
            if outer["care"] and RANK[inner["granularity"]] >= RANK[outer["granularity"]]:
                yield "contained_region", inner["region_id"]


def _shape(numbers: list[float]) -> Any:
    shape = Polygon(list(zip(numbers[0::2], numbers[1::2], strict=True)))
    return shape if shape.is_valid else make_valid(shape)


def _thickness(points: list[Point]) -> float:
    """Root mean square distance from the line that fits best, px."""
    n = len(points)
    x, y = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    xx = sum((a - x) ** 2 for a, _ in points) / n
    yy = sum((b - y) ** 2 for _, b in points) / n
    xy = sum((a - x) * (b - y) for a, b in points) / n
    least = (xx + yy) / 2 - math.hypot((xx - yy) / 2, xy)
    return math.sqrt(max(least, 0.0))


def _crossings(points: list[Point]) -> int:
    edges = list(zip(points, [*points[1:], points[0]], strict=True))
    pairs = itertools.combinations(range(len(edges)), 2)
    apart = [(i, j) for i, j in pairs if 1 < j - i < len(edges) - 1]
    return sum(_cross(*edges[i], *edges[j]) for i, j in apart)


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _signed_area(points: list[Point]) -> float:
    following = [*points[1:], points[0]]
    return sum(x * v - u * y for (x, y), (u, v) in zip(points, following, strict=True)) / 2
