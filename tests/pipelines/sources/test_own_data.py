"""Pictures of one's own through the pipelines: manifests beside those of the project's datasets."""

import json
from pathlib import Path

import pytest

from manifests.mixes import load_mix
from manifests.reading import RAW_ROOT, find_manifests, open_manifest
from pipelines.__main__ import main
from pipelines.leak_gate import refuse_leaks
from pipelines.normalize import normalize
from pipelines.shard_plan import found_members, plan_shards
from tests.pipelines.conftest import ONE_WORKER, picture
from tests.pipelines.sources.reading import put

MIX = "seed: 1\nshards: 1\nmembers:\n  - {dataset: shop, split: train}\n"
LINE = b"1,2,30,2,30,20,1,20,word\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Three pictures, two of them annotated, and sources.yaml above them."""
    for number in range(3):
        put(tmp_path / "raw" / "shop", f"photos/{number}.jpg", content=picture(number))
    put(tmp_path / "raw" / "shop", "gt/gt_0.txt", "gt/gt_1.txt", content=LINE)
    text = "shop:\n  format: rrc\n  splits:\n    val: {images: shop/photos, annotations: shop/gt}\n"
    (tmp_path / "raw" / "sources.yaml").write_text(text)
    return tmp_path / "raw" / "shop"


def test_options_and_file_give_manifests_for_a_mix(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, raw = tmp_path / "data", tmp_path / "raw"
    options = ["--source", "rrc", "--name", "shop", "--images", str(shop / "photos")]
    options += ["--annotations", str(shop / "gt"), "--data", str(data), *ONE_WORKER]
    assert main(["normalize", *options]) == 0
    assert "shop/train" in capsys.readouterr().out
    train = open_manifest(data, "shop", "train")
    ledger = train.info["ledger"]["images"]
    assert (ledger["seen"], ledger["kept"]) == (3, 2)
    assert train.info["own"]["format"] == "rrc" and train.info["published"] is None
    assert "Nobody wrote a card" in train.info["card"]
    row = next(train.rows())
    assert (row["image_id"], row["image_uri"]) == ("shop/train/0", "shop/photos/0.jpg")

    before = (train.folder / RAW_ROOT).read_text()
    (train.folder / RAW_ROOT).unlink()
    assert main(["normalize", *options]) == 0, "what is only a hint is told again"
    assert (train.folder / RAW_ROOT).read_text() == before

    again = [*options[:4], "--images", str(shop), *options[6:]]
    assert main(["normalize", *again]) == 2
    assert "give another --split or --name, or remove" in capsys.readouterr().err

    assert main(["normalize", "--raw", str(raw), "--data", str(data), *ONE_WORKER]) == 0
    assert "absent" not in capsys.readouterr().err
    assert open_manifest(data, "shop", "val").fingerprint != train.fingerprint
    mix = tmp_path / "shop.yaml"
    mix.write_text(MIX)
    assert "not checked" in refuse_leaks(data, [str(mix)])[0]
    members, absent = found_members(data, load_mix(str(mix)))
    (images,) = plan_shards(load_mix(str(mix)), members, absent).shards
    assert len(images) == 2


def test_a_broken_file_is_an_error_and_publishes_nothing(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = shop / "labels.json"
    labels.write_text(json.dumps({"images": [{"id": 1, "file_name": "0.jpg"}]})[:-3])
    options = ["--source", "coco", "--name", "shop", "--images", str(shop / "photos")]
    options += ["--annotations", str(labels), "--data", str(tmp_path / "data"), *ONE_WORKER]
    assert main(["normalize", *options]) == 2
    assert "shop/labels.json cannot be read" in capsys.readouterr().err
    assert find_manifests(tmp_path / "data") == []


def test_own_data_stands_beside_the_projects(
    raw: Path, shop: Path, tmp_path: Path, data: Path
) -> None:
    """A manifest of one's own neither hinders the six nor is hindered, from whatever root."""
    mine = tmp_path / "data"
    folder = mine / "manifests" / "icdar13" / "train"
    folder.mkdir(parents=True)
    (folder / "raw_root.txt").write_text(f"{raw}\n")
    manifests, _ = normalize(shop.parent, mine, ["shop"], ONE_WORKER)
    assert [manifest.name for manifest in manifests] == ["shop/val"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "give --raw RAW, or, for data of your own, --source and --name and --images"),
        (["--source", "rrc"], "--name and --images"),
        (["--source", "rrc", "--name", "icdar15", "--images", "HERE"], "another name"),
        (["--source", "rrc", "--name", "../x", "--images", "HERE"], "cannot be the name"),
        (["--source", "rrc", "--name", "x", "--images", "HERE/gone"], "is not there"),
        (["--source", "rrc", "--name", "x", "--images", "HERE", "--raw", "HERE"], "leave out"),
        (["--raw", "HERE", "--name", "x"], "belong to --source"),
        (["--raw", "HERE", "--only", "y"], "no dataset y; known are"),
    ],
)
def test_options_that_do_not_fit_are_told(
    options: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [option.replace("HERE", str(tmp_path)) for option in options]
    assert main(["normalize", *given, "--data", str(tmp_path / "data")]) == 2
    assert words in capsys.readouterr().err


def test_data_inside_the_pictures_is_refused(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--source", "rrc", "--name", "x", "--images", str(shop)]
    assert main(["normalize", *options, "--data", str(shop / "data")]) == 2
    assert "never written to" in capsys.readouterr().err
