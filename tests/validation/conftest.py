"""Fixtures of the gate's tests: manifests to check, and one engine for all."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from manifests.reading import require_manifests
from tests import builders as _builders
from validation.gate import Run, run


@pytest.fixture(scope="session")
def builders() -> ModuleType:
    """Makers of small manifests."""
    return _builders


@pytest.fixture(scope="session")
def check() -> Callable[[Path], Run]:
    """Run the gate over DATA."""
    return lambda data: run(data, require_manifests(data))
