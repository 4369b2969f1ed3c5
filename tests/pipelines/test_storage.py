"""From a store to a store: the same bytes as on disk, and workers that share no disk."""

import shutil
import zipfile
from pathlib import Path

import pytest

from manifests.reading import RAW_ROOT, open_manifest
from manifests.storage import mirror
from manifests.storage.address import Remote
from manifests.storage.connecting import StorageError
from pipelines.__main__ import main
from pipelines.jobs import NormalizeJob
from pipelines.normalize import convert_one, index_split, publish_split
from tests.pipelines.conftest import ONE_WORKER, picture
from tests.storing import Store
from validation.__main__ import main as validate

MIX = """\
seed: 1
shards: 2
members:
  - {dataset: icdar13, split: train}
  - {dataset: icdar15, split: train}
"""


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A raw root of a folder and two archives."""
    raw = tmp_path_factory.mktemp("few")
    images = raw / "icdar13" / "Challenge2_Training_Task12_Images"
    truth = raw / "icdar13" / "Challenge2_Training_Task1_GT"
    for folder in (images, truth, raw / "icdar15"):
        folder.mkdir(parents=True)
    for number in range(100, 103):
        (images / f"{number}.jpg").write_bytes(picture(number))
        (truth / f"gt_{number}.txt").write_text('1 2 30 20 "word"\n')
    stem = raw / "icdar15" / "ch4_training_"
    with (
        zipfile.ZipFile(f"{stem}images.zip", "w") as pictures,
        zipfile.ZipFile(
            f"{stem}localization_transcription_gt.zip", "w", zipfile.ZIP_DEFLATED
        ) as texts,
    ):
        for number in (1, 2):
            pictures.writestr(f"img_{number}.jpg", picture(number))
            texts.writestr(f"gt_img_{number}.txt", "1,2,30,2,30,20,1,20,word\n")
    return raw


def run(raw: object, data: object, mix: Path, check: bool) -> None:
    """What `make data` does; the gate, which takes long to load, where it is asked for."""
    at = ["--data", str(data)]
    assert main(["normalize", "--raw", str(raw), *at, *ONE_WORKER]) == 0
    assert main(["statistics", *at, *ONE_WORKER]) == 0
    assert not check or validate(["check", *at]) == 0
    assert main(["shard", *at, "--mix", str(mix), *ONE_WORKER]) == 0


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for top in ("manifests", "statistics", "shards")
        for path in (folder / top).rglob("*")
        if path.is_file() and path.name != RAW_ROOT
    }


def test_from_store_to_store_gives_the_same_bytes(
    few: Path, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mix = tmp_path / "few.yaml"
    mix.write_text(MIX)
    run(few, tmp_path / "local", mix, check=False)
    store.upload(few, "raw")
    raw, data = f"{store.uri}/raw", f"{store.uri}/data"
    run(raw, data, mix, check=True)
    wanted = files(tmp_path / "local")
    there = {key.removeprefix("data/"): store.read(key) for key in store.list_keys("data/")}
    assert {name: there.get(name) for name in wanted} == wanted
    roots = {there[name] for name in there if name.endswith(RAW_ROOT)}
    assert roots == {f"{raw}\n".encode()}
    assert not [name for name in there if "/." in f"/{name}"], "no scratch is left"
    assert "report/findings.parquet" in there and "logs/shard.log" in there

    shutil.rmtree(tmp_path / "cache")  # as on another machine
    written = store.list_keys()
    assert main(["shard", "--data", data, "--mix", str(mix), *ONE_WORKER]) == 0
    assert store.list_keys() == written
    folder = mirror.folder_of(Remote("s3", store.bucket, "data"))
    assert files(folder) == wanted

    shard = bytearray(store.read("data/shards/few/few.mindrecord1"))
    shard[len(shard) // 2] ^= 1
    store.put("data/shards/few/few.mindrecord1", bytes(shard))
    shutil.rmtree(tmp_path / "cache")
    with pytest.raises(Exception, match="altered"):
        mirror.bring(folder / "shards")


def test_workers_share_no_disk(
    few: Path, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step as on a machine of its own."""
    store.upload(few, "raw")
    scratch = f"{store.uri}/data/.normalize-0123456789ab"
    job = NormalizeJob(f"{store.uri}/raw", "icdar15", "train", scratch)

    def another_machine(name: str) -> Path:
        monkeypatch.setenv("TEXTLINES_CACHE", str(tmp_path / name))
        return mirror.folder_of(Remote("s3", store.bucket, "data"))

    another_machine("index")
    (chunk,) = index_split(job)
    another_machine("convert")
    part = convert_one(chunk)
    data = another_machine("publish")
    publish_split(job, [part], [0], data)
    data = another_machine("reader")
    mirror.bring(data)
    manifest = open_manifest(data, "icdar15", "train")
    manifest.verify()
    assert [row["image_id"] for row in manifest.rows()] == [
        "icdar15/train/img_1",
        "icdar15/train/img_2",
    ]
    assert str(manifest.raw_root) == f"{store.uri}/raw"


def test_a_store_that_fails_midway_publishes_nothing(
    few: Path, store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store.upload(few, "raw")

    def fails(path: object, limit: int) -> bytes:
        raise StorageError("the store does not answer")

    monkeypatch.setattr("manifests.raw.read_limited", fails)
    raw, data = f"{store.uri}/raw", f"{store.uri}/data"
    arguments = ["normalize", "--raw", raw, "--data", data, "--only", "icdar13", *ONE_WORKER]
    assert main(arguments) == 2
    assert "does not answer" in capsys.readouterr().err
    assert store.list_keys("data/manifests") == []
    assert [key for key in store.list_keys("data") if "/." in key] == []


def test_data_inside_raw_is_refused(
    few: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    store.upload(few, "raw")
    raw = f"{store.uri}/raw"
    assert main(["normalize", "--raw", raw, "--data", f"{raw}/data"]) == 2
    assert "is inside the raw root" in capsys.readouterr().err
    assert main(["samples", "--raw", raw]) == 2
    assert "only --raw and --data" in capsys.readouterr().err
