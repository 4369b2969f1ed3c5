"""The small corpus that exports, bundles and commands are tried on; nobody writes to it."""

import shutil
from pathlib import Path

import pytest

from tests.manifests.corpus import build


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """DATA, to be read alone."""
    return build(tmp_path_factory.mktemp("corpus"))


@pytest.fixture
def own_corpus(corpus: Path, tmp_path: Path) -> Path:
    """A copy of DATA, to be changed."""
    shutil.copytree(corpus, tmp_path / "own")
    return tmp_path / "own"
