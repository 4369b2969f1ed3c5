"""What is brought up to date is, to the byte, what making it from the start gives."""

import random
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines import chunks
from pipelines import normalize as pipeline
from pipelines.normalize import normalize
from pipelines.renew import find, renew
from tests.pipelines.incremental.raw_edits import EDITS, TRUTH, WORDS, make_raw

MANY = 10_000


def manifests(data: Path) -> dict[str, bytes]:
    """Every published byte, by its path."""
    root = data / "manifests"
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(autouse=True)
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "_FEW", MANY)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A raw root that was normalized. Copy it to change it."""
    raw, data = (tmp_path_factory.mktemp(name) for name in ("raw", "data"))
    make_raw(raw)
    normalize(raw, data)
    return raw, data


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(sorted(EDITS)), min_size=1, max_size=3), st.integers(0, 2**32))
def test_after_any_edits_the_bytes_are_those_of_a_full_run(
    tmp_path_factory: pytest.TempPathFactory,
    made: tuple[Path, Path],
    edits: list[str],
    seed: int,
) -> None:
    here = tmp_path_factory.mktemp("edited")
    raw, data = here / "raw", here / "data"
    make_raw(raw)
    normalize(raw, data)
    rng = random.Random(seed)
    for edit in edits:
        EDITS[edit](raw, rng)
        normalize(raw, data)
    normalize(raw, here / "full")
    assert manifests(data) == manifests(here / "full")
    assert not any(look.why for look, _ in find(raw, data).present if not unsettled(look.why))
    shutil.rmtree(here)


def unsettled(why: str) -> bool:
    return "written while" in why
