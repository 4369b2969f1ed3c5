"""Statistics: a row an image, the same bytes however they come about, nothing half-written."""

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from manifests.errors import UserError
from manifests.pictures import read_picture
from manifests.reading import find_manifests, open_manifest
from manifests.sealing import load_sealed, write_sealed
from manifests.statistics import (
    SCHEMA,
    TABLE,
    open_statistics,
    read_statistics,
    statistics_folder,
)
from pipelines.__main__ import main
from pipelines.measures import measure
from pipelines.normalize import normalize
from pipelines.statistics import statistics
from pipelines.statistics_job import StatisticsJob, measure_chunk, publish, write_chunks
from tests.pipelines.conftest import ODD, ONE_WORKER, PICTURES, make_raw, picture

SPLITS = ("icdar11/train", "icdar13/train")


@pytest.fixture(scope="module")
def measured(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("measured") / "data"
    shutil.copytree(data, folder)
    assert statistics(folder, beam_options=ONE_WORKER) == [
        f"icdar11/train: {len(ODD)} pictures, {len(ODD)} measured, because there were none",
        f"icdar13/train: {PICTURES} pictures, {PICTURES} measured, because there were none",
    ]
    return folder


def contents(data: Path) -> dict[str, bytes]:
    files = sorted((data / "statistics").rglob("*.*"))
    return {str(path.relative_to(data)): path.read_bytes() for path in files}


def refingerprint(folder: Path) -> None:
    """As if the manifest had changed."""
    path = folder / "manifest.json"
    write_sealed(path, {**load_sealed(path), "fingerprint": "f" * 64})


def jobs(data: Path, scratch: Path) -> list[StatisticsJob]:
    return [
        StatisticsJob(str(m.raw_root), m.dataset, m.split, str(scratch), str(data))
        for m in find_manifests(data)
    ]


def test_there_is_a_row_for_each_image_in_its_order(measured: Path) -> None:
    for manifest in find_manifests(measured):
        found = open_statistics(measured, manifest)
        rows = [row for batch in found.batches() for row in batch.to_pylist()]
        images = list(manifest.rows(["image_id", "image_sha256", "image_uri"]))
        assert [(r["image_id"], r["image_sha256"]) for r in rows] == [
            (i["image_id"], i["image_sha256"]) for i in images
        ]
        assert pq.read_schema(found.folder / TABLE).equals(SCHEMA)
        expected = measure(read_picture(images[3], manifest.raw_root))
        for name, value in expected.items():
            approximately = pytest.approx(value, rel=1e-6) if type(value) is float else value
            assert rows[3][name] == approximately, name


def test_workers_change_no_byte(measured: Path, data: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "data")
    statistics(tmp_path / "data", beam_options=["--direct_num_workers=2"])
    assert contents(tmp_path / "data") == contents(measured)


def test_what_is_up_to_date_is_left_alone(
    measured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stamp = (statistics_folder(measured, "icdar13", "train") / TABLE).stat().st_mtime_ns
    assert main(["statistics", "--data", str(measured), "--raw", "/nowhere"]) == 0
    assert capsys.readouterr().out == "statistics of all 2 manifests are up to date\n"
    assert (statistics_folder(measured, "icdar13", "train") / TABLE).stat().st_mtime_ns == stamp


def test_a_changed_picture_alone_is_measured(measured: Path, tmp_path: Path) -> None:
    raw, data = tmp_path / "raw", tmp_path / "data"
    make_raw(raw)
    shutil.copytree(measured / "statistics", data / "statistics")
    folder = raw / "icdar13" / "Challenge2_Training_Task12_Images"
    (folder / "105.jpg").write_bytes(picture(9999))
    (folder / "107.jpg").write_bytes(picture(106))  # known already
    normalize(raw, data, beam_options=ONE_WORKER)
    told = statistics(data, beam_options=ONE_WORKER)
    assert told[1].startswith(
        f"icdar13/train: {PICTURES} pictures, 1 measured, {PICTURES - 1} taken over, because the"
    )
    taken_over = contents(data)
    shutil.rmtree(data / "statistics")
    statistics(data, beam_options=ONE_WORKER)
    assert contents(data) == taken_over


def test_damaged_statistics_are_made_anew(measured: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(measured, data)
    path = statistics_folder(data, "icdar13", "train") / TABLE
    path.write_bytes(path.read_bytes()[:-9] + b"123456789")
    manifest = open_manifest(data, "icdar13", "train")
    with pytest.raises(UserError, match=f"run `python -m pipelines statistics --data {data}`"):
        open_statistics(data, manifest)
    assert statistics(data, beam_options=ONE_WORKER)[1].endswith(
        f"{PICTURES} measured, because there were none"
    )
    assert contents(data) == contents(measured)


def test_statistics_of_another_manifest_are_refused(measured: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(measured, data)
    refingerprint(data / "manifests" / "icdar13" / "train")
    manifest = open_manifest(data, "icdar13", "train")
    with pytest.raises(UserError, match="before the manifest changed; run `python -m pipelines st"):
        open_statistics(data, manifest)
    with pytest.raises(UserError, match="no statistics of the pictures of svt/test; run"):
        read_statistics(data, "svt", "test")


@pytest.mark.parametrize("fault", ["gone", "another", "no picture"])
def test_a_picture_that_is_not_as_it_was_is_named(
    data: Path, tmp_path: Path, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    raw, copy = tmp_path / "raw", tmp_path / "data"
    make_raw(raw)
    shutil.copytree(data, copy)
    path = raw / "icdar13" / "Challenge2_Training_Task12_Images" / "130.jpg"
    if fault == "gone":
        path.unlink()
    else:
        path.write_bytes(picture(7777) if fault == "another" else b"")
    command = ["statistics", "--data", str(copy), "--raw", str(raw)]
    assert main([*command, *ONE_WORKER]) == 2
    error = capsys.readouterr().err
    assert str(path) in error and "normalize" in error
    assert not list((copy / "statistics").rglob("icdar13/train"))
    assert not list(copy.glob(".statistics-*"))


def test_a_killed_run_leaves_the_last_statistics(measured: Path, tmp_path: Path) -> None:
    data, scratch = tmp_path / "data", tmp_path / "data" / ".statistics-killed"
    shutil.copytree(measured, data)
    before = contents(data)
    for name in SPLITS:
        refingerprint(data / "manifests" / name)
    for job in jobs(data, scratch):
        for chunk in write_chunks(job):
            measure_chunk(chunk)  # and then the run dies
    assert contents(data) == before
    statistics(data, beam_options=ONE_WORKER)
    assert not scratch.exists()


def test_a_lost_chunk_is_noticed(data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "data"
    shutil.copytree(data, copy)
    job = jobs(copy, tmp_path / "scratch")[1]
    chunks = write_chunks(job)
    assert [chunk.index for chunk in chunks] == [0, 1]
    for chunk in chunks:
        measure_chunk(chunk)
    with pytest.raises(RuntimeError, match=r"handed over chunks \[1\]"):
        publish(job, [1])
    with pytest.raises(RuntimeError, match=r"icdar13/train: the runner handed over chunks \[0\]"):
        publish(job, [0])
    assert not contents(copy)
    assert publish(job, [0, 1]) == {"images": PICTURES, "measured": PICTURES}


def test_no_manifest_no_statistics(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no manifest below"):
        statistics(tmp_path)
