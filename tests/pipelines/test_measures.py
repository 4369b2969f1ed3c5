"""The statistics of one picture, on pictures of which they are known."""

import hashlib
import io

import cv2
import numpy as np
import pytest
from PIL import Image

from manifests.images import decode
from manifests.statistics import SCHEMA
from pipelines.measures import measure, sharpness
from pipelines.phash import perceptual_hash, shrink
from tests.pictures import file_of, scene


def bits(image: Image.Image) -> int:
    return perceptual_hash(shrink(cv2.cvtColor(np.array(image), cv2.COLOR_RGB2GRAY)))


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    return Image.open(io.BytesIO(file_of(image, "JPEG", quality=quality))).convert("RGB")


def scaled(image: Image.Image, scale: float) -> Image.Image:
    return image.resize((round(image.width * scale), round(image.height * scale)))


CHANGES = {
    "as it is": (lambda image: image, 0),
    "quality 30": (lambda image: jpeg(image, 30), 4),
    "0.3 times as large": (lambda image: scaled(image, 0.3), 4),
    "twice as large": (lambda image: scaled(image, 2), 4),
    "half, quality 60": (lambda image: jpeg(scaled(image, 0.5), 60), 4),
    "darker": (lambda image: image.point(lambda v: v * 0.85), 4),
    "brighter": (lambda image: image.point(lambda v: v + 20), 6),
    "gray": (lambda image: image.convert("L").convert("RGB"), 0),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_hash_hardly_changes_with_what_copies_go_through(name: str) -> None:
    change, most = CHANGES[name]
    for seed in range(6):
        image = scene(seed)
        assert (bits(image) ^ bits(change(image))).bit_count() <= most, (name, seed)


def test_hashes_of_different_pictures_are_far_apart() -> None:
    hashes = [bits(scene(seed)) for seed in range(12)]
    apart = [(a ^ b).bit_count() for i, a in enumerate(hashes) for b in hashes[:i]]
    assert min(apart) > 12


@pytest.mark.parametrize("height", [31, 32, 33, 64, 75, 240])
def test_parts_side_by_side_are_shrunk_as_the_whole_to_the_bit(height: int) -> None:
    chance = np.random.default_rng(height)
    for width in [*range(30, 132), 256, 424, 500, 640, 1276, 1280, 4092, 5184]:
        luma = chance.integers(0, 256, (height, width), dtype=np.uint8)
        whole = cv2.resize(luma.astype(np.float32), (32, 32), interpolation=cv2.INTER_AREA)
        assert shrink(luma).tobytes() == whole.tobytes(), width


def test_the_mirrored_hash_is_that_of_the_mirrored_picture() -> None:
    image = scene(3)
    mirrored = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    one, other = measure(file_of(image)), measure(file_of(mirrored))
    assert one["phash_mirrored"] == other["phash"] != one["phash"]
    assert one["phash"] == other["phash_mirrored"]


def test_a_flat_picture_has_no_contrast_entropy_or_edges() -> None:
    row = measure(file_of(Image.new("RGB", (90, 70), (10, 130, 70))))
    luma = round(0.299 * 10 + 0.587 * 130 + 0.114 * 70)
    assert row["brightness"] == luma
    assert (row["contrast"], row["entropy"], row["sharpness"]) == (0, 0, 0)
    assert row["colour"] == 120
    assert row["thumbnail"] == bytes([luma]) * 1024


def test_two_halves_have_one_bit() -> None:
    image = Image.new("RGB", (80, 60), "black")
    image.paste((200, 200, 200), (0, 0, 40, 60))
    row = measure(file_of(image))
    assert row["brightness"] == pytest.approx(100)
    assert row["contrast"] == pytest.approx(100)
    assert row["entropy"] == pytest.approx(1)
    assert row["colour"] == 0


def test_a_blurred_picture_is_less_sharp_and_size_matters_little() -> None:
    luma = cv2.cvtColor(np.array(scene(2, 1280, 800)), cv2.COLOR_RGB2GRAY)
    blurred = cv2.GaussianBlur(luma, (0, 0), 8)
    assert sharpness(blurred) < sharpness(luma) / 10
    larger = cv2.resize(luma, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    assert sharpness(larger) == pytest.approx(sharpness(luma), rel=0.25)


def test_pixels_have_one_digest_whatever_the_file() -> None:
    image = scene(1)
    one, other = (measure(file_of(image, compress_level=level)) for level in (1, 9))
    assert one["file_bytes"] != other["file_bytes"]
    assert one["pixels_sha256"] == other["pixels_sha256"]
    pixels = decode(file_of(image)).pixels
    assert one["pixels_sha256"] == hashlib.sha256(b"320x200 " + pixels.tobytes()).hexdigest()
    reshaped = Image.fromarray(pixels.reshape(400, 160, 3))
    assert measure(file_of(reshaped))["pixels_sha256"] != one["pixels_sha256"]


@pytest.mark.parametrize(("value", "orientation"), [(1, 1), (6, 6), (0, 1), (9, 1)])
def test_the_orientation_is_that_of_exif(value: int, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = value
    row = measure(file_of(scene(), exif=exif))
    assert row["orientation"] == orientation
    upright = measure(file_of(scene()))
    assert (row["pixels_sha256"] == upright["pixels_sha256"]) == (orientation == 1)


def test_every_column_is_measured() -> None:
    assert {"image_id", "image_sha256", *measure(file_of(scene()))} == set(SCHEMA.names)
    assert all(field.metadata for field in SCHEMA)
