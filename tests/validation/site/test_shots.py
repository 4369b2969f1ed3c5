"""Windows, outlines and thumbnails."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pil

from manifests.errors import UserError
from manifests.findings import Finding
from manifests.identity import sha256_bytes
from validation.site.shots import Shot, outlines, shots, window
from validation.site.thumbs import MOST, make_thumbs

Row = dict[str, Any]


def row(*boxes: tuple[float, ...], width: int = 400, height: int = 300) -> Row:
    regions = [
        {
            "region_id": f"a/train/1#{k}",
            "polygon": [x0, y0, x1, y0, x1, y1, x0, y1],
            "care": k != 2,
        }
        for k, (x0, y0, x1, y1) in enumerate(boxes)
    ]
    return {"image_id": "a/train/1", "width": width, "height": height, "regions": regions}


def test_a_pair_has_two_pictures_and_a_split_none() -> None:
    about = {"code": "c", "severity": "note", "dataset": "a", "split": "train"}
    assert shots(Finding(**about)) == ()
    one = Finding(**about, image_id="a/train/1", region_id="a/train/1#0")
    assert shots(one) == (Shot("a/train/1", "a/train/1#0"),)
    within = Finding(**about, image_id="x", region_id="x#0", other_region_id="x#1")
    assert shots(within) == (Shot("x", "x#0", "x#1"),)
    pair = Finding(
        **about, image_id="x", other_image_id="y", region_id="x#0", other_region_id="y#1"
    )
    assert shots(pair) == (Shot("x", "x#0"), Shot("y", other="y#1"))


coordinate = st.floats(-2000, 3000, width=32)


@given(coordinate, coordinate, st.floats(1, 3000), st.floats(1, 3000))
def test_a_window_holds_the_region_and_some_of_the_picture(
    x: float, y: float, wide: float, high: float
) -> None:
    found = row((x, y, x + wide, y + high))
    left, top, right, bottom = window(found, Shot("a/train/1", "a/train/1#0"))
    assert left < right and top < bottom
    assert right - left <= 2 * 400 + 20 and bottom - top <= 2 * 300 + 20
    if x >= 0 and x + wide <= 400:
        assert 0 <= left <= x and x + wide <= right <= 400
    if y >= 0 and y + high <= 300:
        assert 0 <= top <= y and y + high <= bottom <= 300


def test_a_place_that_is_no_region_is_shown_like_one() -> None:
    about = {"code": "c", "severity": "note", "dataset": "a", "split": "train"}
    place = (200.0, 50.0, 240.0, 50.0, 240.0, 70.0, 200.0, 70.0)
    (shot,) = shots(Finding(**about, image_id="a/train/1", polygon=place))
    part = window(row(), shot)
    assert part[0] <= 200 - 20 and part[2] >= 240 + 20 and part[2] - part[0] < 200
    assert [outline.role for outline in outlines(row(), shot, part, 1.0)] == ["place"]


def test_a_window_without_a_region_is_the_whole_picture() -> None:
    whole = (0, 0, 400, 300)
    assert window(row((5, 5, 9, 9)), Shot("a/train/1")) == whole
    assert window(row((5, 5, 9, 9)), Shot("a/train/1", "a/train/1#7")) == whole
    assert window(row((np.nan, 5, 9, 9)), Shot("a/train/1", "a/train/1#0")) == whole


def test_the_region_is_drawn_last_and_where_it_is() -> None:
    found = row((100, 100, 140, 120), (90, 90, 150, 130), (300, 200, 320, 220))
    shot = Shot("a/train/1", "a/train/1#0")
    part = window(found, shot)
    drawn = outlines(found, shot, part, 2.0)
    assert [outline.role for outline in drawn] == ["care", "region"]
    points = [tuple(map(float, point.split(","))) for point in drawn[-1].points.split()]
    back = [(x / 2 + part[0], y / 2 + part[1]) for x, y in points]
    assert back == [(100, 100), (140, 100), (140, 120), (100, 120)]
    whole = outlines(found, Shot("a/train/1"), (0, 0, 400, 300), 1.0)
    assert [outline.role for outline in whole] == ["care", "care", "ignored"]


def jpeg(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Pil.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A picture, black but for a white region at (100, 100) to (140, 120)."""
    pixels = np.zeros((300, 400, 3), np.uint8)
    pixels[100:120, 100:140] = 255
    (tmp_path / "1.png").write_bytes(jpeg(pixels))
    return tmp_path


