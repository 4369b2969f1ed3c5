"""Sample data of icdar15: zipped, slanted quadrilaterals, a byte order mark, ``###`` and ``#1``."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from manifests.vocabulary import IgnoreReason
from pipelines.datasets.icdar15 import DATASET
from pipelines.samples import Written, WrittenRegion, page_rng
from pipelines.samples.files import jpeg, pack, write
from pipelines.samples.pages import Style, Word, draw_page

SIZES = {"train": 100, "test": 20}

_STYLE = Style(slant=18.0)
_SPECIAL = (("$5,000", "#05-11"), ('SCAN"',), ("CAFÉ",), ("WE´RE",), ("Genaxis Theatre",))
_ALL_MARKED = 5  # the picture after the special ones holds nothing but don't-care
_MARKED_SHARE = 0.12


def make(folder: Path, images: Mapping[str, int], seed: int) -> Written:
    """See ``pipelines.samples.Maker``."""
    return {split: _make_split(folder, split, count, seed) for split, count in images.items()}


def _make_split(folder: Path, split: str, count: int, seed: int) -> dict[str, list[WrittenRegion]]:
    layout = DATASET.layouts[split]
    written = {}
    for index in range(count):
        rng = page_rng(seed, DATASET.id, split, index)
        special = _SPECIAL[index] if index < len(_SPECIAL) else ()
        page = draw_page(rng, _STYLE, special)
        share = 1.0 if index == _ALL_MARKED else _MARKED_SHARE
        regions = [
            _region(rng, word, 0.0 if word.text in special else share) for word in page.words
        ]
        stem = f"img_{index + 1}"
        write(folder / layout.images / f"{stem}.jpg", jpeg(page.pixels))
        write(folder / layout.annotations / f"gt_{stem}.txt", _encode(regions, split))
        written[stem] = regions
    if count:
        pack(folder / layout.images)
        pack(folder / layout.annotations)
    return written


def _region(rng: np.random.Generator, word: Word, share: float) -> WrittenRegion:
    polygon = tuple(float(round(value)) for value in word.polygon)
    if rng.random() < share:
        return WrittenRegion(polygon, None, IgnoreReason.MARKED)
    return WrittenRegion(polygon, word.text)


def _encode(regions: list[WrittenRegion], split: str) -> bytes:
    rows = []
    for region in regions:
        numbers = ",".join(str(int(value)) for value in region.polygon)
        rows.append(f"{numbers},{'###' if region.ignore else region.text}")
    if split == "train":
        return "".join(f"{row}\n" for row in rows).encode("utf-8-sig")
    return "".join(f"{row}\r\n" for row in rows).encode()
