"""Measures of many polygons at once, each one column of the regions frame."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def polygon_columns(polygons: pa.Array) -> dict[str, np.ndarray]:
    """Measures of N polygons (a list array of x, y in turn, half-open pixels).

    Returns columns of length N, pixels of the original picture:

    - ``coordinates`` int64: how many numbers; ``unpaired`` int64: 1 where that is odd
    - ``non_finite`` int64: how many of them are NaN or infinite
    - ``left``, ``top``, ``right``, ``bottom`` float64: bounds
    - ``thickness`` float64: root mean square distance of the points from the line nearest to them;
      0 where they are collinear

    Bounds and thickness are NaN where the numbers do not pair up into finite points.
    """
    lengths = pc.list_value_length(polygons).to_numpy(zero_copy_only=False).astype(np.int64)
    flat = np.asarray(pc.list_flatten(polygons).to_numpy(zero_copy_only=False), dtype=np.float64)
    non_finite = _count_by_row(~np.isfinite(flat), lengths)
    usable = (lengths > 0) & (lengths % 2 == 0) & (non_finite == 0)
    points = flat[np.repeat(usable, lengths)].reshape(-1, 2)
    measures = _measure(points, lengths[usable] // 2)
    return {
        "coordinates": lengths,
        "unpaired": lengths % 2,
        "non_finite": non_finite,
        **{name: _spread(values, usable) for name, values in measures.items()},
    }


def _count_by_row(flags: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    rows = np.repeat(np.arange(len(lengths)), lengths)
    return np.bincount(rows[flags], minlength=len(lengths))


def _measure(points: np.ndarray, counts: np.ndarray) -> dict[str, np.ndarray]:
    """Bounds and thickness of polygons whose points, (P, 2), stand one behind the other."""
    names = ("left", "top", "right", "bottom", "thickness")
    if not len(counts):
        return {name: np.empty(0) for name in names}
    starts = np.cumsum(counts) - counts
    low = np.minimum.reduceat(points, starts, axis=0)
    high = np.maximum.reduceat(points, starts, axis=0)
    return dict(zip(names, (*low.T, *high.T, _thickness(points, starts, counts)), strict=True))


def _thickness(points: np.ndarray, starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Square root of the smaller eigenvalue of each polygon's 2 x 2 covariance."""
    _, (xx, yy, xy) = covariances(points, starts, counts)
    smaller = (xx + yy) / 2 - np.hypot((xx - yy) / 2, xy)
    return np.sqrt(np.maximum(smaller, 0))


def covariances(
    points: np.ndarray, starts: np.ndarray, counts: np.ndarray
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Of N polygons whose points, (P, 2), stand one behind the other, the first of each at
    ``starts``: the points about their polygon's mean, and (N,) variance of x, of y, covariance."""
    mean = np.add.reduceat(points, starts, axis=0) / counts[:, None]
    centred = points - np.repeat(mean, counts, axis=0)
    x, y = centred.T
    xx, yy, xy = (np.add.reduceat(product, starts) / counts for product in (x * x, y * y, x * y))
    return centred, (xx, yy, xy)


def _spread(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    column = np.full(len(where), np.nan)
    column[where] = values
    return column
