"""Sample data of newset, in its own format: made-up pictures of which every region is known."""

from collections.abc import Mapping
from pathlib import Path

from manifests.vocabulary import IgnoreReason
from pipelines.samples import Written, WrittenRegion, page_rng
from pipelines.samples.files import jpeg, write
from pipelines.samples.pages import Style, Word, draw_page
from pipelines.scaffold.like_icdar15 import DATASET

SIZES = {"train": 20, "test": 10}

_STYLE = Style(slant=10.0)  # largest angle of a line, in degrees
# whatever is odd in the real files belongs here, so that the tests see it
_SPECIAL = (("$5,000", "#05-11"), ('SCAN"',))


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
        stem = f"img_{index + 1}"
        regions = [_region(word) for word in page.words]
        regions[-1] = WrittenRegion(regions[-1].polygon, None, IgnoreReason.MARKED)
        write(folder / layout.images / f"{stem}.jpg", jpeg(page.pixels))
        write(folder / layout.annotations / f"gt_{stem}.txt", _encode(regions))
        written[stem] = regions
    return written


def _region(word: Word) -> WrittenRegion:
    return WrittenRegion(tuple(float(round(value)) for value in word.polygon), word.text)


def _encode(regions: list[WrittenRegion]) -> bytes:
    rows = []
    for region in regions:
        numbers = ",".join(str(int(value)) for value in region.polygon)
        rows.append(f"{numbers},{'###' if region.ignore else region.text}\n")
    return "".join(rows).encode()
