"""The readers of people's own labels: labelme, COCO and the competition's text files."""

import json
from pathlib import Path

from manifests.errors import UserError
from pipelines.lines import MAX_REGIONS, _cut, decode
from pipelines.source import Entry
from pipelines.sources.definition import Source
from pipelines.sources.own import OwnDataset
from pipelines.spool import _open
from pipelines.tree import RawTree
from tests.fuzz.running import Run, Target
from tests.fuzz.targets.annotations import LINES
from tests.fuzz.targets.converting import convert_all, expect, picture

_ENTRY = Entry("1", "img_1.png", "gt/img_1.json")
LABELME = json.dumps({
    "version": "5.4.1", "flags": {},
    "shapes": [
        {"label": "Genaxis", "points": [[7, 7], [40, 30]], "group_id": None,
         "shape_type": "rectangle", "flags": {"ignore": False}},
        {"label": "###", "points": [[7, 7], [40, 7], [40, 30]], "shape_type": "polygon"},
        {"label": "x", "points": [[7, 7], [9, 9]], "shape_type": "circle", "flags": {"ignore": 1}},
    ],
    "imagePath": "img_1.jpg", "imageData": None, "imageHeight": 48, "imageWidth": 64,
}).encode()  # fmt: skip
COCO = json.dumps({
    "images": [{"id": 64, "file_name": "a.jpg", "width": 64, "height": 48},
               {"id": "b", "file_name": "b.jpg"}],
    "annotations": [
        {"id": 1, "image_id": 64, "category_id": 1, "bbox": [3, 1, 40, 13], "iscrowd": 0,
         "segmentation": [[3, 1, 46, 1, 46, 13]], "utf8_string": "Gen", "legibility": "legible"},
        {"id": 2, "image_id": "b", "bbox": [3, 1, 40, 13], "attributes": {"text": "###"}},
        {"id": 2, "image_id": "b", "bbox": [3, 1, 40, 13], "ignore": 1},
    ],
    "categories": [{"id": 1, "name": "text"}],
}).encode()  # fmt: skip
RRC = (
    *LINES["icdar13"],
    *LINES["icdar15"],
    b"377,117,463,117,465,130,378,130,Theatre\n1,2,3,4,x\n",
)


def _dataset(form: str) -> OwnDataset:
    return OwnDataset(Source("mine", form, "train", "mine/img", "mine/labels.json"))


def _labelme(folder: Path) -> Run:
    dataset = _dataset("labelme")

    def run(content: bytes) -> None:
        seen = convert_all(dataset, "train", [_ENTRY], content)
        wanted = _shapes(content)
        if wanted is not None:
            expect("regions", wanted, seen["regions"])

    return run


def _shapes(content: bytes) -> int | None:
    """How many a file lists, where that can be told."""
    if content.count(b"[") + content.count(b"{") > MAX_REGIONS or content.count(b'"shapes"') != 1:
        return None
    try:
        shapes = json.loads(content)["shapes"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    deep = content.count(b"[") + content.count(b"{") > 300
    return len(shapes) if isinstance(shapes, list) and not deep else None


def _rrc(folder: Path) -> Run:
    dataset = _dataset("rrc")

    def run(content: bytes) -> None:
        seen = convert_all(dataset, "train", [_ENTRY], content)
        if b"\0" not in content and content.count(b"\n") + content.count(b"\r") <= 2 * MAX_REGIONS:
            lines = _cut(content.removeprefix(b"\xef\xbb\xbf"))
            expect("lines", sum(bool(decode(line).strip()) for line in lines), seen["regions"])

    return run


def _coco(folder: Path) -> Run:
    dataset = _dataset("coco")
    (folder / "mine" / "img").mkdir(parents=True)
    for name in ("a.jpg", "b.jpg"):
        (folder / "mine" / "img" / name).write_bytes(picture())
    labels = folder / "mine" / "labels.json"

    def run(content: bytes) -> None:
        labels.write_bytes(content)
        _open.cache_clear()
        try:
            items = list(dataset.index(RawTree(folder, "mine"), "train"))
        except UserError:
            return
        seen = convert_all(dataset, "train", items)
        wanted = _listed(content)
        if wanted is not None:
            expect("regions", wanted, seen["regions"])

    return run


def _listed(content: bytes) -> int | None:
    if any(content.count(f'"{name}"'.encode()) != 1 for name in ("annotations", "images")):
        return None
    if b'"anns"' in content or content.count(b"[") + content.count(b"{") > 300:
        return None
    try:
        listed = json.loads(content)["annotations"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return len(listed) if isinstance(listed, list) else None


TARGETS = (
    Target("labelme", _labelme, lambda: (LABELME,), (b'"shapes":', b'"points":', b'"flags":')),
    Target("coco", _coco, lambda: (COCO,), (b'"images":', b'"annotations":', b'"id":', b'"anns":')),
    Target("rrc", _rrc, lambda: RRC),
)
