"""A few mutated inputs for every reader, and all that ever did wrong; longer runs by hand
(``python -m tests.fuzz``)."""

import random

import pytest

from tests.fuzz.mutating import mutated
from tests.fuzz.running import LossError, Target, Watch, fuzz, kept
from tests.fuzz.targets import TARGETS

SECONDS, INPUTS = 0.2, 300


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_goes_wrong(name: str) -> None:
    report = fuzz(TARGETS[name], seed=1, seconds=SECONDS, inputs=INPUTS)
    assert report.inputs >= len(TARGETS[name].seeds()) + len(kept(name))
    assert not report.faults, next(iter(report.faults.values()))


def test_what_is_wrong_is_found_and_cut_down() -> None:
    def read(content: bytes) -> None:
        if b"{{" in content:
            raise LossError("two braces")

    target = Target("none", lambda folder: read, lambda: (b"some text { and more",))
    report = fuzz(target, seed=0, seconds=20, inputs=20_000)
    ((data, error),) = report.faults.values()
    assert data == b"{{" and isinstance(error, LossError)


def test_what_takes_too_long_or_too_much_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.running.PATIENCE", 0.1)
    monkeypatch.setattr("tests.fuzz.running._TICK", 0.05)

    def hang(content: bytes) -> None:
        while True:
            pass

    with Watch() as watch:
        assert type(watch.attempt(hang, b"")).__name__ == "HangError"
        assert watch.attempt(lambda content: None, b"") is None


def test_the_same_seed_gives_the_same_inputs() -> None:
    def drawn(seed: int) -> list[bytes]:
        draw = random.Random(seed)
        return [mutated((b"1,2,3", b'{"a": [1]}'), (b"x",), draw) for _ in range(50)]

    assert drawn(3) == drawn(3) != drawn(4)
