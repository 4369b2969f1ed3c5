"""Sample data of scut_foru: changing separators, ``.JPG``, stray files, one broken picture."""

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from manifests.geometry import polygon_from_box
from pipelines.datasets.scut_foru import DATASET
from pipelines.samples import Written, WrittenRegion, page_rng
from pipelines.samples.files import jpeg, write
from pipelines.samples.pages import Style, Word, draw_page

SIZES = {"train": 100, "test": 40}

_STYLE = Style(slant=8.0)
_SPECIAL = (("A,B",), ('12"',), ("CAFÉ",))
_BROKEN = 3  # the picture after the special ones breaks off in the middle
_FIRST = {"train": 1, "test": 1201}
_IMAGES, _TEXTS = Path("English2k", "word_img"), Path("English2k", "word_annotation")


def make(folder: Path, images: Mapping[str, int], seed: int) -> Written:
    """See ``pipelines.samples.Maker``."""
    write(folder / _IMAGES / "Thumbs.db", b"\xd0\xcf\x11\xe0")
    write(folder / _TEXTS / "readme.txt", b"x, y, w, h, label\r\n")
    return {split: _make_split(folder, split, count, seed) for split, count in images.items()}


def _make_split(folder: Path, split: str, count: int, seed: int) -> dict[str, list[WrittenRegion]]:
    written = {}
    for index in range(count):
        rng = page_rng(seed, DATASET.id, split, index)
        texts = _SPECIAL[index] if index < len(_SPECIAL) else ()
        page = draw_page(rng, _STYLE, texts)
        stem = f"{_FIRST[split] + index:06d}"
        data = jpeg(page.pixels)
        if split == "train" and index == _BROKEN:
            data = data[: len(data) // 2]
        write(folder / _IMAGES / f"{stem}{'.JPG' if index % 10 == 9 else '.jpg'}", data)
        regions = [_region(word) for word in page.words]
        lines = "".join(_line(rng, region) for region in regions)
        write(folder / _TEXTS / f"{stem}.txt", lines.encode())
        written[stem] = regions
    return written


def _region(word: Word) -> WrittenRegion:
    """The upright box of whole pixels around a word that may lean."""
    left, top, right, bottom = word.box
    box = (math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom))
    return WrittenRegion(polygon_from_box(*(float(side) for side in box)), word.text)


def _line(rng: np.random.Generator, region: WrittenRegion) -> str:
    left, top, right, bottom = (int(region.polygon[i]) for i in (0, 1, 2, 5))
    separator = (",", ", ", " ")[int(rng.integers(0, 3))]
    quoted = bool(rng.random() < 0.5) and '"' not in str(region.text)
    text = f'"{region.text}"' if quoted else str(region.text)
    fields = [left, top, right - left, bottom - top, text]
    return separator.join(str(field) for field in fields) + "\r\n"
