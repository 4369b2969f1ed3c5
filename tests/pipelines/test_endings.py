"""Where a picture's file ends: padding is nothing, other bytes are told, and so is a cut JPEG."""

import io

import numpy as np
import pytest
from PIL import Image

from manifests.images import decode
from pipelines.endings import ends_elsewhere, looks_cut

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP")
PLAIN = {"JPEG": {"progressive": False}, "PNG": {}, "GIF": {}, "WEBP": {"lossless": True}}


def noise(side: int = 120) -> Image.Image:
    values = np.random.default_rng(1).integers(0, 255, (side, side + 21, 3), dtype=np.uint8)
    return Image.fromarray(values)


def encoded(file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    noise().save(buffer, file_format, **{**PLAIN.get(file_format, {}), **options})
    return buffer.getvalue()


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_whole_file_ends_where_it_should(file_format: str) -> None:
    data = encoded(file_format)
    assert not ends_elsewhere(data, file_format)
    assert not ends_elsewhere(data + b"\0\0\r\n", file_format)
    assert ends_elsewhere(data + b"PK\x03\x04 hidden", file_format)


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("keep", [0.5, 0.9])
def test_a_file_that_was_cut_has_no_end(file_format: str, keep: float) -> None:
    data = encoded(file_format)
    assert ends_elsewhere(data[: int(len(data) * keep)], file_format)


def test_the_markers_of_a_thumbnail_are_not_those_of_the_picture() -> None:
    exif = Image.Exif()
    exif[0x010E] = "\xff\xd9 in a segment"
    assert not ends_elsewhere(encoded("JPEG", exif=exif, progressive=True), "JPEG")


def test_an_animation_ends_after_its_last_frame() -> None:
    frames = [noise(20 + i).resize((40, 40)) for i in range(3)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    assert not ends_elsewhere(buffer.getvalue(), "GIF")
    assert ends_elsewhere(buffer.getvalue() + b"more", "GIF")


def test_a_jpeg_that_was_cut_and_closed_again_looks_cut() -> None:
    data = encoded("JPEG")
    closed = data[: len(data) // 2] + b"\xff\xd9"
    assert not ends_elsewhere(closed, "JPEG")
    assert looks_cut(decode(closed).pixels, "JPEG")
    assert not looks_cut(decode(data).pixels, "JPEG")
    assert not looks_cut(decode(closed).pixels, "PNG")
