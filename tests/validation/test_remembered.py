"""What a check remembers of the last one: repeated as it was said, or not at all."""

import json
from pathlib import Path

import pytest

from manifests.sealing import load_sealed
from validation.remembered import STATE, Said, remember, why_check

SAID = Said("2 errors", "2 errors, in detail", errors=2, warnings=0)
SEEN = {"the program": "a", "the mixes": "b"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    remember(tmp_path, SEEN, SAID)
    return tmp_path


def test_it_is_repeated_where_nothing_changed(data: Path) -> None:
    assert why_check(data, SEEN) == ("", SAID)
    why, said = why_check(data, {**SEEN, "the mixes": "c"})
    assert said is None and why == "the mixes changed since the last one"


@pytest.mark.parametrize("keep_digest", [True, False])
def test_errors_that_somebody_took_away_are_looked_for_again(data: Path, keep_digest: bool) -> None:
    path = data / STATE
    about = json.loads(path.read_text()) if keep_digest else load_sealed(path)
    about["said"]["errors"] = 0
    path.write_text(json.dumps(about))
    why, said = why_check(data, SEEN)
    assert said is None and "cannot be read" in why
