"""COCO: ``annotations.json`` beside ``images/``, one file for all that is exported.

Polygons are a ``segmentation`` of one ring, float32 values to the last digit; ``bbox`` is left,
top, width, height; ``area`` that of the polygon. Don't-care regions have ``iscrowd`` 1, by which
COCO's evaluation knows a region that is neither right nor wrong, and ``ignore`` 1, as older readers
have it. Numbers of images and annotations are new, from 1; ``manifest_id`` and ``region_id``
keep the way back. ``text`` is null where there is none.
"""

import json
import shutil
from pathlib import Path
from typing import Any, ClassVar

from manifests.exports.writer import Row, Writer
from manifests.geometry import bounding_box, signed_area

CATEGORY = {"id": 1, "name": "text", "supercategory": "text"}


class CocoWriter(Writer):
    """Images and annotations go to two files of lines first, which are joined at the end."""

    losses: ClassVar[dict[str, str]] = {}

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.images = _Array(folder / ".images")
        self.annotations = _Array(folder / ".annotations")

    def place(self, dataset: str, split: str, stem: str) -> str:
        """Folders keep names of different datasets apart."""
        return f"images/{dataset}/{split}/{stem}"

    def add(self, row: Row, picture: str) -> int:
        """One entry of ``images``, and one of ``annotations`` for each region."""
        number = self.images.add(_image(row, picture))
        for region in row["regions"]:
            self.annotations.add(_annotation(region, number))
        return len(row["regions"])

    def finish(self) -> None:
        """Join the two."""
        with (self.folder / "annotations.json").open("wb") as out:
            out.write(b'{"info": {"description": "scene text, exported from manifests"},\n')
            out.write(b'"licenses": [],\n"categories": [' + json.dumps(CATEGORY).encode() + b"]")
            for name, array in (("images", self.images), ("annotations", self.annotations)):
                out.write(f',\n"{name}": [\n'.encode())
                array.move_into(out)
                out.write(b"\n]")
            out.write(b"}\n")


class _Array:
    """Elements of a JSON array, numbered from 1, written as they come."""

    def __init__(self, path: Path) -> None:
        self.path, self.count, self.file = path, 0, path.open("w", encoding="utf-8")

    def add(self, entry: dict[str, Any]) -> int:
        self.file.write(",\n" if self.count else "")
        self.count += 1
        self.file.write(json.dumps({"id": self.count, **entry}, ensure_ascii=False))
        return self.count

    def move_into(self, out: Any) -> None:
        self.file.close()
        with self.path.open("rb") as written:
            shutil.copyfileobj(written, out)
        self.path.unlink()


def _image(row: Row, picture: str) -> dict[str, Any]:
    return {
        "file_name": picture.removeprefix("images/"),
        "width": row["width"],
        "height": row["height"],
        "manifest_id": row["image_id"],
        "exhaustive": row["exhaustive"],
    }


def _annotation(region: dict[str, Any], image: int) -> dict[str, Any]:
    left, top, right, bottom = bounding_box(region["polygon"])
    ignored = int(not region["care"])
    return {
        "image_id": image,
        "category_id": CATEGORY["id"],
        "segmentation": [list(region["polygon"])],
        "bbox": [left, top, right - left, bottom - top],
        "area": abs(signed_area(region["polygon"])),
        "iscrowd": ignored,
        "ignore": ignored,
        "ignore_reason": region["ignore_reason"],
        "text": region["text"],
        "granularity": region["granularity"],
        "region_id": region["region_id"],
    }