def known(raw: Path, *boxes: tuple[float, ...]) -> dict[str, Row]:
    digest = sha256_bytes((raw / "1.png").read_bytes())
    found = row(*boxes)
    return {"a/train/1": {**found, "image_uri": "1.png", "image_sha256": digest}}


def test_the_outline_lies_on_what_it_outlines(raw: Path, tmp_path: Path) -> None:
    shot = Shot("a/train/1", "a/train/1#0")
    rows = known(raw, (100, 100, 140, 120))
    thumb = make_thumbs([shot], rows, lambda _: raw, tmp_path / "out")[shot]
    assert thumb.file is not None
    with Pil.open(tmp_path / "out" / thumb.file) as file:
        shown = np.asarray(file.convert("L"))
    assert (shown.shape[1], shown.shape[0]) == thumb.size
    assert thumb.size[0] <= MOST[0] and thumb.size[1] <= MOST[1]
    xs, ys = zip(
        *(map(float, p.split(",")) for p in thumb.outlines[-1].points.split()), strict=True
    )
    white = np.argwhere(shown > 128)
    assert np.abs(white.min(axis=0) - (min(ys), min(xs))).max() <= 1.5
    assert np.abs(white.max(axis=0) + 1 - (max(ys), max(xs))).max() <= 1.5
    assert thumb.alt == "Part of a/train/1, around a/train/1#0"


def test_outside_of_the_picture_is_gray(raw: Path, tmp_path: Path) -> None:
    shot = Shot("a/train/1", "a/train/1#0")
    rows = known(raw, (-40, 100, 20, 120))
    thumb = make_thumbs([shot], rows, lambda _: raw, tmp_path / "out")[shot]
    assert thumb.file is not None and thumb.part[0] < -40
    with Pil.open(tmp_path / "out" / thumb.file) as file:
        shown = np.asarray(file.convert("L"))
    assert abs(int(shown[5, 2]) - 128) < 8
    assert shown[5, -2] < 8


def test_one_file_for_one_part(raw: Path, tmp_path: Path) -> None:
    whole, lost = Shot("a/train/1"), Shot("a/train/1", "a/train/1#9")
    found = make_thumbs([whole, lost], known(raw), lambda _: raw, tmp_path / "out")
    assert found[whole].file == found[lost].file
    assert found[whole].whole and found[lost].lost == "a/train/1#9"
    assert len(list((tmp_path / "out").rglob("*.jpg"))) == 1


def test_what_cannot_be_read_says_why(raw: Path, tmp_path: Path) -> None:
    def no_root(_: str) -> Path:
        raise UserError("raw_root.txt cannot be read")

    shot, out = Shot("a/train/1"), tmp_path / "out"
    rows = known(raw)
    assert "No manifest here" in make_thumbs([shot], {}, no_root, out)[shot].problem
    assert "raw_root.txt" in make_thumbs([shot], rows, no_root, out)[shot].problem
    (raw / "1.png").write_bytes(b"other")
    changed = make_thumbs([shot], rows, lambda _: raw, out)[shot]
    assert "not the picture that was normalized" in changed.problem
    rows["a/train/1"]["image_sha256"] = sha256_bytes(b"other")
    assert "no picture of a format" in make_thumbs([shot], rows, lambda _: raw, out)[shot].problem
    (raw / "1.png").unlink()
    assert "cannot be read" in make_thumbs([shot], rows, lambda _: raw, out)[shot].problem
