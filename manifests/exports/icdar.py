"""Robust Reading Competition, as ICDAR 2015 has it: a folder for each dataset and split.

``<dataset>/<split>/images/<stem>.jpg``, ``gt/gt_<stem>.txt``, and the same texts in ``gt.zip``, as
the competition's scripts take them. A line: ``x1,y1,x2,y2,x3,y3,x4,y4,text``, clockwise from where
the text begins, whole numbers (so a corner moves by half a pixel at most a side), the text as it
stands to the end of the line; ``###`` for don't-care. Files are UTF-8, lines end with CRLF.
"""

import re
import zipfile
from pathlib import Path
from typing import Any, ClassVar

from manifests.errors import UserError
from manifests.exports.writer import Row, Writer, as_quadrilateral

DONT_CARE = "###"
_UNWRITABLE = re.compile(r"[\n\r\0]")
"""Line ends, and what makes a file of text none."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


class IcdarWriter(Writer):
    """``regions_as_rectangles``: the format has four corners a region."""

    losses: ClassVar[dict[str, str]] = {
        "regions_as_rectangles": "polygons of other than four points, as the smallest rectangle",
        "texts_left_out": "texts of don't-care regions, in whose place ### stands",
        "texts_empty": "care regions without a text, written as an empty one",
    }

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.parts: set[Path] = set()

    def place(self, dataset: str, split: str, stem: str) -> str:
        """A dataset and split for itself: a ground truth of the competition is one folder."""
        return f"{dataset}/{split}/images/{stem}"

    def add(self, row: Row, picture: str) -> int:
        """One text file; an empty one for an image without regions."""
        part = (self.folder / picture).parents[1]
        (part / "gt").mkdir(exist_ok=True)
        self.parts.add(part)
        lines = [self._line(region) for region in row["regions"]]
        content = "".join(f"{line}\r\n" for line in lines)
        (part / "gt" / f"gt_{Path(picture).stem}.txt").write_bytes(content.encode("utf-8"))
        return len(lines)

    def finish(self) -> None:
        """The zip files; the same texts give the same bytes."""
        for part in sorted(self.parts):
            with zipfile.ZipFile(part / "gt.zip", "w", zipfile.ZIP_DEFLATED) as archive:
                for path in sorted((part / "gt").iterdir()):
                    info = zipfile.ZipInfo(path.name, _EPOCH)
                    info.compress_type = zipfile.ZIP_DEFLATED
                    archive.writestr(info, path.read_bytes())

    def _line(self, region: dict[str, Any]) -> str:
        corners, changed = as_quadrilateral(region["polygon"])
        self.notes["regions_as_rectangles"] += changed
        numbers = ",".join(str(round(value)) for value in corners)
        return f"{numbers},{self._text(region)}"

    def _text(self, region: dict[str, Any]) -> str:
        text = region["text"]
        if not region["care"]:
            self.notes["texts_left_out"] += text is not None
            return DONT_CARE
        if text == DONT_CARE or _UNWRITABLE.search(text or ""):
            raise UserError(
                f"{region['region_id']}: a line of the competition cannot hold the text {text!r} "
                "of a care region; export coco or hf, which can, or mark the region don't-care"
            )
        self.notes["texts_empty"] += text is None
        return text or ""
