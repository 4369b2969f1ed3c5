"""An image folder for the ``datasets`` library: ``load_dataset("imagefolder", data_dir=...)``.

``<split>/<dataset>/<stem>.jpg`` and ``<split>/metadata.jsonl``, a line an image: ``file_name``,
``image_id``, ``width``, ``height``, ``exhaustive`` and ``objects``, whose lists have an entry a
region: ``region_id``, ``polygon`` (x, y in turn, float32 values to the last digit), ``bbox`` (left,
top, width, height), ``text`` (null where there is none), ``care``, ``ignore_reason``,
``granularity``. Nothing is lost.
"""

import json
from collections.abc import Sequence
from typing import Any

from manifests.exports.writer import Row, Writer
from manifests.geometry import bounding_box


class ImageFolderWriter(Writer):
    """Lines are written as the images come."""

    def place(self, dataset: str, split: str, stem: str) -> str:
        """The library takes the splits from the first folder's names."""
        return f"{split}/{dataset}/{stem}"

    def add(self, row: Row, picture: str) -> int:
        """One line of ``metadata.jsonl``."""
        split, _, file = picture.partition("/")
        entry = {
            "file_name": file,
            **{name: row[name] for name in ("image_id", "width", "height", "exhaustive")},
            "objects": _objects(row["regions"]),
        }
        with (self.folder / split / "metadata.jsonl").open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(entry, ensure_ascii=False) + "\n")
        return len(row["regions"])


def _objects(regions: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    boxes = [bounding_box(region["polygon"]) for region in regions]
    names = ("region_id", "polygon", "text", "care", "ignore_reason", "granularity")
    return {
        **{name: [region[name] for region in regions] for name in names},
        "bbox": [[left, top, right - left, bottom - top] for left, top, right, bottom in boxes],
    }
