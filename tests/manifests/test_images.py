"""Every kind of picture becomes upright RGB; what cannot is told why."""

import io
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from manifests.images import (
    MAX_PIXELS,
    ImageError,
    decode,
    encode_png,
    examine,
    is_plain,
    upright_rgb,
)
from manifests.vocabulary import Reason

RED, BLUE = (254, 0, 0), (0, 0, 254)
MODES = {
    "JPEG": "RGB L CMYK", "PNG": "RGB L RGBA P LA 1 I;16", "GIF": "P L", "BMP": "RGB L 1",
    "TIFF": "RGB L RGBA I;16 CMYK", "WEBP": "RGB RGBA",
}  # fmt: skip
"""Some that each format stores."""


def halves(mode: str = "RGB") -> Image.Image:
    """40x20: red on the left, blue on the right."""
    image = Image.new("RGB", (40, 20), RED)
    image.paste(BLUE, (20, 0, 40, 20))
    return image.convert(mode)


def saved(image: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("mode", "file_format", "plain"),
    [
        ("RGB", "JPEG", True),
        ("L", "JPEG", True),
        ("CMYK", "JPEG", False),
        ("RGB", "PNG", True),
        ("L", "PNG", True),
        ("P", "PNG", False),
        ("RGBA", "PNG", False),
        ("1", "PNG", False),
        ("I;16", "PNG", False),
        ("P", "GIF", False),
        ("RGB", "BMP", False),
    ],
)
def test_every_mode_becomes_rgb(mode: str, file_format: str, plain: bool) -> None:
    image = Image.new("I;16", (40, 20), 30000) if mode == "I;16" else halves(mode)
    data = saved(image, file_format)
    picture = decode(data)
    assert picture.pixels.shape == (20, 40, 3)
    assert picture.pixels.dtype == np.uint8
    assert (picture.format, picture.mode, picture.plain) == (file_format, mode, plain)
    assert is_plain(data) is plain
    if mode in ("RGB", "P", "RGBA", "CMYK"):
        assert np.abs(picture.pixels[10, 5].astype(int) - RED).max() < 12
        assert np.abs(picture.pixels[10, 35].astype(int) - BLUE).max() < 12


@pytest.mark.parametrize(("mode", "file_format"), [("RGB", "JPEG"), ("L", "JPEG"), ("RGB", "PNG")])
def test_plain_bytes_decode_to_the_same_pixels_elsewhere(mode: str, file_format: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (20, 40, 3), dtype=np.uint8)
    data = saved(Image.fromarray(noise).convert(mode), file_format)
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    other = cv2.imdecode(np.frombuffer(data, np.uint8), flags)[..., ::-1]
    assert np.abs(decode(data).pixels.astype(int) - other).max() <= 2


def test_transparency_lies_over_white() -> None:
    image = halves("RGBA")
    image.putalpha(0)
    assert (decode(saved(image, "PNG")).pixels == 255).all()


def test_exif_rotation_is_applied_and_the_file_is_not_plain() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side: turn 90 degrees clockwise to view
    data = saved(halves(), "JPEG", exif=exif)
    picture = decode(data)
    assert picture.pixels.shape == (40, 20, 3)
    assert np.abs(picture.pixels[2, 10].astype(int) - RED).max() < 12
    assert not picture.plain
    assert not is_plain(data)


def test_an_invalid_orientation_asks_for_nothing() -> None:
    exif = Image.Exif()
    exif[0x0112] = 0
    picture = decode(saved(halves(), "JPEG", exif=exif))
    assert picture.pixels.shape == (20, 40, 3)
    assert picture.plain


