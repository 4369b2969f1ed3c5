"""MindSpore made ready, for the readers that need it."""

import pytest

from model.environment import prepare, set_variables

# Before anything imports MindSpore: the variables are read once.
set_variables()


@pytest.fixture(scope="session")
def mindspore() -> None:
    """MindSpore in graph mode on the CPU."""
    prepare("CPU")
