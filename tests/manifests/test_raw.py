"""URIs of raw files: read what they name, never outside the root."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from manifests.raw import (
    ARCHIVE_ERRORS,
    container,
    error_text,
    escape,
    file_uri,
    read_bytes,
    split_uri,
    unescape,
)


def test_uris_have_a_file_and_perhaps_a_member() -> None:
    assert split_uri("a/b.zip!c/d.jpg") == ("a/b.zip", "c/d.jpg")
    assert split_uri("a/B.ZIP!c/d.zip!e") == ("a/B.ZIP", "c/d.zip!e")
    assert split_uri("a/b.jpg") == ("a/b.jpg", None)
    assert split_uri("a/b.zip!c.json#/imgs/64") == ("a/b.zip", "c.json")
    assert split_uri("a/c.json#/imgs/64") == ("a/c.json", None)


def test_reading_files_and_members(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.txt").write_bytes(b"one")
    with zipfile.ZipFile(tmp_path / "a" / "c.zip", "w") as archive:
        archive.writestr("d/e.txt", "two")
    assert read_bytes(tmp_path, "a/b.txt") == b"one"
    assert read_bytes(tmp_path, "a/c.zip!d/e.txt") == b"two"
    with pytest.raises(KeyError):
        read_bytes(tmp_path, "a/c.zip!d/f.txt")


def test_a_replaced_archive_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "c.zip"
    for text in ("first", "the second, longer"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("e.txt", text)
        assert read_bytes(tmp_path, "c.zip!e.txt") == text.encode()


@pytest.mark.parametrize("uri", ["../x", "/etc/passwd", "a/../../x", "a\0b", "../c.zip!x"])
def test_nothing_outside_the_root_is_read(tmp_path: Path, uri: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "x").write_text("secret")
    with pytest.raises(ValueError, match="not inside"):
        read_bytes(root, uri)


def test_what_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "c.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("e.txt", b"0" * 10_000)
    monkeypatch.setattr("manifests.raw.MAX_FILE_BYTES", 9_999)
    (tmp_path / "e.txt").write_bytes(b"0" * 10_000)
    for uri in ("c.zip!e.txt", "e.txt"):
        with pytest.raises(ValueError, match="unpacks to 10000 bytes"):
            read_bytes(tmp_path, uri)


@pytest.mark.parametrize("name", ["my #1", "a!b", "x.zip!y", "50%", "%23", "caf\udce9", "é"])
def test_every_file_can_be_addressed_and_every_uri_stored(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "a.txt").write_bytes(b"one")
    uri = f"{escape(name)}/a.txt"
    assert uri.encode().decode() == uri
    assert read_bytes(tmp_path, f"{uri}#/imgs/64") == b"one"
    assert split_uri(uri) == (f"{name}/a.txt", None)
    assert (file_uri(f"{uri}#/imgs/64"), container(uri)) == (uri, escape(name))


def test_ordinary_uris_stay_as_they_are() -> None:
    name = "Ordner mit Ümlaut/(1) a+b&c.jpg"
    assert escape(name) == unescape(name) == name
    assert unescape("a%20b") == "a%20b"


def test_links_are_followed_inside_only(tmp_path: Path) -> None:
    root, disk = tmp_path / "root", tmp_path / "disk"
    for folder in (root / "a", disk):
        folder.mkdir(parents=True)
    (disk / "x.txt").write_bytes(b"disk")
    (root / "a" / "y.txt").write_bytes(b"inside")
    (root / "dataset").symlink_to(disk)
    (disk / "z.txt").symlink_to(root / "a" / "y.txt")
    assert read_bytes(root, "dataset/x.txt") == b"disk"
    assert read_bytes(root, "dataset/z.txt") == b"inside"
    (root / "a" / "out.txt").symlink_to(disk / "x.txt")
    (root / "a" / "out").symlink_to(disk)
    (root / "out.txt").symlink_to(disk / "x.txt")
    for uri in ("a/out.txt", "a/out/x.txt", "out.txt"):
        with pytest.raises(ValueError, match="not inside"):
            read_bytes(root, uri)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.zip")
    for uri in ("pipe.zip", "pipe.zip!a"):
        with pytest.raises(ValueError, match="no regular file"):
            read_bytes(tmp_path, uri)


def _patched(path: Path, compression: int, patch: Callable[[bytearray], None]) -> None:
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("e.txt", os.urandom(200).hex())
    data = bytearray(path.read_bytes())
    patch(data)
    path.write_bytes(data)


def _flip(data: bytearray) -> None:
    for place in range(45, 70):
        data[place] ^= 0xFF


def _encrypt(data: bytearray) -> None:
    data[data.index(b"PK\x01\x02") + 8] |= 1


def _from_the_future(data: bytearray) -> None:
    data[data.index(b"PK\x01\x02") + 6] = 0xFF


def _misname(data: bytearray) -> None:
    place = data.index(b"PK\x01\x02")
    data[place + 9] |= 0x08
    data[place + 46] = 0xFF


@pytest.mark.parametrize(
    ("compression", "patch"),
    [
        (zipfile.ZIP_LZMA, _flip),
        (zipfile.ZIP_BZIP2, _flip),
        (zipfile.ZIP_DEFLATED, _flip),
        (zipfile.ZIP_STORED, _encrypt),
        (zipfile.ZIP_STORED, _from_the_future),
        (zipfile.ZIP_STORED, _misname),
    ],
)
def test_whatever_is_wrong_with_an_archive_is_one_of_the_known_errors(
    tmp_path: Path, compression: int, patch: Callable[[bytearray], None]
) -> None:
    _patched(tmp_path / "c.zip", compression, patch)
    with pytest.raises(ARCHIVE_ERRORS):
        read_bytes(tmp_path, "c.zip!e.txt")


def test_errors_read_the_same_on_every_machine(tmp_path: Path) -> None:
    with pytest.raises(OSError) as error:
        read_bytes(tmp_path, "gone.txt")
    assert error_text(error.value) == "FileNotFoundError: No such file or directory"
    assert (
        error_text(ValueError(f"broken: {object()!r}"))
        == "ValueError: broken: <object object at ...>"
    )
