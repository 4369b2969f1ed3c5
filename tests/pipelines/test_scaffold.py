"""A folder that add-dataset makes works as it is, but for what it asks a person to fill in."""

import importlib
import importlib.util
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import pipelines.datasets
from manifests.errors import UserError
from pipelines.__main__ import main
from pipelines.datasets import find_datasets
from pipelines.scaffold import LIKE, add_dataset, left_to_fill_in
from tests.pipelines.datasets import test_contract as contract

TO_FILL_IN = {
    "test_nothing_is_left_to_fill_in": "CARD.md:7: FILL IN the licence",
    "test_counts_are_well_formed": "FILL IN how many images",
}
ROOT = Path(__file__).parents[2]
RUFF = Path(sys.executable).parent / "ruff"


@pytest.fixture(scope="module", params=sorted(LIKE))
def made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Path]]:
    """The files of a new dataset ``fresh``, in a project that has nothing else."""
    project = tmp_path_factory.mktemp("project")
    folder = project / "pipelines" / "datasets"
    (project / "tests" / "pipelines" / "datasets").mkdir(parents=True)
    folder.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        files = add_dataset("fresh", request.param, folder)
        paths = [*pipelines.datasets.__path__, str(folder)]
        patch.setattr(pipelines.datasets, "__path__", paths)
        patch.setattr(contract, "DATASETS", find_datasets())
        yield files
    for name in [name for name in sys.modules if name.startswith("pipelines.datasets.fresh")]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def sample(made: list[Path], tmp_path_factory: pytest.TempPathFactory) -> contract.Sample:
    root = tmp_path_factory.mktemp("raw")
    return contract.Sample(contract.DATASETS["fresh"], root, contract.make("fresh", root, seed=5))


def test_the_contract_holds_but_for_what_a_person_must_tell(
    made: list[Path], sample: contract.Sample, tmp_path: Path
) -> None:
    given = {"sample": sample, "name": "fresh"}
    ran = set()
    for test, check in inspect.getmembers(contract, inspect.isfunction):
        wanted = inspect.signature(check).parameters.keys()
        if not test.startswith("test_") or not wanted & given.keys():
            continue
        folder = tmp_path / test
        folder.mkdir()
        known = {**given, "tmp_path": folder}
        arguments = {name: known[name] for name in wanted}
        if test in TO_FILL_IN:
            with pytest.raises(AssertionError) as caught:
                check(**arguments)
            assert TO_FILL_IN[test] in str(caught.value)
        else:
            check(**arguments)
        ran.add(test)
    assert ran > TO_FILL_IN.keys() and len(ran) > 14


def test_its_own_test_passes(made: list[Path]) -> None:
    module = _load(made[-1])
    tests = [check for name, check in vars(module).items() if name.startswith("test_")]
    assert len(tests) == 2
    for check in tests:
        check()


def test_filled_in_it_is_whole(made: list[Path], tmp_path: Path) -> None:
    left = left_to_fill_in(made)
    assert any("CARD.md:10: " in line for line in left) and len(left) > 15
    assert not any("newset" in path.read_text(encoding="utf-8") for path in made)


@pytest.mark.skipif(not RUFF.is_file(), reason="ruff is not installed")
def test_it_is_lint_free(made: list[Path]) -> None:
    python = [str(path) for path in made if path.suffix == ".py"]
    config = ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    first_party = "lint.isort.known-first-party=['manifests','pipelines','tests']"
    for command in (["check", "--config", first_party], ["format", "--check"]):
        done = subprocess.run(
            [str(RUFF), *command, *config, *python], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["", "Street", "2nd", "a-b", "../x", "class", "x" * 25, "newset"])
def test_names_that_cannot_be_one(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError):
        add_dataset(name, "svt", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_dataset_is_never_replaced(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["add-dataset", "icdar15"]) == 2
    assert "there is a dataset icdar15 already" in capsys.readouterr().err
    (tmp_path / "mine").mkdir()
    with pytest.raises(UserError, match="already"):
        add_dataset("mine", "svt", tmp_path)


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
