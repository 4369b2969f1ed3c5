"""MindSpore for the commands of the pages."""

import pytest

from model.environment import prepare, set_variables

set_variables()  # before anything imports MindSpore


@pytest.fixture(scope="session")
def mindspore() -> None:
    """MindSpore in graph mode on the CPU."""
    prepare("CPU")
