"""A perceptual hash: pictures that look alike differ in few of its 64 bits.

The luma is shrunk to 32 x 32 by area, whatever the aspect, and transformed by a cosine transform
(DCT-II). Of its lowest frequencies but the mean, 64 in the order of their sum, a bit says whether
each is above their median. So a change of size, of brightness or contrast, and what a lossy format
does to the finest detail leave nearly all bits as they were. After C. Zauner, "Implementation and
benchmarking of perceptual image hash functions", 2010, section 3.2; the frequencies are taken along
the diagonals, where his are those of a square.
"""

import cv2
import numpy as np

from manifests.statistics import THUMBNAIL_SIDE

_PARTS = 4
"""A picture that can be cut into so many of one width is shrunk part by part, side by side as
channels: the same sums, of which a processor adds up four at once."""
_WEIGHTS = np.uint64(1) << np.arange(64, dtype=np.uint64)


def _lowest(count: int) -> tuple[np.ndarray, np.ndarray]:
    """(rows, columns) of the lowest frequencies but (0, 0); ties by row."""
    rows, columns = np.divmod(np.arange(THUMBNAIL_SIDE**2), THUMBNAIL_SIDE)
    order = np.lexsort((rows, rows + columns))[1 : count + 1]
    return rows[order], columns[order]


_FREQUENCIES = _lowest(64)


def shrink(luma: np.ndarray) -> np.ndarray:
    """(height, width) uint8 to (32, 32) float32, each the mean of the pixels it stands for."""
    if luma.shape[1] % _PARTS or min(luma.shape) < THUMBNAIL_SIDE:
        size = (THUMBNAIL_SIDE, THUMBNAIL_SIDE)
        return cv2.resize(luma.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    beside = cv2.merge(np.split(luma, _PARTS, axis=1)).astype(np.float32)
    size = (THUMBNAIL_SIDE // _PARTS, THUMBNAIL_SIDE)
    small = cv2.resize(beside, size, interpolation=cv2.INTER_AREA)
    return small.transpose(0, 2, 1).reshape(THUMBNAIL_SIDE, THUMBNAIL_SIDE)


def perceptual_hash(small: np.ndarray) -> int:
    """The hash, unsigned 64 bits, of a luma from ``shrink``; of ``small[:, ::-1]`` it is that of
    the picture mirrored left to right. A flat picture has a hash that means nothing."""
    values = cv2.dct(np.ascontiguousarray(small))[_FREQUENCIES]
    return int(_WEIGHTS[values > np.median(values)].sum())
