"""Areas that pairs of simple quadrilaterals have in common, without clipping any.

Seen from below, a simple outline is the sum of the strips under its edges, each taken with the sign
of its direction. So two outlines share the sum, over pairs of an edge e of one and an edge f of the
other, of s_e s_f times the integral of min(e(x), f(x)) over the x that both span. Since min(e, f) =
(e + f - |e - f|) / 2, and e and f cancel along a closed outline, only |e - f| has to be integrated.

Shape letters: P pairs. 4 edges each, convex or not; points may run either way.
"""

from fractions import Fraction

import numpy as np

from model.protocols.inputs import Floats

VERTICAL = 1e-100
"""Px of x below which an edge spans nothing, and the slope could overflow."""


def common_areas(first: Floats, second: Floats) -> Floats:
    """(P,) areas common to simple quadrilaterals (P, 4, 2) and (P, 4, 2), up to rounding.

    Of pairs that share nothing the area may be off 0 by some 1e-15 of their extents.
    """
    origin = first[:, :1]  # near the points, so that large coordinates cost no digits
    x, y, right, slope, sign = (part[:, None] for part in _edges(first - origin))
    u, v, other_right, other_slope, other_sign = (part[None] for part in _edges(second - origin))
    low = np.maximum(x, u)
    width = np.maximum(np.minimum(right, other_right) - low, 0)
    # Where two edges share no x, a steep one's y means nothing, and may be too large to square.
    begin = np.where(width > 0, (y + (low - x) * slope) - (v + (low - u) * other_slope), 0)
    end = begin + width * (slope - other_slope)
    total = np.abs(begin) + np.abs(end)
    crossing = begin * end < 0
    # Twice the mean of |e - f|: two triangles where the edges cross, else a trapezoid.
    mean = np.where(crossing, (begin * begin + end * end) / np.where(crossing, total, 1), total)
    areas: Floats = np.abs((width * mean * (sign * other_sign)).sum(axis=(0, 1))) / 4
    return areas


def _edges(quads: Floats) -> tuple[Floats, ...]:
    """Five times (4, P): x and y of the left end, x of the right end, slope, and the direction in
    which the outline runs; a vertical edge has slope 0 and spans nothing."""
    x, y = np.ascontiguousarray(quads.transpose(2, 1, 0))
    next_x, next_y = x[[1, 2, 3, 0]], y[[1, 2, 3, 0]]
    run = next_x - x
    forward = run > 0
    left, start = np.where(forward, x, next_x), np.where(forward, y, next_y)
    slope = (next_y - y) / np.where(np.abs(run) < VERTICAL, np.inf, run)
    return left, start, np.maximum(x, next_x), slope, np.sign(run)


def exact_common_area(first: Floats, second: Floats) -> Fraction:
    """The area that two simple quadrilaterals (4, 2) have in common, without any rounding."""
    doubled = Fraction(0)
    others = _exact_edges(second)
    for x, y, right, slope, sign in _exact_edges(first):
        for u, v, other_right, other_slope, other_sign in others:
            low = max(x, u)
            width = min(right, other_right) - low
            if width > 0:
                begin = y + (low - x) * slope - v - (low - u) * other_slope
                end = begin + width * (slope - other_slope)
                mean = abs(begin) + abs(end)
                if begin * end < 0:
                    mean = (begin * begin + end * end) / mean
                doubled += sign * other_sign * width * mean
    return abs(doubled) / 4


def exact_area(quad: Floats) -> Fraction:
    """The area of a simple quadrilateral (4, 2), without any rounding."""
    (a, b), (c, d), (e, f), (g, h) = ((Fraction(x), Fraction(y)) for x, y in quad.tolist())
    return abs((e - a) * (h - d) - (f - b) * (g - c)) / 2


def _exact_edges(quad: Floats) -> list[tuple[Fraction, Fraction, Fraction, Fraction, int]]:
    """What ``_edges`` says of one quadrilateral, without its vertical edges."""
    points = [(Fraction(x), Fraction(y)) for x, y in quad.tolist()]
    edges = []
    for one, other in zip(points, [*points[1:], points[0]], strict=True):
        (x, y), (right, end) = min(one, other), max(one, other)
        if x < right:
            edges.append((x, y, right, (end - y) / (right - x), 1 if one < other else -1))
    return edges
