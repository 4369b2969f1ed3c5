"""Pairs of 64-bit hashes that differ in few bits: every one, without looking at every pair.

A hash is cut into four bands of 16 bits. Two hashes that differ in at most r bits cannot differ in
more than r_k bits of every band k where the r_k + 1 add up to more than r (pigeonhole). So for each
band the hashes stand sorted by it, and each looks at those whose band differs from its own in at
most r_k bits: a few dozen of 70,000 at r = 10. After M. Norouzi et al., "Fast search in Hamming
space with multi-index hashing", CVPR 2012. Nothing is held but a block of candidates at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from validation.ranges import Ints, runs

Hashes = npt.NDArray[np.uint64]

BANDS = 4
BAND_BITS = 16
MAX_RADIUS = 15
"""Beyond it a band may differ in four bits and more, and the search loses its speed."""
BLOCK = 1 << 17
"""Candidates looked at together: some 5 MB."""
SHARE = 1 << 21
"""Candidates of the rows that are searched before the next ones: where hashes are crowded, the
pairs of a few rows come together, and who works on them finds the same rows again and again."""

_PAIRS, _NIBBLES = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333)
_BYTES, _SUM = np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(0x0101010101010101)
_VALUES = np.arange(1 << BAND_BITS, dtype=np.uint32)
_ONES = np.array([int(value).bit_count() for value in _VALUES], dtype=np.uint8)


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows, (n,) each, and in how many bits they differ."""

    left: Ints
    right: Ints
    distance: npt.NDArray[np.uint8]


def near_pairs(hashes: Hashes, radius: int) -> Iterator[Pairs]:
    """Every pair left < right of (N,) hashes that differ in at most ``radius`` bits, once, in
    blocks. Of n equal hashes there are n (n - 1) / 2 pairs: give each value once where there may be
    many. Raises ValueError for a radius that is not in 0..MAX_RADIUS."""
    for pairs in cross_pairs(hashes, hashes, radius):
        keep = pairs.left < pairs.right
        yield Pairs(pairs.left[keep], pairs.right[keep], pairs.distance[keep])


def cross_pairs(left: Hashes, right: Hashes, radius: int) -> Iterator[Pairs]:
    """Every pair of one of (N,) and one of (M,) hashes that differ in at most ``radius`` bits,
    once, in blocks; otherwise as ``near_pairs``."""
    if not 0 <= radius <= MAX_RADIUS:
        raise ValueError(f"a radius of {radius} bits is not in 0..{MAX_RADIUS}")
    reach = band_radii(radius)
    for band, most in enumerate(reach):
        for rows, others in _candidates(_band(left, band), _band(right, band), most):
            differ = left[rows] ^ right[others]
            distance = _ones(differ)
            near = np.flatnonzero(distance <= radius)
            fresh = near[~_found_before(differ[near], reach[:band])]
            yield Pairs(rows[fresh], others[fresh], distance[fresh])


def band_radii(radius: int) -> list[int]:
    """In how many bits each band may differ: the numbers, each plus one, add up to radius + 1; a
    band of -1 need not be looked at. The first bands differ in least: they hold the lowest
    frequencies of a perceptual hash, where pictures are most alike and candidates most."""
    share, more = divmod(radius + 1, BANDS)
    return [share + (band >= BANDS - more) - 1 for band in range(BANDS)]


def _ones(values: Hashes) -> npt.NDArray[np.uint8]:
    """How many bits of each are set, counted in parallel: pairs, nibbles, bytes, their sum."""
    values = values - ((values >> np.uint64(1)) & _PAIRS)
    values = (values & _NIBBLES) + ((values >> np.uint64(2)) & _NIBBLES)
    values = (values + (values >> np.uint64(4))) & _BYTES
    return ((values * _SUM) >> np.uint64(56)).astype(np.uint8)


def _band(hashes: Hashes, band: int) -> npt.NDArray[np.uint16]:
    return (hashes >> np.uint64(BAND_BITS * band)).astype(np.uint16)


def _found_before(differ: Hashes, reach: list[int]) -> npt.NDArray[np.bool_]:
    """Whether an earlier band, with these radii, has found these differing bits already."""
    found = np.zeros(len(differ), bool)
    for band, most in enumerate(reach):
        found |= _ONES[_band(differ, band)] <= np.int8(most)
    return found


def _candidates(
    left: npt.NDArray[np.uint16], right: npt.NDArray[np.uint16], most: int
) -> Iterator[tuple[Ints, Ints]]:
    """Blocks of (row of left, row of right) whose bands differ in at most ``most`` bits."""
    order = np.argsort(right, kind="stable")
    counts = np.bincount(right, minlength=len(_VALUES))
    starts = np.cumsum(counts) - counts
    masks = np.flatnonzero(_ONES.astype(np.int8) <= most).astype(np.uint16)
    load = np.zeros(len(left), np.int64)
    for mask in masks:
        load += counts[left ^ mask]
    for low, high in runs(load, SHARE):
        for mask in masks:
            wanted = left[low:high] ^ mask
            for rows, places in _expanded(starts[wanted], counts[wanted]):
                yield rows + low, order[places]


def _expanded(starts: Ints, counts: Ints) -> Iterator[tuple[Ints, Ints]]:
    """(row, place) of every place start .. start + count of every row, in blocks of whole rows."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    borders = np.searchsorted(ends, np.arange(BLOCK, total + BLOCK, BLOCK)) + 1
    low = 0
    for high in np.unique(np.minimum(borders, len(ends))):
        some = slice(low, high)
        first = starts[some] - (ends[some] - counts[some])
        rows = np.repeat(np.arange(low, high), counts[some])
        begun = int(ends[low] - counts[low])
        yield rows, np.arange(begun, begun + len(rows)) + np.repeat(first, counts[some])
        low = int(high)
