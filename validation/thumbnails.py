"""Thumbnails of all pictures, and by how much those of many pairs correlate.

A pair costs a thousand products, so where pairs are many they are made by matrix: pictures are
numbered by their hash, near ones beside each other, and where a square of SIDE by SIDE pictures
holds many of the pairs, all of it is multiplied.

Every figure is exact but for the last root and division: levels less 128 are whole numbers of
-128..127, so sums of 1,024 products stay within 2**24, which float32 holds, in any order.
"""

import tempfile
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from manifests.statistics import THUMBNAIL_SIDE
from validation.corpus import Corpus
from validation.near import Hashes
from validation.ranges import Ints

FLAT = 2.0
"""Gray levels of contrast, below which a thumbnail is like no other, and a hash one of noise."""
SIDE = 256
CROWDED = SIDE * SIDE // 16
"""Pairs of a square from which on all of it is multiplied; one by one a pair costs 16 times as
much."""
SCATTERED = 1024
"""Pairs multiplied one by one together: some 10 MB."""
PIXELS = THUMBNAIL_SIDE**2

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Order:
    """Pictures in ascending order of a hash, (N,) each."""

    rows: Ints
    place: Ints
    """Of each row."""


@dataclass(frozen=True)
class Thumbnails:
    """Of N pictures: (N, 1024) int8 gray levels less 128, mapped from a file that goes with them,
    and (N,) mean and deviation of these."""

    levels: npt.NDArray[np.int8]
    mean: Floats
    deviation: Floats
    upright: Order
    mirrored: Order

    def correlations(self, left: Ints, right: Ints, mirrored: bool) -> Floats:
        """(n,) of the gray levels of pairs, the right one mirrored or not; 0 where one is flat."""
        common = self._products(left, right, mirrored) / PIXELS - self.mean[left] * self.mean[right]
        spread = self.deviation[left] * self.deviation[right]
        flat = np.minimum(self.deviation[left], self.deviation[right]) < FLAT
        return np.divide(common, spread, out=np.zeros(len(left)), where=~flat)

    def _products(self, left: Ints, right: Ints, mirrored: bool) -> Floats:
        """(n,) sums of the products of their levels."""
        found = np.empty(len(left))
        orders = self.upright, self.mirrored if mirrored else self.upright
        places = orders[0].place[left], orders[1].place[right]
        squares, scattered = _crowded(*places)
        for some in squares:
            begun = [int(place[some[0]]) // SIDE * SIDE for place in places]
            rows, columns = (
                order.rows[low : low + SIDE] for order, low in zip(orders, begun, strict=True)
            )
            whole = self._levels(rows) @ self._levels(columns, mirrored).T
            found[some] = whole[places[0][some] - begun[0], places[1][some] - begun[1]]
        for low in range(0, len(scattered), SCATTERED):
            some = scattered[low : low + SCATTERED]
            one, other = self._levels(left[some]), self._levels(right[some], mirrored)
            found[some] = np.einsum("ij,ij->i", one, other)
        return found

    def _levels(self, rows: Ints, mirrored: bool = False) -> npt.NDArray[np.float32]:
        """(n, 1024)"""
        levels = self.levels[rows].reshape(-1, THUMBNAIL_SIDE, THUMBNAIL_SIDE)
        turned = levels[:, :, ::-1] if mirrored else levels
        return turned.reshape(-1, PIXELS).astype(np.float32)


def load_thumbnails(corpus: Corpus, upright: Hashes, mirrored: Hashes) -> Thumbnails:
    """Of all pictures that have statistics, in the order of the corpus; the hashes are theirs."""
    means, deviations = [np.empty(0)], [np.empty(0)]
    with tempfile.TemporaryFile() as file:
        for _, table in corpus.pictures(["thumbnail"]):
            data = b"".join(table["thumbnail"].to_pylist())
            levels = (np.frombuffer(data, np.uint8) ^ 128).view(np.int8).reshape(-1, PIXELS)
            file.write(levels.tobytes())
            means.append(levels.mean(axis=1, dtype=np.float64))
            deviations.append(levels.std(axis=1, dtype=np.float64))
        file.flush()
        orders = _ordered(upright), _ordered(mirrored)
        shape = (len(upright), PIXELS)
        kept = np.memmap(file, np.int8, "r", shape=shape) if shape[0] else np.empty(shape, np.int8)
        return Thumbnails(kept, np.concatenate(means), np.concatenate(deviations), *orders)


def _ordered(hashes: Hashes) -> Order:
    rows = np.argsort(hashes, kind="stable")
    place = np.empty_like(rows)
    place[rows] = np.arange(len(rows))
    return Order(rows, place)


def _crowded(left: Ints, right: Ints) -> tuple[list[Ints], Ints]:
    """Indices of the pairs of each crowded square of places, and of those of no such square."""
    number = left // SIDE * (int(right.max(initial=0)) // SIDE + 1) + right // SIDE
    order = np.argsort(number, kind="stable")
    borders = np.flatnonzero(np.diff(number[order], prepend=-1, append=-1))
    sizes = np.diff(borders)
    crowded = sizes >= CROWDED
    squares = [order[borders[k] : borders[k + 1]] for k in np.flatnonzero(crowded)]
    return squares, order[~np.repeat(crowded, sizes)]