def test_truncated_and_alien_bytes_are_unreadable() -> None:
    whole = saved(halves().resize((400, 200)), "JPEG")
    for data in (whole[: len(whole) // 2], b"", b"GIF89a", b"not a picture at all"):
        with pytest.raises(ImageError) as caught:
            decode(data)
        assert caught.value.reason is Reason.IMAGE_UNREADABLE
        assert "0x" not in caught.value.detail


def test_formats_that_are_not_accepted_never_reach_their_decoder() -> None:
    for file_format in ("EPS", "PPM", "TGA"):
        with pytest.raises(ImageError, match="no picture of a format that is read"):
            decode(saved(halves(), file_format))


def test_too_many_pixels_are_refused_before_decoding() -> None:
    with pytest.raises(ImageError) as caught:
        decode(saved(halves(), "PNG"), max_pixels=799)
    assert caught.value.reason is Reason.IMAGE_TOO_LARGE
    assert caught.value.detail == "40x20 is 800 pixels, more than 799"


def test_far_too_many_pixels_are_refused_by_this_limit_too() -> None:
    """Pillow refuses them by itself, and a GIF while it is opened."""
    before = Image.MAX_IMAGE_PIXELS
    for file_format in ("PNG", "GIF"):
        with pytest.raises(ImageError) as caught:
            decode(saved(halves("P"), file_format), max_pixels=99)
        assert caught.value.reason is Reason.IMAGE_TOO_LARGE
        assert caught.value.detail == "the picture is 800 pixels, more than 99"
    assert before == Image.MAX_IMAGE_PIXELS


def test_the_largest_picture_fits_the_largest_page_of_a_shard() -> None:
    assert 3 * MAX_PIXELS + MAX_PIXELS // 16 < 128 << 20


@pytest.mark.parametrize("mode", ["MPO", "WEBP", "TIFF"])
def test_every_accepted_format_is_read(mode: str) -> None:
    assert decode(saved(halves(), mode)).pixels.shape == (20, 40, 3)


def test_png_keeps_every_pixel() -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (7, 5, 3), dtype=np.uint8)
    assert (decode(encode_png(pixels)).pixels == pixels).all()


def test_deep_pixels_are_scaled_alike_from_the_first_row_to_the_last() -> None:
    values = np.arange(150, dtype=np.uint16)[:, None] * 437
    pixels = decode(saved(Image.fromarray(values), "PNG")).pixels
    assert pixels.shape == (150, 1, 3)
    assert (pixels[:, 0, 0] == (values[:, 0] * (255.0 / 65535)).astype(np.uint8)).all()


@pytest.mark.parametrize(
    ("file_format", "mode"),
    [(name, mode) for name, modes in MODES.items() for mode in modes.split()],
)
@pytest.mark.parametrize("turn", [1, 3, 6])
@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_to_examine_a_picture_finds_what_decoding_it_does(
    file_format: str, mode: str, turn: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    data = saved(Image.new(mode, (9, 5)), file_format, exif=exif)
    picture, found = decode(data), examine(data)
    assert (found.height, found.width) == picture.pixels.shape[:2]
    assert (found.format, found.mode) == (picture.format, picture.mode)
    for length in range(1, len(data), 7):
        assert _refusal(examine, data[:length]) == _refusal(decode, data[:length])


def _refusal(read: Callable[[bytes], object], data: bytes) -> tuple[str, str] | None:
    try:
        read(data)
    except ImageError as error:
        return str(error.reason), error.detail
    return None


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_a_damaged_jpeg_is_refused_alike_with_and_without_its_pixels(
    mode: str, options: dict[str, int], subsampling: int
) -> None:
    chance = np.random.default_rng(subsampling)
    noise = Image.fromarray(chance.integers(0, 255, (9, 13, 3), dtype=np.uint8))
    picture = noise.resize((121, 83)).convert(mode)
    data = saved(picture, "JPEG", subsampling=subsampling, **options)
    assert (examine(data).width, examine(data).height) == (121, 83)
    refused = 0
    for place, value in zip(chance.integers(2, len(data), 300), range(300), strict=True):
        harmed = bytearray(data)
        harmed[place] = value % 256
        for damaged in (bytes(harmed), bytes(harmed[:place]), data[:place] + data[place + 1 :]):
            found = _refusal(decode, damaged)
            assert _refusal(examine, damaged) == found
            refused += found is not None
    assert refused > 300


def test_a_jpeg_that_may_be_lossless_is_decoded_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(halves(), "JPEG")
    start = data.index(b"\xff\xc0")
    asked: list[object] = []
    monkeypatch.setattr(JpegImageFile, "draft", lambda *asked_for: asked.append(asked_for))
    with pytest.raises(ImageError):
        examine(data[: start + 1] + b"\xc3" + data[start + 2 :])
    assert not asked
    assert examine(data).width == 40
    assert asked


@pytest.mark.parametrize("size", [(1, 1), (40, 20), (1000, 3), (3, 1000), (64, 64), (63, 65)])
def test_pixels_are_those_of_pillow_however_they_lie_in_memory(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(2).integers(0, 255, (*size[::-1], 3), dtype=np.uint8)
    block_size = Image.core.get_block_size()
    try:
        for usual in (block_size, 8192):
            Image.core.set_block_size(usual)
            assert np.array_equal(upright_rgb(Image.fromarray(noise)), noise)
            assert np.array_equal(decode(saved(Image.fromarray(noise), "PNG")).pixels, noise)
        Image.core.set_alignment(32)
        assert np.array_equal(upright_rgb(Image.fromarray(noise)), noise)
    finally:
        Image.core.set_block_size(block_size)
        Image.core.set_alignment(1)


def test_what_a_png_tells_at_its_end_is_examined_too() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    plain, turned = saved(halves(), "PNG"), saved(halves(), "PNG", exif=exif)
    start = turned.index(b"eXIf") - 4
    length = int.from_bytes(turned[start : start + 4]) + 12
    data = plain[:-12] + turned[start : start + length] + plain[-12:]
    picture, found = decode(data), examine(data)
    assert (found.height, found.width) == picture.pixels.shape[:2]
