"""The search for copies finds what a plain one does, and holds little however many are near."""

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.validation.plain_copies import Row, corpus_of, plain_links
from validation import copy_candidates, near, thumbnails
from validation.copy_search import find_copies

BOUNDS = {
    (near, "BLOCK"): (7, near.BLOCK),
    (near, "SHARE"): (20, near.SHARE),
    (copy_candidates, "SMALL_GROUP"): (1, 6, copy_candidates.SMALL_GROUP),
    (copy_candidates, "AT_ONCE"): (3, copy_candidates.AT_ONCE),
    (copy_candidates, "TOGETHER"): (10, copy_candidates.TOGETHER),
    (thumbnails, "SIDE"): (4, thumbnails.SIDE),
    (thumbnails, "CROWDED"): (1, 5, thumbnails.CROWDED),
    (thumbnails, "SCATTERED"): (2, thumbnails.SCATTERED),
}


def drawn(number: int, noise: float, mirrored: bool) -> bytes:
    """A thumbnail out of three drawings, the last one flat."""
    random = np.random.default_rng(number)
    base = np.random.default_rng(number % 3).normal(128, (40, 20, 1)[number % 3], (32, 32))
    levels = (base + random.normal(0, noise, base.shape)).clip(0, 255).astype(np.uint8)
    return (levels[:, ::-1] if mirrored else levels).tobytes()


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """A picture whose hashes are near those of others, its mirrored one near some that are not."""
    seeds = st.sampled_from([0, 0, 2**64 - 1, 0x0F0F0F0F0F0F0F0F])
    flips = st.sets(st.sampled_from([0, 1, 5, 17, 18, 30, 33, 47, 50, 62, 63]), max_size=7)
    hashes = [draw(seeds) ^ sum(1 << bit for bit in draw(flips)) for _ in range(2)]
    number, noise = draw(st.integers(0, 9)), draw(st.sampled_from([0.0, 4.0, 7.0, 8.0, 30.0]))
    return {
        "image_id": "x",
        "pixels_sha256": str(draw(st.sampled_from(range(20)))),
        "phash": hashes[0],
        "phash_mirrored": hashes[1],
        "contrast": draw(st.sampled_from([0.0, 1.0, 2.0, 40.0, 40.0, 40.0])),
        "thumbnail": drawn(number, noise, draw(st.booleans())),
    }


@given(
    st.lists(st.lists(rows(), max_size=15), max_size=3),
    st.fixed_dictionaries({key: st.sampled_from(values) for key, values in BOUNDS.items()}),
)
def test_a_plain_search_finds_the_same(
    splits: list[list[Row]], bounds: dict[tuple[Any, str], int]
) -> None:
    named = {f"alpha/split{number}": split for number, split in enumerate(splits)}
    with pytest.MonkeyPatch.context() as patch:
        for (module, name), value in bounds.items():
            patch.setattr(module, name, value)
        _, links = find_copies(corpus_of(named))
    # Equal to the last bit: the sums of a correlation are exact, in whatever order.
    assert links == plain_links(named, bounds[copy_candidates, "SMALL_GROUP"])


@pytest.mark.parametrize("noise", [5.0, 20.0])
def test_pictures_that_are_all_near_take_no_more_memory_by_the_pair(
    noise: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """600 pages of one layout: 180,000 pairs, which took 40 and 84 MB when each was kept."""
    monkeypatch.setattr(copy_candidates, "TOGETHER", 20_000)
    monkeypatch.setattr(near, "SHARE", 20_000)
    random = np.random.default_rng(0)
    pages = [
        {
            "image_id": str(number),
            "pixels_sha256": str(number),
            "phash": sum(1 << int(bit) for bit in random.choice(64, 5, replace=False)),
            "phash_mirrored": int(random.integers(2**63)),
            "contrast": 40.0,
            "thumbnail": drawn(3 * number, noise, False),
        }
        for number in range(600)
    ]
    corpus = corpus_of({"alpha/train": pages})
    tracemalloc.start()
    try:
        _, links = find_copies(corpus)
        assert tracemalloc.get_traced_memory()[1] < 30e6
    finally:
        tracemalloc.stop()
    assert (len(links) > 300) == (noise == 5.0)
