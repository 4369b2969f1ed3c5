"""A seventh dataset is one folder and no edit elsewhere."""

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import pipelines.datasets
from pipelines.datasets import find_datasets
from pipelines.samples import make_all
from pipelines.tree import RawTree
from tests.pipelines.datasets.readers import as_entry

AddPackage = Callable[..., None]

PARSER = """
    from pipelines.inclusive import parse_line
    from pipelines.paired import Layout, PairedDataset

    DATASET = PairedDataset(
        id="seventh", title="A seventh", version=1, source="https://example.org",
        layouts={"train": Layout("pictures", "texts")}, parse=parse_line,
    )
"""
SAMPLE = """
    from manifests.geometry import polygon_from_box
    from pipelines.samples import WrittenRegion
    from pipelines.samples.files import write

    SIZES = {"train": 1}

    def make(folder, images, seed):
        write(folder / "pictures" / "a.png", b"")
        write(folder / "texts" / "gt_a.txt", b'1, 1, 4, 4, "Hi"')
        return {"train": {"a": [WrittenRegion(polygon_from_box(1, 1, 5, 5), "Hi")]}}
"""


@pytest.fixture
def add_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AddPackage]:
    """A function that adds a dataset package in a folder outside the project."""
    monkeypatch.setattr(
        pipelines.datasets, "__path__", [*pipelines.datasets.__path__, str(tmp_path / "plus")]
    )
    before = set(sys.modules)

    def add(name: str, **files: str) -> None:
        folder = tmp_path / "plus" / name
        folder.mkdir(parents=True)
        for file, text in files.items():
            (folder / f"{file}.py").write_text(textwrap.dedent(text), encoding="utf-8")

    yield add
    for name in set(sys.modules) - before:
        if name.startswith("pipelines.datasets."):
            del sys.modules[name]


def test_a_seventh_is_found_read_and_sampled(
    add_package: AddPackage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = set(find_datasets())
    add_package("seventh", __init__=PARSER, sample=SAMPLE)
    datasets = find_datasets()
    assert set(datasets) == before | {"seventh"}
    monkeypatch.setattr("pipelines.samples.find_datasets", lambda: {"seventh": datasets["seventh"]})
    make_all(tmp_path / "raw")
    (entry,) = datasets["seventh"].index(RawTree(tmp_path / "raw", "seventh"), "train")
    assert as_entry(entry).stem == "a"
    assert as_entry(entry).image_uri == "seventh/pictures/a.png"


def test_a_folder_without_a_dataset_is_an_error(add_package: AddPackage) -> None:
    add_package("empty", __init__="")
    with pytest.raises(TypeError, match="empty has no DATASET"):
        find_datasets()


def test_an_id_that_is_not_the_folder_is_an_error(add_package: AddPackage) -> None:
    add_package("eighth", __init__=PARSER)
    with pytest.raises(TypeError, match="'seventh', not the folder's name"):
        find_datasets()
