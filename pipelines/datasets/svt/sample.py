"""Sample data of svt: loose boxes, upper case, and words that nobody labelled."""

from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from manifests.geometry import polygon_from_box
from pipelines.datasets.svt import DATASET
from pipelines.samples import Written, WrittenRegion, page_rng
from pipelines.samples.files import jpeg, write
from pipelines.samples.pages import Page, Style, Word, draw_page

SIZES = {"train": 60, "test": 20}

_STYLE = Style(sizes=((640, 480), (800, 480), (960, 640)))
_SPECIAL = (("A&W",), ("O'HARE",))
_UNLABELLED_SHARE = 0.15
_RECTANGLE = '<taggedRectangle height="{h}" width="{w}" x="{x}" y="{y}">'
_SPLIT_NUMBER = {"train": 0, "test": 1}


def make(folder: Path, images: Mapping[str, int], seed: int) -> Written:
    """See ``pipelines.samples.Maker``."""
    return {split: _make_split(folder, split, count, seed) for split, count in images.items()}


def _make_split(folder: Path, split: str, count: int, seed: int) -> dict[str, list[WrittenRegion]]:
    written, images = {}, []
    for index in range(count):
        rng = page_rng(seed, DATASET.id, split, index)
        texts = _SPECIAL[index] if index < len(_SPECIAL) else ()
        page = draw_page(rng, _STYLE, texts)
        stem = f"{index:02d}_{_SPLIT_NUMBER[split]:02d}"
        write(folder / "img" / f"{stem}.jpg", jpeg(page.pixels))
        regions = [_region(rng, page, word) for word in _lexicon(rng, page)]
        images.append(_image(stem, page, regions))
        written[stem] = regions
    head = '<?xml version="1.0" encoding="utf-8"?>\n<tagset>\n'
    write(folder / f"{split}.xml", (head + "".join(images) + "</tagset>\n").encode())
    return written


def _lexicon(rng: np.random.Generator, page: Page) -> list[Word]:
    """The words that are labelled: most of them, and one at least."""
    chosen = [word for word in page.words if rng.random() >= _UNLABELLED_SHARE]
    return chosen or page.words[:1]


def _region(rng: np.random.Generator, page: Page, word: Word) -> WrittenRegion:
    """A box a few pixels larger than the word."""
    left, top, right, bottom = word.box
    width, height = page.size
    pads = rng.integers(1, 5, 4)
    box = (
        max(0.0, left - int(pads[0])),
        max(0.0, top - int(pads[1])),
        min(float(width), right + int(pads[2])),
        min(float(height), bottom + int(pads[3])),
    )
    return WrittenRegion(polygon_from_box(*box), word.text.upper())


def _image(stem: str, page: Page, regions: list[WrittenRegion]) -> str:
    width, height = page.size
    lexicon = escape(",".join(str(region.text) for region in regions))
    return (
        f"\t<image>\n\t\t<imageName>img/{stem}.jpg</imageName>\n"
        f"\t\t<address>1 Sample Street</address>\n\t\t<lex>{lexicon}</lex>\n"
        f'\t\t<Resolution x="{width}" y="{height}"/>\n\t\t<taggedRectangles>\n'
        + "".join(_rectangle(region) for region in regions)
        + "\t\t</taggedRectangles>\n\t</image>\n"
    )


def _rectangle(region: WrittenRegion) -> str:
    left, top, right, bottom = (int(region.polygon[i]) for i in (0, 1, 2, 5))
    tag = _RECTANGLE.format(x=left, y=top, w=right - left, h=bottom - top)
    text = escape(str(region.text))
    return f"\t\t\t{tag}\n\t\t\t\t<tag>{text}</tag>\n\t\t\t</taggedRectangle>\n"
