"""Names that lead elsewhere, cannot be seen or are not text, in folders and in archives: each is a
name and nothing else, and none is lost."""

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest
from PIL import Image as Pil

from manifests.raw import read_bytes
from manifests.vocabulary import Kind
from pipelines.convert import convert
from pipelines.datasets.icdar15 import DATASET
from pipelines.source import Entry, Problem
from pipelines.tree import RawTree

IMAGES, TEXTS = "ch4_training_images", "ch4_training_localization_transcription_gt"
LINE = b"1,1,20,1,20,20,1,20,word\n"
NAMES = [
    "../../../outside",
    "/etc/outside",
    "C:\\windows\\outside",
    "..\\..\\outside",
    "img_1\u202egnp",
    "img\n1",
    "img\r\n1",
    "img 1#4!%23",
    "<script>alert(1)</script>",
    "x" * 240,
    "",
    "CON",
    "a.zip!b",
]


def _png() -> bytes:
    buffer = io.BytesIO()
    Pil.new("RGB", (32, 32)).save(buffer, "PNG")
    return buffer.getvalue()


def _archives(raw: Path, names: list[str]) -> RawTree:
    """Pictures and labels under such names, in the two archives of a split."""
    (raw / "icdar15").mkdir(parents=True)
    kinds = ((IMAGES, "{}.png", _png()), (TEXTS, "{}.txt", LINE))
    for folder, form, content in kinds:
        with zipfile.ZipFile(raw / "icdar15" / f"{folder}.zip", "w") as archive:
            for name in names:
                head, slash, last = name.rpartition("/")
                prefix = "gt_" if folder == TEXTS else ""
                archive.writestr(form.format(f"{head}{slash}{prefix}{last}"), content)
    return RawTree(raw, "icdar15")


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_in_an_archive_is_a_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "outside.png").write_text("secret")
    raw = tmp_path / "deep" / "raw"
    before = sorted(tmp_path.iterdir())
    tree = _archives(raw, [name])
    images = regions = 0
    for item in DATASET.index(tree, "train"):
        out = convert(DATASET, "train", item, lambda uri: read_bytes(raw, uri))
        images, regions = images + out.seen.images_seen, regions + out.seen.regions_seen
        assert out.seen.images_seen == len(out.images) + sum(
            row.kind is Kind.IMAGE for row in out.refusals
        )
        for row in out.images:
            assert row.image_id.count("/") == 2 and ".." not in row.image_id.split("/")
    assert (images, regions) == (1, 1)
    assert sorted({*tmp_path.iterdir()} - {tmp_path / "deep"}) == before


def test_names_that_differ_by_case_alone_stay_apart(tmp_path: Path) -> None:
    tree = _archives(tmp_path, ["img_1", "IMG_1"])
    entries = [item for item in DATASET.index(tree, "train") if isinstance(item, Entry)]
    assert [entry.stem for entry in entries] == ["IMG_1", "img_1"]


def test_a_name_twice_is_told(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        tree = _archives(tmp_path, ["img_1", "img_1"])
    problems = [item for item in DATASET.index(tree, "train") if isinstance(item, Problem)]
    assert len(problems) == 2 and all("twice" in item.detail for item in problems)


def test_a_link_in_an_archive_is_a_file_that_holds_a_path(tmp_path: Path) -> None:
    """Nothing is unpacked, so nothing follows it: its bytes are no picture."""
    tree = _archives(tmp_path, ["img_1"])
    info = zipfile.ZipInfo("img_2.png")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "icdar15" / f"{IMAGES}.zip", "a") as archive:
        archive.writestr(info, "/etc/passwd")
    tree = RawTree(tmp_path, "icdar15")
    (entry,) = (
        item for item in DATASET.index(tree, "train")
        if isinstance(item, Entry) and item.stem == "img_2"
    )  # fmt: skip
    assert read_bytes(tmp_path, str(entry.image_uri)) == b"/etc/passwd"
    assert convert(DATASET, "train", entry, lambda uri: read_bytes(tmp_path, uri)).images == []


def test_an_archive_in_an_archive_is_a_file(tmp_path: Path) -> None:
    tree = _archives(tmp_path, ["img_1"])
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("img_9.png", _png())
    with zipfile.ZipFile(tmp_path / "icdar15" / f"{IMAGES}.zip", "a") as archive:
        archive.writestr("more.zip", inner.getvalue())
    tree = RawTree(tmp_path, "icdar15")
    strays = [item for item in DATASET.index(tree, "train") if isinstance(item, Problem)]
    assert [item.uri for item in strays] == [f"icdar15/{IMAGES}.zip!more.zip"]


@pytest.mark.parametrize("name", [b"img_\xff\xfe", b"img\n1", b"x" * 200, "a\u202eb".encode()])
def test_a_name_on_disk_that_is_no_text(tmp_path: Path, name: bytes) -> None:
    for folder, file, content in (
        (IMAGES, name + b".png", _png()),
        (TEXTS, b"gt_" + name + b".txt", LINE),
    ):
        home = tmp_path / "icdar15" / folder
        home.mkdir(parents=True)
        try:
            (Path(os.fsdecode(os.fsencode(home) + b"/" + file))).write_bytes(content)
        except OSError:
            pytest.skip("this file system takes no such name")
    (entry,) = DATASET.index(RawTree(tmp_path, "icdar15"), "train")
    assert isinstance(entry, Entry)
    out = convert(DATASET, "train", entry, lambda uri: read_bytes(tmp_path, uri))
    assert out.seen.regions_seen == 1
    for row in (*out.images, *out.refusals):
        str(row.row()).encode()
