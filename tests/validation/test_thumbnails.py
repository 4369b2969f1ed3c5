"""Correlations of many thumbnails at once are those of each pair, to the last bit."""

import numpy as np
import pytest

from tests.validation.plain_copies import corpus_of, correlation
from validation import thumbnails
from validation.thumbnails import Thumbnails, load_thumbnails

RANDOM = np.random.default_rng(0)
PICTURES = [
    np.full((32, 32), 7, np.uint8),
    np.arange(1024, dtype=np.uint8).reshape(32, 32),
    np.arange(1024, dtype=np.uint8).reshape(32, 32) // 2,
    np.repeat([[0, 255]], 512, axis=0).astype(np.uint8).reshape(32, 32),
    # Flat by a hair, and not quite: deviations of just below 2, and of 2.
    np.r_[np.full(512, 10), np.full(511, 14), 13].astype(np.uint8).reshape(32, 32),
    np.r_[np.full(512, 10), np.full(512, 14)].astype(np.uint8).reshape(32, 32),
    *RANDOM.integers(0, 256, (14, 32, 32), dtype=np.uint8),
]


def loaded(pictures: list[np.ndarray]) -> Thumbnails:
    corpus = corpus_of({"alpha/train": [{"thumbnail": some.tobytes()} for some in pictures]})
    hashes = np.random.default_rng(1).integers(0, 9, (2, len(pictures)), dtype=np.uint64)
    return load_thumbnails(corpus, *hashes)


@pytest.mark.parametrize("crowded", [1, 20, 1000])
@pytest.mark.parametrize("mirrored", [False, True])
def test_every_pair_correlates_as_it_does_alone(
    crowded: int, mirrored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails, "SIDE", 6)
    monkeypatch.setattr(thumbnails, "CROWDED", crowded)
    monkeypatch.setattr(thumbnails, "SCATTERED", 7)
    left, right = (side.ravel() for side in np.indices((len(PICTURES),) * 2))
    mixed = RANDOM.permutation(len(left))[: len(left) * 3 // 4]
    found = loaded(PICTURES).correlations(left[mixed], right[mixed], mirrored)
    expected = [
        correlation(PICTURES[i], PICTURES[j][:, ::-1] if mirrored else PICTURES[j])
        for i, j in zip(left[mixed], right[mixed], strict=True)
    ]
    assert found.tolist() == expected
    assert 0 in expected and max(expected) > 0.99


def test_none() -> None:
    nothing = np.empty(0, np.int64)
    assert loaded([]).correlations(nothing, nothing, False).tolist() == []
