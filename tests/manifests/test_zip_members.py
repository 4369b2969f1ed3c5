"""Archives of strangers: what they unpack to is bounded before anything is unpacked."""

import io
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from manifests import zip_members
from manifests.raw import ARCHIVE_ERRORS, read_bytes
from manifests.zip_members import opened_zip, read_member


def _member(name: bytes, packed: bytes, declared: int, listed: bytes | None = None) -> bytes:
    """An archive of one deflated member that declares a size of its own."""
    crc, listed = zlib.crc32(b""), listed or name
    head = struct.pack(
        "<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, crc, len(packed), declared, len(name), 0
    )
    entry = struct.pack(
        "<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 0, crc, len(packed), declared, len(listed),
        0, 0, 0, 0, 0, 0,
    )  # fmt: skip
    return _ended(head + name + packed, entry + listed, 1)


def _ended(body: bytes, listed: bytes, count: int) -> bytes:
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(listed), len(body), 0)
    return body + listed + end


def test_a_member_that_unpacks_to_more_than_it_declares_is_not_unpacked(tmp_path: Path) -> None:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = deflate.compress(bytes(1 << 28)) + deflate.flush()
    (tmp_path / "a.zip").write_bytes(_member(b"x.txt", packed, 10))
    began = time.process_time()
    with pytest.raises(zipfile.BadZipFile):
        read_bytes(tmp_path, "a.zip!x.txt")
    assert time.process_time() - began < 0.2  # all of it takes a second


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_without_bound_are_not_read(tmp_path: Path, packing: int) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", packing) as archive:
        archive.writestr("x.txt", bytes(100))
    with pytest.raises(ValueError, match=r"a\.zip!x\.txt: it is neither stored nor deflated"):
        read_bytes(tmp_path, "a.zip!x.txt")


def test_members_that_share_bytes_are_refused(tmp_path: Path) -> None:
    """Fifield's way: a kernel that every member of the list names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("x", b"kernel" * 100)
    content = buffer.getvalue()
    start = content.index(b"PK\1\2")
    entry = content[start : content.index(b"PK\5\6")]
    path = tmp_path / "a.zip"
    path.write_bytes(_ended(content[:start], entry + entry.replace(b"x", b"y"), 2))
    with pytest.raises(zipfile.BadZipFile, match="overlap"), opened_zip(path):
        pass


def test_two_names_of_one_member_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(_member(b"x.txt", b"\3\0", 0, b"y.txt"))
    with pytest.raises(ARCHIVE_ERRORS, match="differ"):
        read_bytes(tmp_path, "a.zip!y.txt")


def test_a_list_of_unbearable_length_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(100):
            archive.writestr(f"{number}.txt", b"")
    monkeypatch.setattr(zip_members, "MAX_LIST_BYTES", 4_000)
    with pytest.raises(zipfile.BadZipFile, match="its list of files has"), opened_zip(path):
        pass
    monkeypatch.undo()
    with opened_zip(path) as archive:
        assert len(archive.namelist()) == 100


def test_what_is_declared_bounds_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x", b"0" * 1000)
    with opened_zip(path) as archive:
        info = archive.getinfo("x")
        assert read_member(archive, info, 1000) == b"0" * 1000
        with pytest.raises(ValueError, match="unpacks to 1000 bytes, more than 999"):
            read_member(archive, info, 999)
