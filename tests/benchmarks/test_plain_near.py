"""The plain yardstick of the search for near hashes finds the pairs of ``validation``."""

import numpy as np
import pytest

from benchmarks import near
from benchmarks.plain.near import near_pairs


@pytest.mark.parametrize("layout", near.LAYOUTS)
@pytest.mark.parametrize("count", [0, 1, 400])
def test_both_find_the_same_pairs(layout: near.Callable, count: int) -> None:
    hashes = layout(np.random.default_rng(3), count)
    for radius in (0, 4, 10):
        pairs = near_pairs(hashes, radius)
        assert np.array_equal(near.ours(hashes, radius), pairs)
        assert near.walk(hashes, radius) == len(pairs)
    assert count < 400 or len(pairs) > 2


def test_it_prints_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert near.main(["--hashes", "300", "--together", "200", "--repeats", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in lines[1:4]] == [
        ["spread", "plain", "200"],
        ["spread", "ours", "200"],
        ["spread", "ours", "300"],
    ]
    assert lines[-1] == "the pairs are the same"


def test_other_pairs_are_noticed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(near, "ours", lambda hashes, radius: np.empty((0, 3), np.int64))
    assert near.main(["--hashes", "300", "--together", "200", "--repeats", "1"]) == 1
    assert "NOT THE SAME PAIRS: spread, crowded" in capsys.readouterr().out
