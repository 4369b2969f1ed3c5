"""A made-up file of COCO-Text's form and size, for pictures that are not there."""

import json
import random
from pathlib import Path
from typing import Any

IMAGES, REGIONS = 64_000, 240_000
"""As many as COCO-Text has."""
_WIDTH, _HEIGHT = 640, 480
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def make_annotations(path: Path, images: int, regions: int) -> None:
    """Write ``cocotext.v2.json``: a third of the images have no region, the others share all."""
    chance = random.Random(0)
    with_text = [number for number in range(1, images + 1) if number % 3]
    owners = sorted(chance.choices(with_text, k=regions))
    annotations = {
        str(100_000 + place): _annotation(chance, 100_000 + place, image)
        for place, image in enumerate(owners)
    }
    links: dict[str, list[int]] = {str(number): [] for number in range(1, images + 1)}
    for key, image in zip(annotations, owners, strict=True):
        links[str(image)].append(int(key))
    listed = {str(number): _image(number) for number in range(1, images + 1)}
    content = {"cats": {}, "anns": annotations, "imgs": listed, "imgToAnns": links}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="ascii")


def _image(number: int) -> dict[str, Any]:
    name = f"COCO_train2014_{number:012d}.jpg"
    return {"width": _WIDTH, "file_name": name, "set": "train", "id": number, "height": _HEIGHT}


def _annotation(chance: random.Random, key: int, image: int) -> dict[str, Any]:
    left, top = chance.uniform(-1, _WIDTH - 60), chance.uniform(0, _HEIGHT - 30)
    wide, high = chance.uniform(4, 60), chance.uniform(3, 30)
    slant = chance.uniform(-3, 3)
    corners = [
        (left, top), (left + wide, top + slant),
        (left + wide, top + slant + high), (left, top + high),
    ]  # fmt: skip
    corners = corners[: 3 if chance.random() < 0.02 else 4]
    legible = chance.random() < 0.6
    return {
        "mask": [round(value, 1) for corner in corners for value in corner],
        "class": "machine printed",
        "bbox": [round(value, 1) for value in (left, top, wide, high)],
        "image_id": image,
        "id": key,
        "language": "english" if legible else "na",
        "area": round(wide * high, 2),
        "utf8_string": "".join(chance.choices(_LETTERS, k=5)) if legible else "",
        "legibility": "legible" if legible else "illegible",
    }
