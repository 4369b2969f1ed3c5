import sys
import uuid
from pathlib import Path

import pytest

from deploy.modelarts.errors import JobError
from deploy.modelarts.storage import (
    FolderStorage,
    FsspecStorage,
    MoxingStorage,
    Storage,
    base,
    join,
    storage_for,
)

FAKE_MOXING = Path(__file__).parent / "fake_moxing"


@pytest.fixture
def obs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that stands for OBS, with MoXing over it."""
    (tmp_path / "obs").mkdir()
    monkeypatch.setenv("FAKE_OBS", str(tmp_path / "obs"))
    monkeypatch.syspath_prepend(str(FAKE_MOXING))
    monkeypatch.delitem(sys.modules, "moxing", raising=False)
    return tmp_path / "obs"


@pytest.fixture(params=["folder", "file", "moxing", "fsspec"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Storage, str]:
    """A storage, and an empty place in it."""
    if request.param == "moxing":
        request.getfixturevalue("obs")
        return storage_for("obs://bucket/here"), "obs://bucket/here"
    if request.param == "fsspec":
        url = f"memory://{uuid.uuid4().hex}"
        return storage_for(url), url
    prefix = "file://" if request.param == "file" else ""
    return storage_for(f"{prefix}{tmp_path}/here"), f"{prefix}{tmp_path}/here"


def write_tree(folder: Path) -> None:
    (folder / "a b").mkdir(parents=True)
    (folder / "a b" / "deep.txt").write_text("deep")
    (folder / "top.txt").write_text("top")


def read_tree(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def test_a_folder_goes_there_and_comes_back(store: tuple[Storage, str], tmp_path: Path) -> None:
    storage, url = store
    write_tree(tmp_path / "mine")
    storage.store_folder(tmp_path / "mine", join(url, "tree"))
    assert storage.exists(join(url, "tree"))
    assert storage.is_folder(join(url, "tree"))
    assert not storage.is_folder(join(url, "tree", "top.txt"))
    storage.fetch_folder(join(url, "tree"), tmp_path / "back")
    assert read_tree(tmp_path / "back") == {"a b/deep.txt": "deep", "top.txt": "top"}


def test_a_folder_is_stored_over_what_is_there(store: tuple[Storage, str], tmp_path: Path) -> None:
    storage, url = store
    write_tree(tmp_path / "mine")
    storage.store_folder(tmp_path / "mine", url)
    (tmp_path / "mine" / "top.txt").write_text("newer")
    storage.store_folder(tmp_path / "mine", url)
    storage.fetch_folder(url, tmp_path / "back")
    assert read_tree(tmp_path / "back") == {"a b/deep.txt": "deep", "top.txt": "newer"}


def test_a_file_goes_there_comes_back_and_goes_away(
    store: tuple[Storage, str], tmp_path: Path
) -> None:
    storage, url = store
    there = join(url, "new", "one.txt")
    assert not storage.exists(there)
    storage.remove_file(there)
    (tmp_path / "one.txt").write_text("one")
    storage.store_file(tmp_path / "one.txt", there)
    assert storage.exists(there)
    storage.fetch_file(there, tmp_path / "back.txt")
    assert (tmp_path / "back.txt").read_text() == "one"
    storage.remove_file(there)
    assert not storage.exists(there)


def test_each_url_has_its_storage(obs: Path) -> None:
    assert isinstance(storage_for("/somewhere"), FolderStorage)
    assert isinstance(storage_for("obs://bucket"), MoxingStorage)
    assert isinstance(storage_for("s3://bucket"), MoxingStorage)
    assert isinstance(storage_for("memory://bucket"), FsspecStorage)


def test_what_cannot_be_reached_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "moxing", None)
    with pytest.raises(JobError, match="reached by MoXing"):
        storage_for("obs://bucket")
    with pytest.raises(JobError, match="nowhere://bucket cannot be reached"):
        storage_for("nowhere://bucket")


def test_urls_are_joined_and_parted() -> None:
    assert join("obs://bucket/a/", "b/", "c.txt") == "obs://bucket/a/b/c.txt"
    assert base("obs://bucket/a/") == "a"
