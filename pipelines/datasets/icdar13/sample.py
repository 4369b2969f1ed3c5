"""Sample data of icdar13: training files separated by spaces, test files by commas and packed."""

from collections.abc import Mapping
from pathlib import Path

from manifests.geometry import polygon_from_box
from pipelines.datasets.icdar13 import DATASET
from pipelines.samples import Written, WrittenRegion, page_rng
from pipelines.samples.files import jpeg, pack, write
from pipelines.samples.pages import Page, Style, draw_page
from pipelines.samples.quoting import quote

SIZES = {"train": 120, "test": 40}

_STYLE = Style()
_SPECIAL = (("4,000",), ("0,6m",), ('"Save"',))


def make(folder: Path, images: Mapping[str, int], seed: int) -> Written:
    """See ``pipelines.samples.Maker``."""
    return {split: _make_split(folder, split, count, seed) for split, count in images.items()}


def _make_split(folder: Path, split: str, count: int, seed: int) -> dict[str, list[WrittenRegion]]:
    layout = DATASET.layouts[split]
    written = {}
    for index in range(count):
        stem = f"img_{index + 1}" if split == "test" else str(100 + index)
        texts = _SPECIAL[index] if index < len(_SPECIAL) else ()
        page = draw_page(page_rng(seed, DATASET.id, split, index), _STYLE, texts)
        write(folder / layout.images / f"{stem}.jpg", jpeg(page.pixels))
        lines = _lines(page, ", " if split == "test" else " ")
        write(folder / layout.annotations / f"gt_{stem}.txt", lines.encode())
        written[stem] = [WrittenRegion(polygon_from_box(*w.box), w.text) for w in page.words]
    if split == "test" and count:
        pack(folder / layout.annotations)
    return written


def _lines(page: Page, separator: str) -> str:
    rows = []
    for word in page.words:
        left, top, right, bottom = (int(side) for side in word.box)
        fields = [left, top, right - 1, bottom - 1, quote(word.text)]
        rows.append(separator.join(str(field) for field in fields) + "\n")
    return "".join(rows)
