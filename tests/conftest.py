"""Fixtures that every package's tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is slow now and then, which is no fault of the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real benchmark data beside the checkout; skips where there is none."""
    folder = Path(os.environ.get("SHARED", ROOT.parent / "shared"))
    if not (folder / "eval").is_dir():
        pytest.skip(f"real benchmark data is not at {folder}; set SHARED to run this test")
    return folder
