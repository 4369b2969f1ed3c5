"""One report of the planted evaluation for all tests."""

from pathlib import Path

import pytest

from model.report.build import write_report
from tests.model.report.planted import plant


@pytest.fixture(scope="package")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the planted evaluation; ``data`` and ``raw`` stand beside it."""
    return plant(tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="package")
def report(planted: Path) -> Path:
    """Its report."""
    return write_report(planted, planted.parent / "data").parent
