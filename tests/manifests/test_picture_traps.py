"""Pictures that keep a decoder busy or fill memory are refused undecoded, and no others are."""

import io
import struct
import time

import numpy as np
import pytest
from PIL import Image as Pil
from PIL import PngImagePlugin

from manifests import picture_traps
from manifests.images import ImageError, decode, orientation
from manifests.picture_traps import MAX_SCANS, find_trap, is_bearable

_ORIENTATION = struct.pack("<HHII", 0x0112, 3, 1, 6)


def _directory(entries: int, size: int, order: str = "<", more: bytes = b"") -> bytes:
    """EXIF whose entries all name the same ``size`` bytes."""
    count = entries + len(more) // 12
    head = b"II*\0" if order == "<" else b"MM\0*"
    block = head + struct.pack(f"{order}IH", 8, count) + more
    block += b"".join(struct.pack(f"{order}HHII", 900 + i, 1, size, 8) for i in range(entries))
    return (block + bytes(4)).ljust(size + 8, b"\1")


def _jpeg(segments: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    Pil.new("RGB", (16, 8), "red").save(buffer, "JPEG")
    content = buffer.getvalue()
    return content[:2] + segments + content[2:]


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_directory_that_names_its_bytes_over_and_over_is_a_trap(order: str) -> None:
    assert not is_bearable(_directory(3000, 60_000, order))
    assert is_bearable(_directory(4, 60_000, order))  # some share bytes by mistake
    assert is_bearable(_directory(3000, 3, order))


@pytest.mark.parametrize(("marker", "name"), [(0xE1, b"Exif\0\0"), (0xE2, b"MPF\0")])
def test_a_small_jpeg_that_would_become_gigabytes(marker: int, name: bytes) -> None:
    content = _jpeg(_segment(marker, name + _directory(4000, 60_000)))
    began = time.process_time()
    with pytest.raises(ImageError, match="over and over"):
        decode(content)
    assert time.process_time() - began < 1


def test_a_tiff_that_would_become_gigabytes() -> None:
    with pytest.raises(ImageError, match="over and over"):
        decode(_directory(4000, 400_000))
    large = b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 5000)
    large += b"".join(struct.pack("<HHQQ", 900 + i, 1, 100_000, 8) for i in range(5000))
    assert not is_bearable(large)


def test_a_number_of_numbers_that_no_picture_has() -> None:
    block = b"II*\0" + struct.pack("<IHHHII", 8, 1, 273, 3, picture_traps.MAX_NUMBERS + 1, 8)
    assert not is_bearable(block + bytes(2 * picture_traps.MAX_NUMBERS + 100))


def test_exif_of_a_png_is_not_opened_where_it_is_a_trap() -> None:
    """The pixels are fine, so the picture is taken; it is not turned."""
    buffer = io.BytesIO()
    picture = Pil.fromarray(np.arange(6, dtype=np.uint8).reshape(2, 3))
    bomb = _directory(3000, 100_000, more=_ORIENTATION)
    picture.save(buffer, "PNG", exif=bomb)
    assert decode(buffer.getvalue()).pixels.shape == (2, 3, 3)
    assert orientation(buffer.getvalue()) == 1
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", exif=_directory(0, 0, more=_ORIENTATION))
    assert decode(buffer.getvalue()).pixels.shape == (3, 2, 3)


@pytest.mark.parametrize("bomb", [True, False])
def test_exif_that_a_png_hides_in_a_text(bomb: bool) -> None:
    block = _directory(3000 if bomb else 0, 30_000, more=_ORIENTATION)
    text = PngImagePlugin.PngInfo()
    text.add_text("Raw profile type exif", f"\nexif\n{len(block)}\n{block.hex()}", zip=True)
    buffer = io.BytesIO()
    Pil.new("L", (3, 2)).save(buffer, "PNG", pnginfo=text)
    assert orientation(buffer.getvalue()) == (1 if bomb else 6)


def test_the_name_of_exif_over_and_over_is_a_trap() -> None:
    assert not is_bearable(b"Exif\0\0" * 1000)
    assert is_bearable(b"Exif\0\0" + _directory(1, 8))


def test_exif_without_end_is_a_trap() -> None:
    content = _jpeg(_segment(0xE1, b"Exif\0\0" + bytes(65_000)) * 70)
    assert find_trap(content) == "its EXIF has more than 4194304 bytes"


def _scans(count: int) -> bytes:
    """A progressive JPEG with its last scan many times over."""
    buffer = io.BytesIO()
    Pil.new("RGB", (16, 8), "red").save(buffer, "JPEG", progressive=True)
    content = buffer.getvalue()
    last = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + last * count + b"\xff\xd9"


def test_a_jpeg_of_very_many_scans_is_a_trap() -> None:
    assert find_trap(_scans(MAX_SCANS)) == f"it has more than {MAX_SCANS} scans"
    assert find_trap(_scans(20)) is None
    assert decode(_scans(20)).pixels.shape == (8, 16, 3)


def test_a_scan_is_counted_behind_a_segment_that_looks_like_the_end() -> None:
    content = _scans(1)
    comment = _segment(0xFE, b"\xff\xd9")
    at = content.rindex(b"\xff\xda")
    scan = content[at:-2]
    assert find_trap(content[:at] + (comment + scan) * (MAX_SCANS + 1) + b"\xff\xd9") is not None


def test_what_looks_like_a_scan_in_a_segment_or_behind_the_end_is_none() -> None:
    many = b"\xff\xda" * (MAX_SCANS + 1)
    assert find_trap(_jpeg(_segment(0xEF, many))) is None
    assert find_trap(_jpeg() + many) is None  # as a telephone appends a video
