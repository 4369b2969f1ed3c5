"""Of pairs in any order each picture keeps the nearest in each split."""

import numpy as np
import pytest

from validation.copy_candidates import Candidates
from validation.nearest import Link, Nearest

HOME = np.array([0, 0, 1, 1], np.int32)
LINKS = [
    Link(4, False, 0, 2, False),
    Link(2, False, 0, 3, False),
    Link(2, True, 0, 3, False),
    Link(0, False, 1, 3, True),
    Link(6, False, 1, 2, False),
]


def pair_of(link: Link) -> Candidates:
    left, right = np.array([link.left]), np.array([link.right])
    return Candidates(left, right, np.array([link.distance], np.uint8), link.mirrored, link.exact)


@pytest.mark.parametrize("order", [1, -1])
def test_the_nearest_of_each_split_is_kept(order: int) -> None:
    nearest = Nearest(HOME, 2)
    for link in LINKS[::order]:
        nearest.take(pair_of(link))
    assert nearest.links() == [LINKS[3], LINKS[1], LINKS[0]]
    assert not any(nearest.nearer(pair_of(link)).any() for link in LINKS)
    assert nearest.nearer(pair_of(Link(3, True, 0, 2, False))).all()


def test_none() -> None:
    assert Nearest(HOME[:0], 0).links() == []
    assert Nearest(HOME, 2).links() == []
