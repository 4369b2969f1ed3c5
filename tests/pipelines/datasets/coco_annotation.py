"""An annotation of COCO-Text, as its tests change it."""

import json
from typing import Any

ANNOTATION = {
    "mask": [126.4, 428.8, 132.8, 429.6, 132.8, 449.6, 125.6, 449.6],
    "class": "machine printed",
    "bbox": [125.6, 428.8, 7.2, 20.8],
    "image_id": 64,
    "id": 192133,
    "language": "english",
    "area": 138.88,
    "utf8_string": "ST",
    "legibility": "legible",
}


def raw(**changes: Any) -> str:
    return json.dumps({**ANNOTATION, **changes})
