"""Archives made to harm or by mistake: refused in words, or left out and counted."""

import io
import stat
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from manifests.errors import UserError
from model import rrc_archive
from model.rrc_archive import Dropped
from model.submission import read_submission

GOOD = "1,2,3,4\n"
IDS = ["img_1", "img_2", "img_3"]

Content = str | bytes


def archive(path: Path, *members: tuple[str | zipfile.ZipInfo, Content], packing: int = 8) -> Path:
    """An archive with ``res_img_1.txt`` and these."""
    with zipfile.ZipFile(path / "s.zip", "w", packing) as file:
        for name, content in (("res_img_1.txt", GOOD), *members):
            file.writestr(name, content)
    return path / "s.zip"


def strictly(path: Path) -> str:
    """The message with which an archive is refused."""
    with pytest.raises(UserError) as error:
        read_submission(path, IDS)
    return str(error.value)


def leniently(path: Path) -> tuple[dict[str, int], dict[str, list[str]], dict[str, int]]:
    """What is dropped, where it stands, and the number of boxes that are left of each image."""
    dropped = Dropped()
    found = read_submission(path, IDS, dropped)
    return dict(dropped.counts), dropped.places, {name: len(boxes) for name, boxes in found.items()}


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("res_img_2.txt")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info


def nested() -> bytes:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("res_img_2.txt", b"0" * 10**6)
    return inner.getvalue()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("name", "content", "kind", "advice"),
    [
        ("notes.txt", "x", "wrong name", "rename it or take it out"),
        ("/res_img_2.txt", GOOD, "wrong name", "must be named res_img_N.txt"),
        ("../res_img_2.txt", GOOD, "wrong name", "must be named res_img_N.txt"),
        ("__MACOSX/._res_img_2.txt", b"\0\1", "wrong name", "must be named res_img_N.txt"),
        ("res_img_2.zip", nested(), "wrong name", "must be named res_img_N.txt"),
        ("res_img_" + "9" * 30 + ".txt", GOOD, "wrong name", "must be named res_img_N.txt"),
        ("results/", "", "folder", "zip the files themselves"),
        ("res_img_1.txt", GOOD, "file twice", "keep one of them"),
        (link(), "/etc/passwd", "link", "put the file itself into the archive"),
        ("res_img_4.txt", GOOD, "image without ground truth", "take the file out"),
        ("res_img_2.txt", GOOD.encode("utf-16"), "not UTF-8", "line 1: not UTF-8"),
        ("res_img_2.txt", GOOD * 200_000, "too large", "more than 200 times its packed size"),
        ("res_img_2.txt", bytes(range(48, 58)) * 500_000, "too large", "more than the 4,194,304"),
    ],
)
def test_a_file_that_is_not_as_it_must_be(
    tmp_path: Path, name: str | zipfile.ZipInfo, content: Content, kind: str, advice: str
) -> None:
    path = archive(tmp_path, (name, content), ("res_img_3.txt", GOOD))
    shown = name if isinstance(name, str) else name.filename
    message = strictly(path)
    assert message.startswith(f"{path}!{shown}") and advice in message
    counts, places, boxes = leniently(path)
    assert counts == {kind: 1}
    assert places[kind][0].startswith(f"{path}!{shown}")
    assert boxes == {"img_1": 1, "img_3": 1}


