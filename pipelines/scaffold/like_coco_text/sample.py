"""Sample data of newset, in its own format: made-up pictures of which every region is known."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from manifests.vocabulary import IgnoreReason
from pipelines.samples import Written, WrittenRegion, page_rng
from pipelines.samples.files import jpeg, write
from pipelines.samples.pages import Style, draw_page
from pipelines.scaffold.like_coco_text import DATASET, FILE

SIZES = {"train": 20, "val": 10}

_STYLE = Style(slant=10.0)  # largest angle of a line, in degrees
# whatever is odd in the real file belongs here, so that the tests see it
_SPECIAL = (("$5,000",), ("CAFÉ",))
_FIRST_ID = {"train": 1, "val": 1001}


def make(folder: Path, images: Mapping[str, int], seed: int) -> Written:
    """See ``pipelines.samples.Maker``."""
    content: dict[str, Any] = {"imgs": {}, "anns": {}}
    written: Written = {split: {} for split in images}
    for split, count in images.items():
        for index in range(count):
            number = _FIRST_ID[split] + index
            stem = f"{split}_{number}"
            rng = page_rng(seed, DATASET.id, split, index)
            page = draw_page(rng, _STYLE, _SPECIAL[index] if index < len(_SPECIAL) else ())
            regions = [WrittenRegion(word.polygon, word.text) for word in page.words]
            regions[-1] = WrittenRegion(regions[-1].polygon, None, IgnoreReason.MARKED)
            write(folder / "pictures" / f"{stem}.jpg", jpeg(page.pixels))
            image = {"id": number, "set": split, "file_name": f"{stem}.jpg"}
            content["imgs"][str(number)] = image
            for place, region in enumerate(regions):
                key = 100 * number + place
                content["anns"][str(key)] = _annotation(key, number, region)
            written[split][stem] = regions
    write(folder / FILE, json.dumps(content, ensure_ascii=False, indent=1).encode())
    return written


def _annotation(key: int, image: int, region: WrittenRegion) -> dict[str, Any]:
    return {
        "id": key,
        "image_id": image,
        "polygon": list(region.polygon),
        "text": region.text or "",
        "ignore": int(region.ignore is not None),
    }
