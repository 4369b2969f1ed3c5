"""Whatever a person has of a picture becomes the same RGB pixels."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pil

from manifests.images import ImageError
from model.detector.pixels import to_pixels
from tests.pictures import file_of, scene

SCENE = scene(3, 60, 40)
PIXELS = np.asarray(SCENE)


@pytest.mark.parametrize("kind", [str, Path])
def test_a_file_by_its_path(tmp_path: Path, kind: type) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(file_of(SCENE))
    np.testing.assert_array_equal(to_pixels(kind(path)), PIXELS)


def test_exif_turns_a_file_and_an_open_picture_alike(tmp_path: Path) -> None:
    exif = Pil.Exif()
    exif[0x0112] = 6  # turn clockwise to see it upright
    path = tmp_path / "a.png"
    path.write_bytes(file_of(SCENE, exif=exif))
    wanted = np.rot90(PIXELS, -1)
    np.testing.assert_array_equal(to_pixels(path), wanted)
    with Pil.open(path) as image:
        assert image.size == (60, 40)
        np.testing.assert_array_equal(to_pixels(image), wanted)


def test_arrays_of_every_known_shape() -> None:
    gray = PIXELS[..., 1]
    wanted = np.stack([gray] * 3, axis=2)
    np.testing.assert_array_equal(to_pixels(PIXELS), PIXELS)
    np.testing.assert_array_equal(to_pixels(gray), wanted)
    np.testing.assert_array_equal(to_pixels(gray[..., None]), wanted)


def test_transparent_parts_stand_over_white_as_in_files() -> None:
    alpha = np.linspace(0, 255, PIXELS[..., 0].size).reshape(PIXELS.shape[:2]).astype(np.uint8)
    rgba = np.concatenate([PIXELS, alpha[..., None]], axis=2)
    found = to_pixels(rgba)
    assert (found[alpha == 0] == 255).all()
    np.testing.assert_array_equal(found[alpha == 255], PIXELS[alpha == 255])
    by_pillow = to_pixels(Pil.fromarray(rgba))
    assert np.abs(found.astype(int) - by_pillow).max() <= 1


def test_a_view_of_an_array_comes_out_in_its_own_order() -> None:
    turned = to_pixels(PIXELS[::-1, ::2, ::-1])
    assert turned.flags.c_contiguous
    np.testing.assert_array_equal(turned, PIXELS[::-1, ::2, ::-1])


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "YCbCr", "I", "I;16", "F"])
def test_pictures_of_every_mode(mode: str) -> None:
    picture = SCENE.convert("L").convert("I").convert(mode) if mode == "I;16" else SCENE
    found = to_pixels(picture.convert(mode))
    assert found.shape == (40, 60, 3)
    assert found.dtype == np.uint8


@pytest.mark.parametrize(
    ("array", "kind", "message"),
    [
        (np.zeros((4, 4, 3)), TypeError, r"array of float64 .*255 \* image"),
        (np.zeros((4, 4, 3), bool), TypeError, "array of bool"),
        (
            np.zeros((2, 4, 4, 3), np.uint8),
            ValueError,
            r"\(2, 4, 4, 3\) is no picture.*detect_many",
        ),
        (np.zeros((3, 40, 40), np.uint8), ValueError, r"\(3, 40, 40\).*\(height, width, 3\)"),
        (np.zeros((4, 4, 2), np.uint8), ValueError, "is no picture"),
        (np.zeros((0, 4, 3), np.uint8), ValueError, "a pixel at least"),
        (np.zeros(4, np.uint8), ValueError, "is no picture"),
        (b"JFIF", TypeError, "a path, a PIL image or a NumPy array of uint8, not bytes"),
        (None, TypeError, "not NoneType"),
    ],
)
def test_what_is_no_picture_is_told(array: object, kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        to_pixels(array)  # type: ignore[arg-type]


def test_files_that_are_no_pictures(tmp_path: Path) -> None:
    text, empty, pipe = tmp_path / "text.jpg", tmp_path / "empty.jpg", tmp_path / "pipe.jpg"
    text.write_text("words")
    empty.touch()
    os.mkfifo(pipe)
    for path, message in ((text, "no picture"), (empty, "empty"), (pipe, "no regular file")):
        with pytest.raises(ImageError, match=message):
            to_pixels(path)
    with pytest.raises(IsADirectoryError, match="is a folder"):
        to_pixels(tmp_path)
    with pytest.raises(FileNotFoundError):
        to_pixels(tmp_path / "absent.jpg")
