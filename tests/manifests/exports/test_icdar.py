"""Texts of the competition come back as they went in, rounded, and what cannot is told."""

import zipfile
from pathlib import Path

import pytest

from manifests.errors import UserError
from manifests.exporting import export
from manifests.reading import find_manifests
from tests.builders import edit_rows
from tests.manifests.corpus import HEXAGON, QUAD


@pytest.fixture
def out(corpus: Path, tmp_path: Path) -> Path:
    export(find_manifests(corpus), "icdar", tmp_path / "out")
    return tmp_path / "out"


def lines(out: Path) -> list[tuple[list[int], str]]:
    """Corners and text of every line of the first image."""
    content = (out / "alpha" / "train" / "gt" / "gt_img_1.txt").read_bytes().decode("utf-8")
    assert content.endswith("\r\n")
    parted = [line.split(",", 8) for line in content.split("\r\n")[:-1]]
    return [([int(value) for value in fields[:8]], fields[8]) for fields in parted]


def test_corners_come_back_within_half_a_pixel_and_texts_as_they_are(out: Path) -> None:
    (corners, text), *_ = lines(out)
    assert text == 'Grüße, "日本"'
    assert all(abs(a - b) <= 0.5 for a, b in zip(corners, QUAD, strict=True))
    assert [text for _, text in lines(out)] == ['Grüße, "日本"', "", "###", "###"]


def test_other_polygons_become_the_rectangle_around_them(out: Path) -> None:
    corners = lines(out)[1][0]
    xs, ys = corners[0::2], corners[1::2]
    assert corners[:2] == [80, 5]
    assert (min(xs), max(xs), min(ys), max(ys)) == (
        min(HEXAGON[0::2]),
        max(HEXAGON[0::2]),
        min(HEXAGON[1::2]),
        max(HEXAGON[1::2]),
    )


def test_an_image_without_regions_has_an_empty_file(out: Path) -> None:
    assert (out / "alpha" / "train" / "gt" / "gt_img_2.txt").read_bytes() == b""
    assert (out / "alpha" / "train" / "images" / "img_2.png").is_file()


def test_the_zip_holds_the_same_texts(out: Path) -> None:
    for part in ("alpha/train", "beta/test"):
        with zipfile.ZipFile(out / part / "gt.zip") as archive:
            assert archive.testzip() is None
            for name in archive.namelist():
                assert archive.read(name) == (out / part / "gt" / name).read_bytes()
            assert len(archive.namelist()) == len(list((out / part / "gt").iterdir()))


def test_what_was_changed_is_counted(corpus: Path, tmp_path: Path) -> None:
    about = export(find_manifests(corpus), "icdar", tmp_path / "out")
    assert about["changed"] == {"regions_as_rectangles": 1, "texts_left_out": 1, "texts_empty": 1}


@pytest.mark.parametrize("text", ["###", "two\nlines", "a\rb", "a\0b"])
def test_a_text_that_would_read_as_another_is_refused(
    own_corpus: Path, tmp_path: Path, text: str
) -> None:
    folder = own_corpus / "manifests" / "alpha" / "train"
    edit_rows(folder, "images", lambda rows: rows[0]["regions"][0].update(text=text))
    with pytest.raises(UserError, match=r"alpha/train/img_1#1: .* export coco or hf"):
        export(find_manifests(own_corpus), "icdar", tmp_path / "out")
