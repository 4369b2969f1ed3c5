"""A small raw root, in the native format of ICDAR 2011 and 2013, normalized and sharded once."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from manifests.reading import Manifest
from pipelines.normalize import normalize

ONE_WORKER = ["--direct_num_workers=1"]
PICTURES = 70  # more than one chunk


def picture(seed: int, mode: str = "RGB", file_format: str = "JPEG", turned: bool = False) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    image = Image.fromarray(noise).resize((64, 48)).convert(mode)
    exif = Image.Exif()
    if turned:
        exif[0x0112] = 6
    buffer = io.BytesIO()
    image.save(buffer, file_format, **({"exif": exif} if turned else {}))
    return buffer.getvalue()


ODD = {
    "gif.gif": ("P", "GIF", False),
    "palette.png": ("P", "PNG", False),
    "rgba.png": ("RGBA", "PNG", False),
    "cmyk.jpg": ("CMYK", "JPEG", False),
    "gray.jpg": ("L", "JPEG", False),
    "turned.jpg": ("RGB", "JPEG", True),
}


def make_raw(raw: Path) -> None:
    images = raw / "icdar13" / "Challenge2_Training_Task12_Images"
    truth = raw / "icdar13" / "Challenge2_Training_Task1_GT"
    for folder in (images, truth):
        folder.mkdir(parents=True)
    for number in range(100, 100 + PICTURES):
        (images / f"{number}.jpg").write_bytes(picture(number))
        lines = "" if number == 100 else '1 2 30 20 "word"\n5 25 5 40 "|"\n'
        (truth / f"gt_{number}.txt").write_text(lines)
    (truth / "gt_999.txt").write_text('1 2 30 20 "orphan"\n')
    odd, odd_truth = (
        raw / "icdar11" / f"Challenge1_Training_{kind}" for kind in ("Task12_Images", "Task1_GT")
    )
    for folder in (odd, odd_truth):
        folder.mkdir(parents=True)
    for seed, (name, kind) in enumerate(ODD.items()):
        (odd / f"img_{name}").write_bytes(picture(seed, *kind))
        stem = name.partition(".")[0]
        (odd_truth / f"gt_img_{stem}.txt").write_text('1, 2, 20, 20, "a, ""b"\r\n')


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    make_raw(folder)
    return folder


@pytest.fixture(scope="session")
def data(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """DATA after ``normalize``. Read it; copy it to change it."""
    folder = tmp_path_factory.mktemp("data")
    normalize(raw, folder, beam_options=ONE_WORKER)
    return folder


@pytest.fixture(scope="session")
def manifest(data: Path) -> Manifest:
    from manifests.reading import open_manifest

    return open_manifest(data, "icdar13", "train")
