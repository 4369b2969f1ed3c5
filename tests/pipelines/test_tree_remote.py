"""A raw root in a store: the same files and bytes as on disk, and nothing outside the root."""

import zipfile
from pathlib import Path

import pytest

from manifests.errors import UserError
from manifests.raw import digest_file, open_stream, read_bytes
from manifests.storage import client
from manifests.storage.address import Remote, parse_root
from manifests.storage.connecting import StorageError
from pipelines.convert import convert
from pipelines.source import Entry
from pipelines.tree import RawTree
from tests.pipelines.toys import Toy
from tests.storing import Store


@pytest.fixture
def local(tmp_path: Path) -> Path:
    folder = tmp_path / "raw" / "toy" / "some folder"
    folder.mkdir(parents=True)
    (folder / "a#1 ü.txt").write_bytes(b"a")
    (tmp_path / "raw" / "toy" / "empty.txt").write_bytes(b"")
    for name, method in (("one.zip", zipfile.ZIP_STORED), ("two.ZIP", zipfile.ZIP_DEFLATED)):
        with zipfile.ZipFile(tmp_path / "raw" / "toy" / name, "w", method) as archive:
            for number in range(5):
                archive.writestr(f"in/{number}.txt", str(number) * 300_000)
    return tmp_path / "raw"


@pytest.fixture
def root(store: Store, local: Path) -> Remote:
    store.upload(local, "deep/raw")
    found = parse_root(f"{store.uri}/deep/raw")
    assert isinstance(found, Remote)
    return found


def test_files_and_bytes_are_those_on_disk(root: Remote, local: Path) -> None:
    there, here = RawTree(root, "toy"), RawTree(local, "toy")
    assert [(f.path, f.uri, f.copies) for f in there.files] == [
        (f.path, f.uri, f.copies) for f in here.files
    ]
    assert [there.read(file) for file in there.files] == [here.read(file) for file in here.files]
    assert there.unusable == () and all(file.stamp for file in there.files)
    for name in ("one.zip", "empty.txt"):
        assert digest_file(root / "toy" / name) == digest_file(local / "toy" / name)
    with open_stream(root, "toy/two.ZIP!in/3.txt") as file:
        assert file.read(2) == b"33"
    assert next(iter(RawTree(root, "toy/one.zip").files)).uri == "toy/one.zip!in/0.txt"
    assert len(RawTree(root, "nothing").files) == 0


def test_a_stamp_tells_a_change(root: Remote, store: Store) -> None:
    before = {file.uri: file.stamp for file in RawTree(root, "toy").files}
    store.put("deep/raw/toy/empty.txt", b"not any more")
    after = {file.uri: file.stamp for file in RawTree(root, "toy").files}
    assert [uri for uri in before if before[uri] != after[uri]] == ["toy/empty.txt"]


def test_an_archive_is_not_fetched_as_a_whole(root: Remote, store: Store) -> None:
    with zipfile.ZipFile(big := _Counting(), "w") as archive:
        for number in range(40):
            archive.writestr(f"{number}.txt", bytes([number]) * 200_000)
    store.put("deep/raw/toy/big.zip", bytes(big.data))
    asked: list[int] = []
    before = client._Ranges.readinto
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            client._Ranges, "readinto", lambda s, b: asked.append(before(s, b)) or asked[-1]
        )
        assert read_bytes(root, "toy/big.zip!7.txt") == bytes([7]) * 200_000
        assert read_bytes(root, "toy/big.zip!8.txt") == bytes([8]) * 200_000
    assert sum(asked) < 4_000_000 < len(big.data) and len(asked) < 8


class _Counting:
    """A file that is only written."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> int:
        self.data += data
        return len(data)

    def flush(self) -> None:
        return None

    def tell(self) -> int:
        return len(self.data)


def test_odd_keys_are_told_and_nothing_outside_is_read(root: Remote, store: Store) -> None:
    for key in ("toy/../up.txt", "toy/a//b.txt", "toy//lead.txt", "toy/./dot.txt", "toy/c\x01.txt"):
        store.put(f"deep/raw/{key}", b"odd")
    store.put("deep/raw/toy/clash", b"file")
    store.put("deep/raw/toy/clash/below.txt", b"below")
    store.put("deep/raw/toy/marker/")
    store.put("deep/secret.txt", b"secret")
    store.put("deep/rawest/toy/x.txt", b"a sibling")
    tree = RawTree(root, "toy")
    assert {item.uri for item in tree.unusable} == {
        "toy/../up.txt",
        "toy/a//b.txt",
        "toy//lead.txt",
        "toy/./dot.txt",
        "toy/c\x01.txt",
        "toy/clash",
    }
    uris = {file.uri for file in tree.files}
    assert "toy/clash/below.txt" in uris and not any("marker" in uri for uri in uris)
    for uri in ("../secret.txt", "/deep/secret.txt", "toy/../../secret.txt", "toy/a//b.txt", "a\0"):
        with pytest.raises((ValueError, FileNotFoundError)):
            read_bytes(root, uri)


def test_an_archive_that_is_none_is_named(root: Remote, store: Store) -> None:
    store.put("deep/raw/toy/bad.zip", b"no archive")
    with pytest.raises(UserError, match=r"s3://.*bad\.zip is not a readable"):
        _ = RawTree(root, "toy").files


def test_an_archive_replaced_in_between_is_read_anew(
    root: Remote, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("manifests.raw._TRUST_SECONDS", 1e-9)
    assert read_bytes(root, "toy/one.zip!in/1.txt")[:1] == b"1"
    with zipfile.ZipFile(other := _Counting(), "w") as archive:
        archive.writestr("in/1.txt", b"other")
    store.put("deep/raw/toy/one.zip", bytes(other.data))
    assert read_bytes(root, "toy/one.zip!in/1.txt") == b"other"


def test_a_store_that_fails_is_no_reason_to_refuse_a_picture(root: Remote) -> None:
    def read(uri: str) -> bytes:
        raise StorageError("it does not answer")

    entry = Entry("a", "toy/a.png", "toy/a.txt")
    with pytest.raises(StorageError):
        convert(Toy(), "train", entry, read)
    gone = convert(Toy(), "train", entry, lambda uri: read_bytes(root, uri))
    assert [row.reason for row in gone.refusals] == ["annotation_unreadable"]
    assert "No such file" in gone.refusals[0].detail
