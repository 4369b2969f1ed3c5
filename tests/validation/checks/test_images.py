"""Every fault of a picture that is planted is found, and a picture without fault is not."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from tests.pictures import file_of, scene
from tests.validation.planted import plant
from validation.checks import find_checks, images
from validation.corpus import Corpus


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2] + b"\xff\xd9"


def _turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return file_of(scene(9, 320, 320), exif=exif)


def _page() -> Image.Image:
    """A page with hardly anything on it: nearly all of one level, but of good contrast."""
    page = Image.new("RGB", (300, 200), (255, 255, 230))
    page.paste((0, 0, 0), (10, 10, 110, 16))
    page.paste((200, 0, 0), (10, 20, 40, 26))
    return page


def _haze() -> Image.Image:
    """Light, of little contrast."""
    return scene(8).point(lambda value: 200 + value // 4)


def _night() -> Image.Image:
    return scene(7).point(lambda value: (value - 20) // 4)


FAULTS = {
    "image_blurred": file_of(scene(1).filter(ImageFilter.GaussianBlur(9))),
    "image_dark": file_of(_night()),
    "image_light": file_of(_haze()),
    "image_faint": file_of(scene(2).point(lambda value: 100 + value // 16)),
    "image_low_information": file_of(_page()),
    "image_small": file_of(scene(3, 300, 60)),
    "image_large": file_of(scene(4, 4200, 3000), "JPEG"),
    "image_aspect": file_of(scene(5, 900, 100)),
    "image_gray": file_of(scene(6).convert("L")),
    "image_rotated": _turned(),
    "image_truncated": _cut(file_of(scene(10), "JPEG")),
}
ALSO = {"image_faint": {"image_blurred"}}
"""What one fault brings with it."""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    pictures = {f"alpha/train/{code}": data for code, data in FAULTS.items()}
    clean = {f"beta/test/clean_{seed}": file_of(scene(seed)) for seed in range(20, 40)}
    return plant(tmp_path_factory.mktemp("planted"), {**pictures, **clean})


def test_every_code_is_planted_and_found_where_it_stands_alone(corpus: Corpus) -> None:
    assert set(FAULTS) == {code.code for code in images.CODES}
    found: dict[str, set[str]] = {}
    for finding in images.find(corpus):
        assert finding.image_id is not None
        found.setdefault(finding.image_id, set()).add(finding.code)
    assert found == {f"alpha/train/{code}": {code, *ALSO.get(code, ())} for code in FAULTS}


def test_a_finding_says_how_bad_it_is_and_where(corpus: Corpus) -> None:
    codes = {code.code: code for code in images.CODES}
    for finding in images.find(corpus):
        code = codes[finding.code]
        assert (finding.dataset, finding.split, finding.severity) == (
            "alpha",
            "train",
            code.severity,
        )
        assert finding.source_uri == finding.image_id
        assert finding.threshold == code.threshold
        if code.threshold is not None:
            assert finding.value is not None and finding.value != code.threshold
        assert "{" not in finding.message


def test_a_picture_at_the_threshold_passes(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 384, 3), dtype=np.uint8)
    corpus = plant(tmp_path, {"alpha/train/edge": file_of(Image.fromarray(noise))})
    assert not list(images.find(corpus))


def test_bytes_behind_the_end_are_found(tmp_path: Path) -> None:
    data = file_of(scene(1)) + b"PK\x03\x04 an archive"
    (finding,) = images.find(plant(tmp_path, {"alpha/train/a": data}))
    assert finding.code == "image_truncated"
    assert f"{len(data):,} bytes" in finding.message


def test_the_registry_finds_the_modules() -> None:
    names = [check.__name__.rpartition(".")[2] for check in find_checks()]
    assert {"images", "copies"} <= set(names) and names == sorted(names)
