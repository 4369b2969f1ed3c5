"""Sample data of coco_text: float polygons, illegible areas, numeric codes, dangling references."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from manifests.geometry import polygon_from_xywh
from manifests.vocabulary import IgnoreReason
from pipelines.datasets.coco_text import DATASET, FILE
from pipelines.datasets.coco_text.annotation import LANGUAGE, LEGIBILITY
from pipelines.samples import Written, WrittenRegion, page_rng
from pipelines.samples.files import jpeg, pack, write
from pipelines.samples.pages import Page, Style, Word, draw_page

SIZES = {"train": 100, "val": 20}

_STYLE = Style(sizes=((640, 480), (640, 427), (480, 640), (500, 375)), slant=10.0)
_EMPTY = Style(sizes=_STYLE.sizes, lines=(0, 0))
_EMPTY_EVERY = 8
_ILLEGIBLE_SHARE = 0.12
_SILENT_SHARE = 0.05
_FIRST_ID = {"train": 9, "val": 200_009, "test": 400_009}


def make(folder: Path, images: Mapping[str, int], seed: int) -> Written:
    """See ``pipelines.samples.Maker``."""
    content: dict[str, Any] = {"cats": {}, "anns": {}, "imgs": {}, "imgToAnns": {}}
    content["info"] = {"description": "synthetic sample in the form of COCO-Text v2"}
    written: Written = {}
    for split, count in images.items():
        written[split] = {}
        for index in range(count):
            stem, regions = _make_image(folder, content, split, index, seed)
            written[split][stem] = regions
    for links in list(content["imgToAnns"].values())[:1]:
        links.append(999_999_999)  # an annotation that does not exist
    data = json.dumps(content, ensure_ascii=False).encode()
    write(folder / "cocotext.v2" / FILE, data)
    pack(folder / "cocotext.v2")
    return written


def _make_image(
    folder: Path, content: dict[str, Any], split: str, index: int, seed: int
) -> tuple[str, list[WrittenRegion]]:
    rng = page_rng(seed, DATASET.id, split, index)
    page = draw_page(rng, _EMPTY if index % _EMPTY_EVERY == 2 else _STYLE)
    number = _FIRST_ID[split] + 16 * index
    stem = f"COCO_train2014_{number:012d}"
    write(folder / "train2014" / f"{stem}.jpg", jpeg(page.pixels))
    width, height = page.size
    content["imgs"][str(number)] = {
        "id": number,
        "set": split,
        "file_name": f"{stem}.jpg",
        "width": width,
        "height": height,
    }
    regions = [_region(rng, word) for word in page.words]
    if index < 2:
        regions.append(_boxed_region(page) if index else _edge_region(page))
    keys = [1000 * number + place for place in range(len(regions))]
    content["imgToAnns"][str(number)] = keys
    for key, region in zip(keys, regions, strict=True):
        annotation = _annotation(key, number, region, coded=split == "val")
        if index == 1 and key == keys[-1]:
            annotation["mask"] = []
        content["anns"][str(key)] = annotation
    return stem, regions


def _region(rng: np.random.Generator, word: Word) -> WrittenRegion:
    polygon = tuple(round(value, 1) for value in word.polygon)
    chance = rng.random()
    if chance < _ILLEGIBLE_SHARE:
        text = word.text if chance < _ILLEGIBLE_SHARE / 4 else None
        return WrittenRegion(polygon, text, IgnoreReason.ILLEGIBLE)
    return WrittenRegion(polygon, None if chance > 1 - _SILENT_SHARE else word.text)


def _edge_region(page: Page) -> WrittenRegion:
    """An illegible area that reaches over the left edge of the picture."""
    bottom = page.size[1] - 4.0
    polygon = (
        -0.7,
        bottom - 10.5,
        11.0,
        bottom - 12.0,
        12.5,
        bottom,
        5.0,
        bottom + 1.5,
        -1.9,
        bottom,
    )
    return WrittenRegion(polygon, None, IgnoreReason.ILLEGIBLE)


def _boxed_region(page: Page) -> WrittenRegion:
    """An illegible area of which only the box is given."""
    box = (1.5, page.size[1] - 14.5, 12.0, 12.5)
    return WrittenRegion(polygon_from_xywh(*box), None, IgnoreReason.ILLEGIBLE)


def _annotation(key: int, image: int, region: WrittenRegion, coded: bool) -> dict[str, Any]:
    xs, ys = region.polygon[0::2], region.polygon[1::2]
    box = [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
    illegible = int(region.ignore is IgnoreReason.ILLEGIBLE)
    return {
        "mask": list(region.polygon),
        "class": 0 if coded else "machine printed",
        "bbox": [round(value, 1) for value in box],
        "image_id": image,
        "id": key,
        "language": 0 if coded else LANGUAGE[0],
        "area": round(box[2] * box[3], 2),
        "utf8_string": region.text or "",
        "legibility": illegible if coded else LEGIBILITY[illegible],
    }
