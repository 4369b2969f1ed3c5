"""Sample corpora are published whole, and never over real data."""

import json
from pathlib import Path

import pytest

from manifests.errors import UserError
from pipelines import samples
from pipelines.datasets import find_datasets
from pipelines.samples import make_all, maker


@pytest.fixture(autouse=True)
def two_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two datasets of one picture a split, to be quick."""
    two = {name: find_datasets()[name] for name in ("icdar13", "svt")}
    monkeypatch.setattr(samples, "find_datasets", lambda: two)
    for name in two:
        monkeypatch.setattr(maker(name), "SIZES", {"train": 1, "test": 1})


def test_all_are_made_and_made_again(tmp_path: Path) -> None:
    written = make_all(tmp_path, seed=4)
    assert {name: set(splits) for name, splits in written.items()} == {
        "icdar13": {"train", "test"},
        "svt": {"train", "test"},
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["icdar13", "samples.json", "svt"]
    (tmp_path / "svt" / "left-over").write_bytes(b"")
    assert make_all(tmp_path, seed=4) == written
    assert not (tmp_path / "svt" / "left-over").exists()


def test_real_data_is_never_replaced(tmp_path: Path) -> None:
    treasure = tmp_path / "svt" / "train.xml"
    treasure.parent.mkdir()
    treasure.write_bytes(b"real")
    with pytest.raises(UserError, match="holds data that is no sample"):
        make_all(tmp_path)
    assert treasure.read_bytes() == b"real"
    assert not (tmp_path / "icdar13").exists()


def test_a_failure_leaves_no_half_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(folder: Path, images: object, seed: int) -> None:
        (folder / "half").write_bytes(b"")
        raise OSError("disk full")

    monkeypatch.setattr(maker("svt"), "make", fail)
    with pytest.raises(OSError, match="disk full"):
        make_all(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["icdar13", "samples.json"]
    assert json.loads((tmp_path / "samples.json").read_text())["datasets"] == ["icdar13"]


def test_a_damaged_marker_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "samples.json").write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match="is damaged"):
        make_all(tmp_path)
