"""One report over planted faults for all tests of the site; a mix that leaks among them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from manifests import mixes
from manifests.reading import require_manifests
from tests.validation.site.planted import plant
from validation.gate import Run
from validation.gate import run as run_gate
from validation.report import build
from validation.site.build import Options

OPTIONS = Options(per_code=30)
_MIX = """
description: All of alpha's first half.
seed: 1
shards: 1
members:
  - {dataset: alpha, split: train, min_care: 1, portion: [0.0, 1.0]}
  - {dataset: gamma, split: train}
"""


@pytest.fixture(scope="package")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """DATA and RAW of the planted corpus."""
    data, raw = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("raw")
    plant(data, raw)
    yield data, raw


@pytest.fixture(scope="package")
def run(folders: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The gate's run over it; the only mix there is leaks."""
    patch = pytest.MonkeyPatch()
    own = tmp_path_factory.mktemp("mixes")
    (own / "leaky.yaml").write_text(_MIX)
    patch.setattr(mixes, "FOLDER", own)
    try:
        yield run_gate(folders[0], require_manifests(folders[0]))
    finally:
        patch.undo()


@pytest.fixture(scope="package")
def report(folders: tuple[Path, Path], run: Run) -> Path:
    """DATA/report, built."""
    return build(folders[0], run, OPTIONS).parent
