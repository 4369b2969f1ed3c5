"""How far a walk is, said where there is no terminal."""

import io

import pytest

from model.inspection import showing


def test_a_line_is_written_every_so_many_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(0, 1000, 4))  # a look at the clock every four seconds
    monkeypatch.setattr(showing.time, "monotonic", lambda: next(now))
    stream = io.StringIO()
    assert list(showing.shown("abcdefgh", "predict", 8, stream, seconds=10)) == list("abcdefgh")
    assert stream.getvalue().splitlines() == [
        "predict: 3 of 8 images, 0:20 left",
        "predict: 6 of 8 images, 0:08 left",
    ]
