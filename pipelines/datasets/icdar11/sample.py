"""Sample data of icdar11: GIF, palette, CMYK, RGBA and EXIF pictures, escapes, thin boxes."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from manifests.geometry import polygon_from_box
from pipelines.datasets.icdar11 import DATASET
from pipelines.samples import Written, WrittenRegion, page_rng
from pipelines.samples.files import encode, jpeg, write
from pipelines.samples.pages import Page, Style, Word, draw_page
from pipelines.samples.quoting import quote

SIZES = {"train": 60, "test": 10}

STYLE = Style(sizes=((480, 288), (400, 300), (640, 320), (600, 150), (320, 480)), blur=0.0)
SPECIAL = (("H3C®,",), ('RATES"',), ("C:\\temp",), (" Free",), ("#1",), ("Größe",))
_BAR = 6  # the picture with the bar one pixel wide, and with a region that is a single space


def make(folder: Path, images: Mapping[str, int], seed: int) -> Written:
    """See ``pipelines.samples.Maker``."""
    return {split: _make_split(folder, split, count, seed) for split, count in images.items()}


def _make_split(folder: Path, split: str, count: int, seed: int) -> dict[str, list[WrittenRegion]]:
    layout = DATASET.layouts[split]
    written = {}
    for index in range(count):
        texts = SPECIAL[index] if index < len(SPECIAL) else ()
        page = draw_page(page_rng(seed, DATASET.id, split, index), STYLE, texts)
        if index == _BAR:
            _add_bar(page)
        stem = f"img_{index + 1}"
        suffix, data = _picture(page.pixels, index)
        write(folder / layout.images / f"{stem}{suffix}", data)
        write(folder / layout.annotations / f"gt_{stem}.txt", _lines(page).encode())
        written[stem] = [WrittenRegion(polygon_from_box(*w.box), w.text) for w in page.words]
    return written


def _add_bar(page: Page) -> None:
    """A bar one pixel wide, and a space, which has a box but no ink."""
    bar, space = (1, 1, 2, 10), (5, 1, 9, 8)
    page.pixels[1:10, 1] = 255 - page.pixels[1:10, 1]
    page.words.append(Word("¦", polygon_from_box(*bar)))
    page.words.append(Word(" ", polygon_from_box(*space)))


def _picture(pixels: np.ndarray, index: int) -> tuple[str, bytes]:
    """Suffix and bytes of a picture: the kinds come round every twelve."""
    image = Image.fromarray(pixels)
    kind = index % 12
    if kind == 0:
        return ".gif", encode(image.quantize(64), "GIF")
    if kind == 1:
        return ".png", encode(image.quantize(64), "PNG")
    if kind == 2:
        return ".jpg", encode(image.convert("CMYK"), "JPEG", quality=90)
    if kind == 3:
        return ".png", encode(image.convert("RGBA"), "PNG")
    if kind == 4:
        return ".jpg", jpeg(pixels, orientation=0)
    if kind == 5:  # stored lying on its side; a viewer turns it a quarter clockwise
        return ".jpg", jpeg(np.ascontiguousarray(np.rot90(pixels)), orientation=6)
    if kind == 6:
        return ".gif", encode(_transparent(image), "GIF", transparency=0)
    return (".jpg", jpeg(pixels)) if kind < 9 else (".png", encode(image, "PNG"))


def _transparent(image: Image.Image) -> Image.Image:
    """Palette picture whose colour 0 is transparent and used by one corner pixel alone."""
    colours = np.asarray(image.quantize(63)) + 1
    colours[-1, -1] = 0
    palette = Image.fromarray(colours.astype(np.uint8), "P")
    rgb = image.quantize(63).getpalette() or []
    palette.putpalette([255, 255, 255, *rgb])
    return palette


def _lines(page: Page) -> str:
    rows = []
    for word in page.words:
        left, top, right, bottom = (int(side) for side in word.box)
        rows.append(f"{left}, {top}, {right - 1}, {bottom - 1}, {quote(word.text)}\r\n")
    return "".join(rows)
