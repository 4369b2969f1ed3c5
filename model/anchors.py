"""The fixed boxes that the network scores: k heights at every cell of the feature map."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

STRIDE = 16
"""Pixels of the resized image to a cell of the feature map: VGG16 has four poolings by 2 before
conv5_3. It is the width of an anchor and of a slice, too."""


def anchor_centres(count: int, stride: int = STRIDE) -> npt.NDArray[np.float64]:
    """(count,) centres of a row's or column's cells in px: cell i spans stride * i to + stride."""
    return (np.arange(count) + 0.5) * stride


def anchor_grid(
    rows: int, columns: int, heights: Sequence[float], stride: int = STRIDE
) -> npt.NDArray[np.float32]:
    """Anchors of a feature map, (rows, columns, k, 4) float32: left, top, right, bottom.

    Half-open pixels of the resized image, origin at its top left. An anchor is ``stride`` wide,
    exactly its cell's column, and the centre of its height is the centre of its cell, so tall
    anchors of the outer rows reach beyond the image (Tian et al. 2016, section 3.1).
    """
    centre = anchor_centres(rows, stride)[:, None, None]
    left = np.arange(columns)[None, :, None] * float(stride)
    half = np.asarray(heights, dtype=np.float64)[None, None, :] / 2
    sides = np.broadcast_arrays(left, centre - half, left + stride, centre + half)
    return np.stack(sides, axis=-1).astype(np.float32)
