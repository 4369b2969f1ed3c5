"""SECURITY.md says what the code does: every bound in its table is the one that stands there."""

import importlib
import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).resolve().parents[1] / "SECURITY.md").read_text(encoding="utf-8")
BOUNDS = re.findall(r"^\| [^|]+ \| (\d+) \| `([\w.]+)\.(\w+)` \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("value", "module", "name"), BOUNDS)
def test_a_bound_is_the_one_in_the_code(value: str, module: str, name: str) -> None:
    if module == "model.export.mindir_running":
        pytest.importorskip("mindspore")
    assert getattr(importlib.import_module(module), name) == int(value)


def test_all_bounds_are_looked_at() -> None:
    table = PAGE.partition("## Bounds")[2].partition("Those of the server")[0]
    assert len(BOUNDS) == table.count("\n| ") - 2 > 15


def test_the_files_that_it_names_are_there() -> None:
    for name in re.findall(r"`((?:model|tests|docs)/[\w/.]+)`", PAGE):
        assert (Path(__file__).resolve().parents[1] / name).exists(), name
