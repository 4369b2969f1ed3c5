"""YOLO with oriented boxes: ``images/<split>/...``, ``labels/<split>/...``, ``data.yaml``.

A line: ``class x1 y1 x2 y2 x3 y3 x4 y4``, shares of the picture's width and height, six decimals,
clipped to the picture, since readers refuse what is outside. The format has no don't-care and no
text: class 0 is text to find, class 1 (``dont_care``) is not; ``texts/<split>.jsonl`` has, a line
an image, ``region_ids`` and ``texts`` in the order of the label file's lines.
"""

import json
from pathlib import Path
from typing import Any, ClassVar

import yaml

from manifests.exports.writer import Row, Writer, as_quadrilateral

NAMES = {0: "text", 1: "dont_care"}


class YoloWriter(Writer):
    """``images`` and ``labels`` hold the same names, which is how readers join them."""

    losses: ClassVar[dict[str, str]] = {
        "regions_as_rectangles": "polygons of other than four points, as the smallest rectangle",
        "regions_clipped": "regions that reach out of their picture, clipped to it",
    }

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.splits: dict[str, str] = {}

    def place(self, dataset: str, split: str, stem: str) -> str:
        """Folders keep names of different datasets apart."""
        return f"images/{split}/{dataset}/{stem}"

    def add(self, row: Row, picture: str) -> int:
        """One label file; an empty one for an image without regions."""
        split = Path(picture).parts[1]
        self.splits[split] = f"images/{split}"
        labels = self.folder / "labels" / Path(picture).relative_to("images")
        labels = labels.with_name(f"{labels.stem}.txt")
        labels.parent.mkdir(parents=True, exist_ok=True)
        lines = [self._line(region, row["width"], row["height"]) for region in row["regions"]]
        labels.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
        self._add_texts(split, row, picture)
        return len(lines)

    def finish(self) -> None:
        """``data.yaml``. Trainers want ``train`` and ``val``: a split that was not exported is
        stood in for by one that was."""
        first = next(iter(self.splits.values()), "images")
        places = {"train": first, "val": self.splits.get("test", first), **self.splits}
        # without `path` a reader takes the folder of data.yaml; with "." the one it is started in
        content = {**places, "names": NAMES}
        (self.folder / "data.yaml").write_text(yaml.safe_dump(content, sort_keys=False))

    def _line(self, region: dict[str, Any], width: int, height: int) -> str:
        corners, changed = as_quadrilateral(region["polygon"])
        shares = [value / (width, height)[i % 2] for i, value in enumerate(corners)]
        clipped = [min(max(share, 0.0), 1.0) for share in shares]
        self.notes["regions_as_rectangles"] += changed
        self.notes["regions_clipped"] += clipped != shares
        return " ".join([str(int(not region["care"])), *(f"{share:.6f}" for share in clipped)])

    def _add_texts(self, split: str, row: Row, picture: str) -> None:
        entry = {
            "file": picture,
            "image_id": row["image_id"],
            "region_ids": [region["region_id"] for region in row["regions"]],
            "texts": [region["text"] for region in row["regions"]],
        }
        (self.folder / "texts").mkdir(exist_ok=True)
        with (self.folder / "texts" / f"{split}.jsonl").open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(entry, ensure_ascii=False) + "\n")
