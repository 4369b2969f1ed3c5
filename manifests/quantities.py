"""Sizes, shapes and texts of regions as arrays, one value a region.

All that is measured is of the region as labelled, don't-care ones among them, in pixels of the
original picture.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Values = npt.NDArray[np.float64]

REGION_QUANTITIES = {
    "width": "width of the upright box, px",
    "height": "height of the upright box, px",
    "aspect": "width over height of the upright box",
    "tilt": "degrees clockwise from the nearest axis",
    "text_length": "characters of the text, of regions that have one",
}
IMAGE_QUANTITIES = {
    "regions": "regions an image",
    "image_width": "width of the picture, px",
    "image_height": "height of the picture, px",
}
COLUMNS = (
    *("width", "height"),
    *(f"regions.list.element.{name}" for name in ("polygon", "box", "text", "care")),
)
"""What ``measure`` needs of an images table, as Parquet names it."""


def measure(images: pa.Table) -> dict[str, Values]:
    """Every quantity of a batch of images: region quantities have a value a region (text_length:
    a text), image quantities a value an image."""
    lists = images["regions"].combine_chunks()
    regions = pc.list_flatten(lists)
    counts = pc.list_value_length(lists)
    return {
        **measure_regions(regions),
        "regions": _numbers(counts),
        "image_width": _numbers(images["width"]),
        "image_height": _numbers(images["height"]),
    }


def measure_regions(regions: pa.StructArray) -> dict[str, Values]:
    """The region quantities of a struct array with ``box``, ``polygon`` and ``text``."""
    sides = {side: _numbers(pc.struct_field(regions, ["box", side])) for side in _SIDES}
    width, height = sides["right"] - sides["left"], sides["bottom"] - sides["top"]
    lengths = pc.utf8_length(pc.struct_field(regions, "text"))
    return {
        "width": width,
        "height": height,
        "aspect": np.divide(width, height, out=np.full_like(width, np.nan), where=height > 0),
        "tilt": tilts(pc.struct_field(regions, "polygon")),
        "text_length": _numbers(lengths.drop_null()),
    }


_SIDES = ("left", "top", "right", "bottom")


def tilts(polygons: pa.Array) -> Values:
    """(N,) degrees in [-45, 45) by which N polygons, a list array of x, y in turn, are turned from
    the nearest axis; positive: clockwise as seen on the screen.

    Turned is, of four points, the mean of the longer two opposite sides, of others the axis along
    which the points spread. So it does not matter at which corner a source begins, or which way
    round it goes; NaN where the numbers are no polygon.
    """
    lengths = _numbers(pc.list_value_length(polygons)).astype(np.int64)
    flat = _numbers(pc.list_flatten(polygons))
    found = np.full(len(lengths), np.nan)
    quads = lengths == 8
    corners = flat[np.repeat(quads, lengths)].reshape(-1, 4, 2)
    one = corners[:, 1] - corners[:, 0] + corners[:, 2] - corners[:, 3]
    sides = corners[:, 2] - corners[:, 1] + corners[:, 3] - corners[:, 0]
    longer = np.where((np.hypot(*one.T) >= np.hypot(*sides.T))[:, None], one, sides)
    found[quads] = np.degrees(np.arctan2(longer[:, 1], longer[:, 0]))
    other = ~quads & (lengths >= 6) & (lengths % 2 == 0)
    if other.any():
        points = flat[np.repeat(other, lengths)].reshape(-1, 2)
        found[other] = _axes(points, lengths[other] // 2)
    return np.asarray((found + 45) % 90 - 45)


def _axes(points: Values, counts: npt.NDArray[np.int64]) -> Values:
    """Degrees of the main axis of each set of points, (P, 2), that stand one behind the other."""
    starts = np.cumsum(counts) - counts
    mean = np.add.reduceat(points, starts, axis=0) / counts[:, None]
    x, y = (points - np.repeat(mean, counts, axis=0)).T
    xx, yy, xy = (np.add.reduceat(product, starts) for product in (x * x, y * y, x * y))
    return np.asarray(np.degrees(np.arctan2(2 * xy, xx - yy) / 2))


def _numbers(values: pa.Array | pa.ChunkedArray) -> Values:
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)
