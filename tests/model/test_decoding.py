"""Pictures of shards are decoded to the same pixels, without a word about colour profiles."""

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from model.decoding import decode_rgb, without_profile

PICTURE = np.random.default_rng(3).integers(0, 256, (11, 17, 3), dtype=np.uint8)
DAMAGED_PROFILE = b"icc\x00\x00" + zlib.compress(bytes(200))


def encoded(kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(PICTURE).save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def with_chunk(png: bytes, added: bytes) -> bytes:
    """A chunk put after the header, whose end is at 33."""
    return png[:33] + added + png[33:]


def test_a_profile_that_libpng_complains_of_is_not_seen(capfd: pytest.CaptureFixture[str]) -> None:
    png = with_chunk(encoded(), chunk(b"iCCP", DAMAGED_PROFILE))
    cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert "iCCP" in capfd.readouterr().err
    np.testing.assert_array_equal(decode_rgb(png), PICTURE)
    np.testing.assert_array_equal(decode_rgb(np.frombuffer(png, np.uint8)), PICTURE)
    assert capfd.readouterr().err == ""


def test_other_words_of_the_decoder_stay(capfd: pytest.CaptureFixture[str]) -> None:
    png = with_chunk(encoded(), chunk(b"gAMA", b"too long to be a gamma"))
    np.testing.assert_array_equal(decode_rgb(png), PICTURE)
    assert "gAMA" in capfd.readouterr().err


def test_only_the_profile_goes() -> None:
    text, profile = chunk(b"tEXt", b"Title\x00iCCP"), chunk(b"iCCP", DAMAGED_PROFILE)
    png = encoded()
    assert without_profile(with_chunk(png, text + profile)) == with_chunk(png, text)
    late = png[:-12] + profile + png[-12:]  # after the pixels, where it has no meaning
    for same in (png, with_chunk(png, text), late, encoded("JPEG"), b"", png[:20]):
        assert without_profile(same) == same


@given(st.integers(0, 33 + 12 + len(DAMAGED_PROFILE)), st.binary(max_size=12))
def test_a_damaged_file_is_left_to_the_decoder(cut: int, rest: bytes) -> None:
    """Where a profile is not whole, all stays; where it is, all before and after it."""
    added = chunk(b"iCCP", DAMAGED_PROFILE)
    png = with_chunk(encoded(), added)[:cut] + rest
    wanted = png[:33] + png[33 + len(added) :] if len(png) >= 33 + len(added) else png
    assert without_profile(png) == wanted


def test_what_is_no_picture_is_said() -> None:
    for content in (b"no picture", b""):
        with pytest.raises(ValueError, match="cannot be decoded; build the shards again"):
            decode_rgb(content)


def test_nothing_is_turned(tmp_path: Path) -> None:
    """A picture's EXIF rotation was applied when it was normalized, or there is none."""
    exif = Image.Exif()
    exif[0x0112] = 6
    assert decode_rgb(encoded("JPEG", exif=exif)).shape == PICTURE.shape
