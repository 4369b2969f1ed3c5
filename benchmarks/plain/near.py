"""The plain yardstick of the search for near hashes: each hash against all that follow it."""

import numpy as np
import numpy.typing as npt

_ONES = np.array([value.bit_count() for value in range(256)], dtype=np.uint8)


def near_pairs(hashes: npt.NDArray[np.uint64], radius: int) -> npt.NDArray[np.int64]:
    """(n, 3) rows left, right and distance of every pair of (N,) hashes that differ in at most
    ``radius`` bits, by left and right."""
    found = [np.empty((0, 3), np.int64)]
    for left in range(len(hashes) - 1):
        differ = hashes[left] ^ hashes[left + 1 :]
        distance = _ONES[differ.view(np.uint8).reshape(-1, 8)].sum(axis=1, dtype=np.int64)
        near = np.flatnonzero(distance <= radius)
        found.append(np.stack([np.full_like(near, left), near + left + 1, distance[near]], 1))
    return np.concatenate(found)
