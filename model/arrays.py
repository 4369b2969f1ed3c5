"""Array types and the ragged-array helpers that the geometry of slices and proposals shares.

A ragged array is kept as one flat array of items and an integer array of counts or owners, so that
work on many short lists (a column's slices, a polygon's edges) is one NumPy call for all of them.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.integer[Any]]
Bools = npt.NDArray[np.bool_]


def expand(counts: Ints) -> tuple[Ints, Ints]:
    """Ranges end to end: counts (2, 0, 3) give the owners 0 0 2 2 2 and the offsets 0 1 0 1 2."""
    owner = np.repeat(np.arange(len(counts)), counts)
    return owner, np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner]


def run_starts(*keys: Ints) -> Ints:
    """Indices at which a run of equal keys begins; the keys are (N,) arrays sorted together."""
    if not len(keys[0]):
        return np.zeros(0, dtype=np.int64)
    changes = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    return np.concatenate([[0], np.flatnonzero(changes) + 1])


def first_of_runs(*keys: Ints, by: Floats | Ints) -> Ints:
    """For each distinct key, in sorted order, the index whose ``by`` is smallest.

    Of equals the one that comes first in the arrays is taken.
    """
    order = np.lexsort((by, *reversed(keys)))
    return order[run_starts(*(key[order] for key in keys))]
