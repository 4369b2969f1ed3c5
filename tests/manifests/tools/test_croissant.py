"""``croissant`` on the command line: of one dataset, of a mix, of everything."""

import json
from pathlib import Path

import pytest

from manifests import mixes
from manifests.__main__ import main

MIX = """
description: Mine.
seed: 1
shards: 1
members: [{dataset: alpha, split: train}]
"""


@pytest.fixture(autouse=True)
def one_mix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mixes").mkdir()
    (tmp_path / "mixes" / "mine.yaml").write_text(MIX)
    (tmp_path / "mixes" / "none.yaml").write_text(MIX.replace("alpha", "gamma"))
    monkeypatch.setattr(mixes, "FOLDER", tmp_path / "mixes")


def test_everything_is_a_folder_for_each_dataset_and_mix(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["croissant", "--data", str(corpus), "--out", str(out)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{out / 'alpha-train'}: 3 images, 5 regions",
        f"{out / 'beta-test'}: 1 images, 1 regions",
        f"{out / 'mix-mine'}: 3 images, 5 regions",
    ]
    for folder in out.iterdir():
        assert json.loads((folder / "croissant.json").read_text())["name"] == folder.name


@pytest.mark.parametrize("what", [["beta"], ["beta/test"], ["--mix", "mine"]])
def test_one_is_the_folder_itself(corpus: Path, tmp_path: Path, what: list[str]) -> None:
    out = tmp_path / "out"
    assert main(["croissant", *what, "--data", str(corpus), "--out", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "README.md",
        "croissant.json",
        "images.parquet",
        "regions.parquet",
    ]


@pytest.mark.parametrize(
    ("what", "says"),
    [
        (["alpha", "--mix", "mine"], "not both"),
        (["gamma"], "there are alpha/train"),
        (["--mix", "none"], "no manifest of the mix none"),
        (["--mix", "nothing"], "known are mine, none"),
    ],
)
def test_what_cannot_be_described(
    corpus: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    what: list[str],
    says: str,
) -> None:
    out = tmp_path / "out"
    assert main(["croissant", *what, "--data", str(corpus), "--out", str(out)]) == 2
    assert says in capsys.readouterr().err
    assert not out.exists()
