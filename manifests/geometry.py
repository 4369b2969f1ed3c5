"""One convention for coordinates, and the ways into it.

A polygon is x, y in turn, in continuous pixels, half-open: pixel (0, 0) covers [0, 1) x [0, 1).
Boxes are (left, top, right, bottom) in the same pixels. Inclusive boxes name the pixels themselves,
so their right and bottom grow by one; widths, quadrilaterals and polygons are taken as continuous
already, which is how the competition's own scripts measure them.
"""

import math
from array import array
from collections.abc import Sequence

Polygon = tuple[float, ...]
Box = tuple[float, float, float, float]


def polygon_from_box(left: float, top: float, right: float, bottom: float) -> Polygon:
    """Four corners of a half-open box, clockwise from the top left."""
    return (left, top, right, top, right, bottom, left, bottom)


def polygon_from_inclusive_box(left: float, top: float, right: float, bottom: float) -> Polygon:
    """Corners of a box whose right and bottom pixels belong to it: zero thickness is one pixel."""
    return polygon_from_box(left, top, right + 1, bottom + 1)


def polygon_from_xywh(x: float, y: float, width: float, height: float) -> Polygon:
    """Corners of a box given by its top left corner and its size."""
    return polygon_from_box(x, y, x + width, y + height)


def bounding_box(polygon: Sequence[float]) -> Box:
    """(left, top, right, bottom) of x, y in turn."""
    xs, ys = polygon[0::2], polygon[1::2]
    return (min(xs), min(ys), max(xs), max(ys))


def is_polygon(numbers: Sequence[float]) -> bool:
    """True where x, y in turn are three or more finite points."""
    return len(numbers) >= 6 and len(numbers) % 2 == 0 and all(map(math.isfinite, numbers))


def signed_area(polygon: Sequence[float]) -> float:
    """Shoelace area in square pixels; positive where the points run clockwise on the screen."""
    xs, ys = polygon[0::2], polygon[1::2]
    rolled_x, rolled_y = (*xs[1:], xs[0]), (*ys[1:], ys[0])
    return (
        math.fsum(x * v - u * y for x, y, u, v in zip(xs, ys, rolled_x, rolled_y, strict=True)) / 2
    )


def as_stored(polygon: Sequence[float]) -> Polygon:
    """The polygon with its coordinates as a manifest holds them, in single precision: what is true
    of it is true of the row."""
    return tuple(array("f", polygon))


def is_degenerate(polygon: Sequence[float]) -> bool:
    """True where the polygon lies on a line, so that no pixel can belong to it.

    A self-crossing polygon may have zero signed area and still enclose pixels, so the test is
    whether all points are collinear.
    """
    left, top, right, bottom = bounding_box(polygon)
    if right <= left or bottom <= top:
        return True
    points = list(zip(polygon[0::2], polygon[1::2], strict=True))
    x0, y0 = points[0]
    x1, y1 = max(points, key=lambda p: (p[0] - x0) ** 2 + (p[1] - y0) ** 2)
    return all(
        abs((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)) <= 1e-6 * ((x1 - x0) ** 2 + (y1 - y0) ** 2)
        for x, y in points
    )


def is_outside(polygon: Sequence[float], width: int, height: int) -> bool:
    """True where the polygon's box shares no area with the picture."""
    left, top, right, bottom = bounding_box(polygon)
    return right <= 0 or bottom <= 0 or left >= width or top >= height
