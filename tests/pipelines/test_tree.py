"""Listing a dataset's folder: archives, links, pipes; all of it read or told."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from manifests.errors import UserError
from pipelines.tree import RawTree


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "raw" / "toy" / "real"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"a")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "secret.txt").write_bytes(b"secret")
    return tmp_path / "raw"


def listed(root: Path) -> tuple[list[str], dict[str, str]]:
    tree = RawTree(root, "toy")
    return [file.uri for file in tree.files], {item.uri: item.detail for item in tree.unusable}


def test_links_inside_are_followed(root: Path) -> None:
    (root / "toy" / "folder").symlink_to("real")
    (root / "toy" / "file.txt").symlink_to("real/a.txt")
    files, unusable = listed(root)
    assert files == ["toy/file.txt", "toy/folder/a.txt", "toy/real/a.txt"]
    assert unusable == {}
    assert [RawTree(root, "toy").read(file) for file in RawTree(root, "toy").files] == [b"a"] * 3


def test_the_root_and_the_dataset_may_be_links(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    assert listed(tmp_path / "link") == (["toy/real/a.txt"], {})
    (root / "toy").rename(tmp_path / "disk")
    (root / "toy").symlink_to(tmp_path / "disk")
    (tmp_path / "disk" / "again").symlink_to(tmp_path / "disk" / "real")
    assert listed(root) == (["toy/again/a.txt", "toy/real/a.txt"], {})
    tree = RawTree(root, "toy")
    assert [tree.read(file) for file in tree.files] == [b"a", b"a"]


@pytest.mark.parametrize("target", ["out", "out/secret.txt", "raw/gone", "raw/toy/x"])
def test_links_that_lead_out_or_nowhere_are_told(root: Path, tmp_path: Path, target: str) -> None:
    (root / "toy" / "x").symlink_to(tmp_path / target)
    files, unusable = listed(root)
    assert files == ["toy/real/a.txt"]
    assert unusable.keys() == {"toy/x"}


def test_links_in_a_circle_come_to_an_end(root: Path) -> None:
    for name in ("b", "c"):
        (root / "toy" / name).mkdir()
        for target in ("b", "c", "."):
            (root / "toy" / name / f"to{target}").symlink_to(root / "toy" / target)
    files, unusable = listed(root)
    assert files == ["toy/real/a.txt"]
    assert unusable and set(unusable.values()) <= {
        "it is a link to a folder that it stands in",
        "it is a second link to a folder that was read through another one",
    }


def test_a_pipe_is_told(root: Path) -> None:
    os.mkfifo(root / "toy" / "x.zip")
    files, unusable = listed(root)
    assert files == ["toy/real/a.txt"] and "pipe" in unusable["toy/x.zip"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_without_a_name_and_with_one_twice(root: Path) -> None:
    with zipfile.ZipFile(root / "toy" / "z.zip", "w") as archive:
        for name in ("a#1.txt", "q", "folder/", "a#1.txt"):
            info = zipfile.ZipInfo(name)
            info.filename = "" if name == "q" else name
            archive.writestr(info, name)
    tree = RawTree(root, "toy")
    *_, file = tree.files
    assert (file.uri, file.copies) == ("toy/z.zip!a%231.txt", 2)
    assert tree.read(file) == b"a#1.txt"
    assert [item.uri for item in tree.unusable] == ["toy/z.zip!"]


def _future(data: bytearray) -> None:
    data[data.index(b"PK\x01\x02") + 6] = 0xFF


def _misnamed(data: bytearray) -> None:
    place = data.index(b"PK\x01\x02")
    data[place + 9] |= 0x08
    data[place + 46] = 0xFF


@pytest.mark.parametrize("patch", [_future, _misnamed, bytearray.clear])
def test_an_archive_that_cannot_be_listed_is_named(
    root: Path, patch: Callable[[bytearray], None]
) -> None:
    path = root / "toy" / "z.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("e.txt", "e")
    data = bytearray(path.read_bytes())
    patch(data)
    path.write_bytes(data)
    with pytest.raises(UserError, match=r"z\.zip is not a readable .zip archive"):
        listed(root)


def test_a_stamp_tells_a_change_without_reading(root: Path) -> None:
    path = root / "toy" / "pictures.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", b"a")
        archive.writestr("b.txt", b"a")
    before = stamps(root)
    assert before == stamps(root) and all(before.values())
    (root / "toy" / "real" / "a.txt").write_bytes(b"other")
    other = stamps(root)
    assert [uri for uri in before if before[uri] != other[uri]] == ["toy/real/a.txt"]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", b"b")
        archive.writestr("b.txt", b"a")
    os.utime(path, ns=(0, 0))
    again = stamps(root)
    assert [uri for uri in other if other[uri] == again[uri]] == ["toy/real/a.txt"]
    assert other["toy/pictures.zip!b.txt"].split()[1] == again["toy/pictures.zip!b.txt"].split()[1]
    assert other["toy/pictures.zip!a.txt"].split()[1] != again["toy/pictures.zip!a.txt"].split()[1]


def stamps(root: Path) -> dict[str, str]:
    return {file.uri: file.stamp for file in RawTree(root, "toy").files}
