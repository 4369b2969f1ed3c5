"""A raw tree in which every fault of pictures, labels and splits stands once, and clean pictures.

ICDAR 2015 takes what one line of a file can hold, COCO-Text what only its annotations can say.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image as Pil
from PIL import ImageOps

from pipelines.datasets import coco_text, icdar15
from tests.pictures import file_of, scene
from tests.validation.checks.test_images import FAULTS as PICTURES

CLEAN = 40
"""Pictures without fault of each split."""
WORDS = ((10, 20, "MARKET"), (110, 60, "STREET"), (210, 100, "HOTEL"))
"""Left, top and text of the words of a clean picture, 70 x 20 px each."""


@dataclass
class Tree:
    """``faults``: (code, image id or else the manifest's name, line or None)."""

    raw: Path
    faults: set[tuple[str, str, int | None]] = field(default_factory=set)

    def add(self, split: str, stem: str, picture: bytes, lines: Sequence[str] = ()) -> None:
        """A picture of ICDAR 2015 with the lines of its file."""
        layout = icdar15.DATASET.layouts[split]
        for folder, name, data in (
            (layout.images, f"{stem}.jpg", picture),
            (layout.annotations, f"gt_{stem}.txt", "\n".join(lines).encode()),
        ):
            path = self.raw / "icdar15" / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def expect(self, code: str, image: str, line: int | None = None) -> None:
        """A fault of an image of ICDAR 2015 training."""
        self.faults.add((code, f"icdar15/train/{image}", line))

    def expect_of_coco(self, code: str, image: int | None = None, line: int | None = None) -> None:
        """A fault of COCO-Text training, or of an image of it."""
        name = "" if image is None else f"/COCO_train2014_{image:012d}"
        self.faults.add((code, f"coco_text/train{name}", line))


def line(left: float, top: float, text: str, wide: float = 70, high: float = 20) -> str:
    """An upright box as a line of ICDAR 2015."""
    right, bottom = left + wide, top + high
    return f"{left},{top},{right},{top},{right},{bottom},{left},{bottom},{text}"


def words(scale: float = 1) -> list[str]:
    """The lines of a clean picture, or of a copy of another size."""
    return [
        line(left * scale, top * scale, text, 70 * scale, 20 * scale) for left, top, text in WORDS
    ]


def plant(raw: Path) -> Tree:
    """Write the tree below an empty folder."""
    tree = Tree(raw)
    for split, first in (("train", 1000), ("test", 2000)):
        for k in range(CLEAN):
            tree.add(split, f"clean_{k}", file_of(scene(first + k)), words())
    for code, data in PICTURES.items():
        tree.add("train", code, data)
        tree.expect(code, code)
    tree.expect("image_blurred", "image_faint")
    _plant_copies(tree)
    _plant_regions(tree)
    write_coco(tree)
    _expect_of_coco(tree)
    return tree


def _plant_copies(tree: Tree) -> None:
    """Copies of test pictures in the training set, and copies within it whose labels differ."""
    tree.add("train", "leak_0", _commented(scene(2000)), words())
    tree.add("train", "leak_1", _half(scene(2001)), words(0.5))
    tree.add("train", "leak_2", _mirrored(scene(2002)))
    for k, code in enumerate(("leak_exact", "leak_near", "leak_near")):
        tree.expect(code, f"leak_{k}")
        tree.expect("mix_leaks", f"leak_{k}")
    for k in range(2):
        tree.add("train", f"first_{k}", file_of(scene(3000 + k)), words())
    other = [line(11, 20, "MARKET"), line(110, 60, "STREETS")]
    tree.add("train", "second_0", _commented(scene(3000)), other)
    tree.add("train", "second_1", _half(scene(3001)), words(0.5))
    tree.expect("copy_exact", "second_0")
    tree.expect("copy_near", "second_1")
    tree.expect("copy_region_moved", "second_0", 1)
    tree.expect("copy_region_reread", "second_0", 2)
    tree.expect("copy_region_missing", "first_0", 3)


def _commented(picture: Pil.Image) -> bytes:
    """The same pixels in another file."""
    return file_of(picture, compress_level=1)


def _half(picture: Pil.Image) -> bytes:
    """Resized and encoded anew."""
    return file_of(picture.resize((160, 100), Pil.Resampling.BICUBIC), "JPEG", quality=70)


def _mirrored(picture: Pil.Image) -> bytes:
    return file_of(ImageOps.mirror(picture), "JPEG", quality=80)


LINES = {
    "duplicate_region": (line(10, 10, "MARKET"), line(10, 10, "MARKET")),
    "near_duplicate_region": (line(110, 10, "MARKET"), line(117, 10, "MARKET")),
    "contained_region": (line(210, 10, "MARKET", 70, 40), line(215, 15, "MARK", 40, 20)),
    "text_too_long": (line(310, 10, "A" * 25, 80, 40),),
    "text_too_short": (line(10, 80, "WE", 300, 20),),
    "text_too_small": (line(410, 10, "MARKETED", 12, 10),),
    "word_with_spaces": (line(10, 120, "TO LET"),),
    "self_crossing": ("10,160,80,185,80,160,10,180,MARKET",),
    "counter_clockwise": ("110,160,110,180,180,180,180,160,MARKET",),
    "outside_picture": (line(-5, 220, "MARKET"),),
    "one_pixel_thick": (line(110, 220, "-", 30, 1),),
    "text_blank": (line(210, 220, "  "),),
    "replacement_character": (line(310, 220, "CAF\ufffd"),),
    "control_character": (line(10, 260, "MAR\x07KET"),),
    "character_reference": (line(110, 260, "R&amp;B"),),
    "outer_space": (line(210, 260, " OPEN"),),
    "mixed_scripts": (line(310, 260, "P\u0410RKING"),),
}
NO_AREA = line(400, 400, "MARKET", 50, 0).replace("450,400,450,400", "425,400,430,400")


def _plant_regions(tree: Tree) -> None:
    """One picture with a fault a line; the fault of two lines is told of the second."""
    lines: list[str] = []
    for code, mine in LINES.items():
        lines += mine
        tree.expect(code, "regions", len(lines))
    tree.add("train", "regions", file_of(scene(99, 640, 480)), [*lines, NO_AREA])


SPACED = (6, 8, 10, 12, 14)
"""More than a twentieth of 80 words."""


def _expect_of_coco(tree: Tree) -> None:
    tree.expect_of_coco("three_points", 0, 1)
    tree.expect_of_coco("illegible_with_text", 2, 1)
    tree.expect_of_coco("text_missing", 4, 1)
    tree.expect_of_coco("no_winding")
    tree.expect_of_coco("mixed_granularity")
    for image in SPACED:
        tree.expect_of_coco("word_with_spaces", image, 1)


def write_coco(tree: Tree, shift: int = 0) -> None:
    """COCO-Text: what has no place in a line of ICDAR 2015, and a ``val`` split whose words are
    four times as high. ``shift``: of every word, in px, as another version of the source."""
    folder = tree.raw / "coco_text"
    (folder / "train2014").mkdir(parents=True, exist_ok=True)
    content: dict[str, Any] = {"info": {}, "cats": {}, "anns": {}, "imgs": {}, "imgToAnns": {}}
    for k in range(2 * CLEAN):
        split = "val" if k % 2 else "train"
        anns = _tall(k, shift) if k % 2 else _anns(k, shift)
        name = f"COCO_train2014_{k:012d}.jpg"
        picture = scene(4000 + k, 320, 240)
        (folder / "train2014" / name).write_bytes(file_of(picture, "JPEG", quality=90))
        content["imgs"][str(k)] = {
            "id": k,
            "set": split,
            "file_name": name,
            "width": 320,
            "height": 240,
        }
        content["imgToAnns"][str(k)] = [ann["id"] for ann in anns]
        content["anns"] |= {str(ann["id"]): ann for ann in anns}
    (folder / coco_text.FILE).write_text(json.dumps(content))


def _anns(image: int, shift: int) -> list[dict[str, Any]]:
    """Two words of a training picture; the second runs counter-clockwise in every other one, and
    the first three pictures have a fault each."""
    left, right = 20 + shift, 90 + shift
    masks = [
        [left, 30, right, 30, right, 50, left, 50],
        [left, 80, right, 80, right, 100, left, 100],
    ]
    if image % 4:
        masks[1] = [left, 80, left, 100, right, 100, right, 80]
    anns = [annotation(2 * image + k, image, mask, "MARKET") for k, mask in enumerate(masks)]
    if image == 0:
        anns[0]["mask"] = masks[0][:6]
    if image == 2:
        anns[0]["legibility"] = "illegible"
    if image == 4:
        anns[0]["utf8_string"] = ""
    if image in SPACED:
        anns[0]["utf8_string"] = "TO LET"
    return anns


def _tall(image: int, shift: int) -> list[dict[str, Any]]:
    x = 20 + shift
    mask = [x, 30, x + 270, 30, x + 270, 110, x, 110]
    return [annotation(2 * image, image, mask, "MARKET")]


def annotation(key: int, image: int, mask: list[float], text: str) -> dict[str, Any]:
    """A legible word of COCO-Text."""
    xs, ys = mask[0::2], mask[1::2]
    return {
        "id": key,
        "image_id": image,
        "mask": mask,
        "bbox": [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)],
        "area": (max(xs) - min(xs)) * (max(ys) - min(ys)),
        "class": "machine printed",
        "legibility": "legible",
        "language": "english",
        "utf8_string": text,
    }
