"""The regions of one image as bytes, as a shard's row holds them.

A row of a shard cannot hold an empty array, and images without text exist. So polygons and care
flags travel as one blob, little-endian: int32 n, int32 ends[n] (points up to and with polygon i),
uint8 care[n], float32 x, y of every point.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float32]
"""(n, 2) x, y in half-open pixels of the original picture."""


def pack_regions(polygons: Sequence[Sequence[float]], care: Sequence[bool]) -> bytes:
    """Pack polygons (x, y in turn) and their care flags."""
    if len(polygons) != len(care):
        raise ValueError(f"{len(polygons)} polygons with {len(care)} care flags")
    ends = np.cumsum([len(polygon) // 2 for polygon in polygons], dtype="<i4")
    flat = [np.asarray(polygon, dtype="<f4") for polygon in polygons]
    points = np.concatenate(flat) if flat else np.empty(0, "<f4")
    count = np.array([len(polygons)], "<i4")
    return b"".join(
        (count.tobytes(), ends.tobytes(), np.array(care, np.uint8).tobytes(), points.tobytes())
    )


def unpack_regions(blob: bytes) -> tuple[list[Points], npt.NDArray[np.bool_]]:
    """Undo ``pack_regions``: polygons as (n, 2) float32 and care as (regions,) bool.

    Raises ValueError where the blob is not whole.
    """
    if len(blob) < 4:
        raise ValueError("a packed region list has at least 4 bytes")
    count = int(np.frombuffer(blob, "<i4", 1)[0])
    body = 4 + 5 * count
    if count < 0 or len(blob) < body:
        raise ValueError(f"a packed list of {count} regions cannot have {len(blob)} bytes")
    ends = np.frombuffer(blob, "<i4", count, 4)
    care = np.frombuffer(blob, np.uint8, count, 4 + 4 * count).astype(bool)
    points = np.frombuffer(blob, "<f4", -1, body) if len(blob) > body else np.empty(0, "<f4")
    if len(points) != 2 * (int(ends[-1]) if count else 0):
        raise ValueError("a packed region list does not hold the points it announces")
    pairs = points.reshape(-1, 2).astype(np.float32)
    return np.split(pairs, ends[:-1]) if count else [], care
