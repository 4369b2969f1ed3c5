"""The search for near hashes misses nothing and tells each pair once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from validation import near
from validation.near import MAX_RADIUS, band_radii, cross_pairs, near_pairs

WORDS = st.integers(0, 2**64 - 1)


@st.composite
def hashes(draw: st.DrawFn) -> np.ndarray:
    """Some hashes and neighbours of theirs: random ones are never near."""
    seeds = draw(st.lists(WORDS, min_size=0, max_size=5))
    found = list(seeds)
    for seed in seeds:
        for flips in draw(st.lists(st.sets(st.integers(0, 63), max_size=17), max_size=5)):
            found.append(seed ^ sum(1 << bit for bit in flips))
    return np.array(found, dtype=np.uint64)


def listed(blocks: object) -> list[tuple[int, int, int]]:
    return [
        (int(i), int(j), int(d))
        for block in blocks  # type: ignore[attr-defined]
        for i, j, d in zip(block.left, block.right, block.distance, strict=True)
    ]


def brute(left: np.ndarray, right: np.ndarray, radius: int) -> list[tuple[int, int, int]]:
    bits = [[(int(a) ^ int(b)).bit_count() for b in right] for a in left]
    return [(i, j, d) for i, row in enumerate(bits) for j, d in enumerate(row) if d <= radius]


@given(hashes(), st.integers(0, MAX_RADIUS))
def test_every_near_pair_is_found_once(some: np.ndarray, radius: int) -> None:
    expected = [(i, j, d) for i, j, d in brute(some, some, radius) if i < j]
    assert sorted(listed(near_pairs(some, radius))) == expected


@given(hashes(), hashes(), st.integers(0, MAX_RADIUS))
def test_every_near_pair_of_two_lists_is_found_once(
    left: np.ndarray, right: np.ndarray, radius: int
) -> None:
    left = np.concatenate([left, right[::2]])
    assert sorted(listed(cross_pairs(left, right, radius))) == brute(left, right, radius)


@pytest.mark.parametrize("block", [1, 7, 1000])
def test_blocks_and_shares_change_nothing(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    some = np.random.default_rng(0).integers(0, 2**10, 150).astype(np.uint64)
    expected = sorted(listed(near_pairs(some, 3)))
    monkeypatch.setattr(near, "BLOCK", block)
    monkeypatch.setattr(near, "SHARE", 50 * block)
    assert sorted(listed(near_pairs(some, 3))) == expected
    assert expected == [pair for pair in brute(some, some, 3) if pair[0] < pair[1]]
    largest = max(len(block.left) for block in near_pairs(some, 3))
    assert largest <= block + len(some)


@pytest.mark.parametrize("radius", range(MAX_RADIUS + 1))
def test_the_bands_leave_no_gap(radius: int) -> None:
    """Whatever misses every band differs in more bits than the radius."""
    radii = band_radii(radius)
    assert sum(reach + 1 for reach in radii) == radius + 1
    assert max(radii) - min(radii) <= 1


@pytest.mark.parametrize("radius", [-1, MAX_RADIUS + 1])
def test_other_radii_are_refused(radius: int) -> None:
    with pytest.raises(ValueError, match=f"a radius of {radius} bits is not in 0..15"):
        listed(near_pairs(np.empty(0, np.uint64), radius))
