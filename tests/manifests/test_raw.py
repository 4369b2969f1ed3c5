"""URIs of raw files: read what they name, never outside the root."""

import zipfile
from pathlib import Path

import pytest

from manifests.raw import read_bytes, split_uri


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
    monkeypatch.setattr("manifests.raw.MAX_MEMBER_BYTES", 9_999)
    with pytest.raises(ValueError, match="unpacks to 10000 bytes"):
        read_bytes(tmp_path, "c.zip!e.txt")
