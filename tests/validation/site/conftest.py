"""One report over planted faults for all tests of the site; a mix that leaks among them."""

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
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """DATA and RAW of the planted corpus."""
    data, raw = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("raw")
    plant(data, raw)
    return data, raw


@pytest.fixture(scope="package")
def leaky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of mixes with one that leaks."""
    own = tmp_path_factory.mktemp("mixes")
    (own / "leaky.yaml").write_text(_MIX)
    return own


@pytest.fixture(autouse=True)
def _no_other_mix(leaky: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test at a time: tests of other folders may run between those of a package."""
    monkeypatch.setattr(mixes, "FOLDER", leaky)


@pytest.fixture(scope="package")
def run(folders: tuple[Path, Path], leaky: Path) -> Run:
    """The gate's run over it; the only mix there is leaks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mixes, "FOLDER", leaky)
        return run_gate(folders[0], require_manifests(folders[0]))


@pytest.fixture(scope="package")
def report(folders: tuple[Path, Path], run: Run, leaky: Path) -> Path:
    """DATA/report, built."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mixes, "FOLDER", leaky)
        return build(folders[0], run, OPTIONS).parent
