"""Objects, and what is said where the store will not."""

import time
from pathlib import Path

import pytest

from manifests.errors import UserError
from manifests.storage import client, connecting
from manifests.storage.address import Remote, parse_root
from manifests.storage.connecting import StorageError, advice
from tests.storing import Store


def at(store: Store, key: str) -> Remote:
    return Remote("s3", store.bucket, key)


def test_what_is_stored_comes_back(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc" * 1000)
    client.put(tmp_path / "a", at(store, "x/a"))
    client.put_bytes(b"", at(store, "x/empty"))
    client.copy(at(store, "x/a"), at(store, "y/b"))
    client.get(at(store, "y/b"), tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == (tmp_path / "a").read_bytes()
    assert client.read(at(store, "x/empty"), 0) == b""
    found = client.walk(at(store, "x"))
    assert [(item.name, item.size) for item in found] == [("a", 3000), ("empty", 0)]
    assert client.find(at(store, "x/a")) == found[0]
    client.delete_below(at(store, "x"))
    client.delete(at(store, "y/none"))
    assert store.list_keys() == ["y/b"]
    with pytest.raises(FileNotFoundError, match="No such file"):
        client.read(at(store, "x/a"), 10)
    with pytest.raises(ValueError, match="more than 5"):
        client.read(at(store, "y/b"), 5)
    with pytest.raises(ValueError, match="bucket"):
        client.delete_below(at(store, ""))


def test_an_object_is_looked_around_in(store: Store) -> None:
    store.put("a", bytes(range(256)) * 16)
    with client.open_file(at(store, "a"), 64) as file:
        assert file.seek(-3, 2) == 4093 and file.read() == bytes([253, 254, 255])
        assert file.seek(256) and file.read(2) == b"\0\1" and file.tell() == 258
        assert file.seek(9999) and file.read(1) == b""


def test_a_file_that_breaks_while_it_is_stored_leaves_no_object(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(source: object, target: object, size: int) -> None:
        target.write(b"half")  # type: ignore[attr-defined]
        raise KeyboardInterrupt

    (tmp_path / "a").write_bytes(b"whole")
    monkeypatch.setattr("shutil.copyfileobj", broken)
    with pytest.raises(KeyboardInterrupt):
        client.put(tmp_path / "a", at(store, "a"))
    assert store.list_keys() == []


def test_no_bucket(store: Store) -> None:
    nowhere = parse_root("s3://no-such-bucket/raw")
    assert isinstance(nowhere, Remote)
    for ask in (client.walk, client.has_any, lambda it: client.put_bytes(b"1", it / "a")):
        with pytest.raises(UserError, match=r"no (such )?bucket"):
            ask(nowhere)


def test_nobody_answers_and_it_does_not_take_long(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "ATTEMPTS", 2)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    began = time.monotonic()
    with pytest.raises(StorageError, match="does not answer: check the network"):
        client.walk(at(store, ""))
    assert time.monotonic() - began < 10


def test_no_credentials(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    store.put("a", b"1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(StorageError, match="AWS_ACCESS_KEY_ID"):
        client.find(at(store, "a"))


@pytest.mark.parametrize("url", ["localhost:9000", "ftp://host", "http://"])
def test_an_endpoint_that_is_no_url(
    store: Store, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    with pytest.raises(UserError, match="no URL"):
        client.walk(at(store, ""))


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("AWS Error NO_SUCH_BUCKET during ListObjectsV2 operation", "no such bucket"),
        ("AWS Error UNKNOWN (HTTP status 301) during HeadObject operation", "AWS_REGION"),
        ("AWS Error ACCESS_DENIED during HeadObject operation", "credentials"),
        ("AWS Error NETWORK_CONNECTION during GetObject: curlCode: 28, Timeout", "not answer"),
        ("AWS Error SLOW_DOWN during PutObject", "slow down"),
        ("something else", "could not be used"),
    ],
)
def test_what_an_error_means(said: str, wanted: str) -> None:
    assert wanted in advice(said)
