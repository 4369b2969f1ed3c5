"""Sample data of newset, in its own format: made-up pictures of which every region is known."""

from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from manifests.geometry import polygon_from_box
from pipelines.samples import Written, WrittenRegion, page_rng
from pipelines.samples.files import jpeg, write
from pipelines.samples.pages import Style, draw_page
from pipelines.scaffold.like_svt import DATASET

SIZES = {"train": 20, "test": 10}

# whatever is odd in the real files belongs here, so that the tests see it
_SPECIAL = (("A&W",), ("O'HARE",))


def make(folder: Path, images: Mapping[str, int], seed: int) -> Written:
    """See ``pipelines.samples.Maker``."""
    return {split: _make_split(folder, split, count, seed) for split, count in images.items()}


def _make_split(folder: Path, split: str, count: int, seed: int) -> dict[str, list[WrittenRegion]]:
    written, images = {}, []
    for index in range(count):
        rng = page_rng(seed, DATASET.id, split, index)
        page = draw_page(rng, Style(), _SPECIAL[index] if index < len(_SPECIAL) else ())
        stem = f"{split}_{index + 1}"
        regions = [WrittenRegion(polygon_from_box(*word.box), word.text) for word in page.words]
        boxes = "".join(_encode(region) for region in regions)
        write(folder / "pictures" / f"{stem}.jpg", jpeg(page.pixels))
        images.append(f'  <image file="{stem}.jpg">\n{boxes}  </image>\n')
        written[stem] = regions
    write(folder / f"{split}.xml", f"<images>\n{''.join(images)}</images>\n".encode())
    return written


def _encode(region: WrittenRegion) -> str:
    left, top, right, bottom = (region.polygon[i] for i in (0, 1, 2, 5))
    box = f'x="{left:g}" y="{top:g}" width="{right - left:g}" height="{bottom - top:g}"'
    return f"    <box {box}>{escape(str(region.text))}</box>\n"
