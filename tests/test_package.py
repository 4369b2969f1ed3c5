"""The wheel holds what the packages read at run time, and nothing else."""

import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.wheels import PACKAGES, build_wheel

DATA = {".yaml", ".md", ".json", ".safetensors", ".html", ".css", ".js", ".woff2", ".svg"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in the wheel, built from the files that git knows."""
    path = build_wheel(tmp_path_factory.mktemp("wheel"))
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def test_nothing_that_is_read_is_left_out(wheel: set[str]) -> None:
    source = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.suffix in {".py", *DATA} and "__pycache__" not in path.parts
    }
    assert not sorted(source - wheel)[:10]


def test_nothing_else_is_in_it(wheel: set[str]) -> None:
    apart = {name for name in wheel if name.split("/")[0] not in PACKAGES}
    assert all(name.startswith("textlines-") for name in apart)
    [entry] = [name for name in wheel if name.endswith("entry_points.txt")]
    assert Path(entry).parent.name.endswith(".dist-info")
