"""A source that changes while it is read: rows are of what was read, and never of two versions."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from manifests.errors import UserError
from manifests.identity import sha256_bytes, sha256_file
from manifests.reading import open_manifest
from pipelines import chunks
from pipelines.normalize import normalize
from tests.pipelines.conftest import ONE_WORKER, make_raw, picture

IMAGES, TRUTH = (f"icdar13/Challenge2_Training_{kind}" for kind in ("Task12_Images", "Task1_GT"))


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    make_raw(tmp_path / "raw")
    shutil.rmtree(tmp_path / "raw" / "icdar11")
    return tmp_path / "raw"


def once_before_reading(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[], None], chunk: int = 0
) -> None:
    """Have the source change when it is listed and the first chunks are read."""
    read_chunk, done = chunks.read_chunk, []

    def change_then_read(asked: chunks.Chunk) -> object:
        if asked.index == chunk and not done:
            done.append(change())
        return read_chunk(asked)

    monkeypatch.setattr(chunks, "read_chunk", change_then_read)


def pack(folder: Path) -> Path:
    """The folder as an archive in its place."""
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
    shutil.rmtree(folder)
    return path


def test_a_picture_that_was_replaced_is_the_one_that_was_read(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, new = raw / IMAGES / "101.jpg", picture(7777)
    once_before_reading(monkeypatch, lambda: path.write_bytes(new))
    normalize(raw, tmp_path / "data", beam_options=ONE_WORKER)
    rows = {
        row["image_id"]: row for row in open_manifest(tmp_path / "data", "icdar13", "train").rows()
    }
    assert rows["icdar13/train/101"]["image_sha256"] == sha256_bytes(new)


def test_a_picture_that_is_gone_is_in_quarantine(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once_before_reading(monkeypatch, (raw / IMAGES / "101.jpg").unlink)
    normalize(raw, tmp_path / "data", beam_options=ONE_WORKER)
    manifest = open_manifest(tmp_path / "data", "icdar13", "train")
    rows = [row for batch in manifest.batches("quarantine") for row in batch.to_pylist()]
    (image,) = (r for r in rows if r["kind"] == "image" and r["reason"] == "image_unreadable")
    assert image["image_id"] == "icdar13/train/101"


@pytest.mark.parametrize("what", [IMAGES, TRUTH])
def test_an_archive_that_was_replaced_is_an_error_and_nothing_is_published(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    data = tmp_path / "data"
    archive = pack(raw / what)
    normalize(raw, data, beam_options=ONE_WORKER)
    published = data / "manifests" / "icdar13" / "train" / "manifest.json"
    before = sha256_file(published)
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name) + b"\n")
    once_before_reading(monkeypatch, lambda: other.replace(archive), chunk=1)
    with pytest.raises(UserError, match=rf"{archive.name} was changed while it was read, so noth"):
        normalize(raw, data, beam_options=ONE_WORKER, full=True)
    assert sha256_file(published) == before
    assert not list(data.rglob(".*-*")), "nothing is left over"
    (manifest, *_), _ = normalize(raw, data, beam_options=ONE_WORKER)
    digests = {entry["uri"]: entry["sha256"] for entry in manifest.info["sources"]}
    assert digests[f"{what}.zip"] == sha256_file(archive)


def test_an_archive_that_is_gone_meanwhile_is_an_error(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = pack(raw / IMAGES)
    once_before_reading(monkeypatch, archive.unlink, chunk=1)
    with pytest.raises(UserError, match=r"was changed while it was read|is not a readable"):
        normalize(raw, tmp_path / "data", beam_options=ONE_WORKER)
    assert not (tmp_path / "data" / "manifests" / "icdar13" / "train").exists()