@pytest.mark.parametrize(
    ("line", "kind", "advice"),
    [
        ("9,2,3,4", "inside out", "write xmin,ymin,xmax,ymax"),
        ("0,0,0,9,9,9,9,0", "counter-clockwise", "list them clockwise"),
        ("1,2,nan,4", "not coordinates", "plain numbers"),
        ("1,2,inf,4", "not coordinates", "plain numbers"),
        ("1,2\x00,3,4", "not coordinates", "plain numbers"),
        ("1,2,3,4,5,6", "not coordinates", "plain numbers"),
        (f"1,2,{'9' * 400},4", "beyond any image", "larger than any image"),
        ("1," * 6000, "not coordinates", "write one box a line"),
        ("1,2,3,4\r1,2,3,4", "carriage return", "LF or CR LF"),
    ],
)
def test_a_line_that_is_not_as_it_must_be(
    tmp_path: Path, line: str, kind: str, advice: str
) -> None:
    path = archive(tmp_path, ("res_img_2.txt", f"\ufeff{GOOD}\n{line}\n{GOOD}"))
    message = strictly(path)
    assert message.startswith(f"{path}!res_img_2.txt, line 3: ") and advice in message
    assert len(message) < 1000
    counts, places, boxes = leniently(path)
    assert (counts, boxes) == ({kind: 1}, {"img_1": 1, "img_2": 2})
    assert places == {kind: [f"{path}!res_img_2.txt, line 3"]}


def test_an_encrypted_file(tmp_path: Path) -> None:
    path = archive(tmp_path)
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(content)
    assert "res_img_1.txt: is encrypted; make the archive again, without" in strictly(path)
    assert leniently(path)[0] == {"encrypted": 1}


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_that_unpack_without_bound_are_not_read(tmp_path: Path, packing: int) -> None:
    path = archive(tmp_path, packing=packing)
    assert "res_img_1.txt: is neither stored nor deflated" in strictly(path)
    assert leniently(path)[0] == {"packed otherwise": 1}


def test_a_file_that_holds_more_than_it_declares_is_not_unpacked(tmp_path: Path) -> None:
    path = archive(tmp_path, ("res_img_2.txt", GOOD * 4_000_000))
    content = bytearray(path.read_bytes())
    second = content.index(b"PK\1\2", content.index(b"PK\1\2") + 4)
    struct.pack_into("<L", content, second + 24, 80)
    path.write_bytes(content)
    tracemalloc.start()
    try:
        assert "res_img_2.txt: cannot be unpacked (Bad CRC-32" in strictly(path)
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20  # of 32
    finally:
        tracemalloc.stop()


def test_an_archive_of_too_many_files_is_refused_before_they_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = archive(tmp_path, *[(f"res_img_{n}.txt", "") for n in range(10, 1010)])
    monkeypatch.setattr(rrc_archive, "MAX_LIST_BYTES", 59_000)
    assert "its list of files is longer than 59,000 bytes" in strictly(path)
    with pytest.raises(UserError, match="longer than 59,000"):
        leniently(path)
    monkeypatch.setattr(rrc_archive, "MAX_LIST_BYTES", 66_000)
    assert leniently(path)[0] == {"image without ground truth": 1000}


def test_what_is_too_much_in_all_is_an_error_that_names_the_largest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = archive(tmp_path, ("res_img_2.txt", GOOD * 3))
    monkeypatch.setattr(rrc_archive, "MAX_UNPACKED_BYTES", 31)
    with pytest.raises(UserError, match=r"unpacks to 32 bytes.*largest is res_img_2.txt, 24"):
        leniently(path)


def test_an_archive_that_cannot_be_read_is_an_error_however_lenient(tmp_path: Path) -> None:
    (tmp_path / "s.zip").write_bytes(archive(tmp_path).read_bytes()[:60])
    with pytest.raises(UserError, match=r"not a readable .zip archive"):
        leniently(tmp_path / "s.zip")


def test_names_are_shown_as_they_can_be_printed(tmp_path: Path) -> None:
    message = strictly(archive(tmp_path, ("\x1b[31mred\n" + "x" * 60_000, "")))
    assert "s.zip!\\x1b[31mred\\nxxx" in message
    assert len(message) < 600


def test_the_first_places_of_each_kind_are_kept() -> None:
    dropped = Dropped(at_most=2)
    for kind, place in (("a", "1"), ("b", "2"), ("a", "3"), ("a", "4")):
        dropped.note(kind, place)
    assert dict(dropped.counts) == {"a": 3, "b": 1}
    assert dropped.places == {"a": ["1", "3"], "b": ["2"]}
