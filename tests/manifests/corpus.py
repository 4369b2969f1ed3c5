"""Two small datasets with real pictures: everything that an export may stumble over."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pil

from manifests.identity import image_id, sha256_bytes
from manifests.reading import RAW_ROOT, find_manifests
from manifests.records import Image, Region
from manifests.vocabulary import IgnoreReason
from tests.builders import edit_info, make_image, make_refusal, make_region, publish_manifest

WIDTH, HEIGHT = 160, 120
CARD = """\
# Set of tests (`{name}`)

Squares, and what is
written on them.

## Licence
Free for all.

## Citation
A. Tester: *Squares*. 2020.

## Where to get it
<https://example.org/{name}>, without registration.
"""
QUAD = (10.25, 20.5, 60.0, 22.0, 59.0, 40.75, 9.0, 38.0)
HEXAGON = (80.0, 10.0, 100.0, 5.0, 120.0, 10.0, 120.0, 30.0, 100.0, 25.0, 80.0, 30.0)
OUTSIDE = (-5.0, 100.0, 40.0, 100.0, 40.0, 130.0, -5.0, 130.0)


def build(folder: Path) -> Path:
    """Publish ``alpha/train`` (JPEG with four kinds of regions, a palette PNG, one without regions)
    and ``beta/test`` (one image); returns DATA."""
    data, raw = folder / "data", folder / "raw"
    alpha = [
        _image(raw, "alpha", "train", "img_1.jpg", _jpeg(1), _regions("alpha/train/img_1")),
        _image(raw, "alpha", "train", "img_2.png", _palette(), ()),
        _image(
            raw, "alpha", "train", "img_3.jpg", _jpeg(3), (make_region("alpha/train/img_3", 1),)
        ),
    ]
    name = "beta/test/img_1"
    beta = [_image(raw, "beta", "test", "img_1.jpg", _jpeg(9), (make_region(name, 1),))]
    _publish(data, raw, alpha, "alpha", "train")
    _publish(data, raw, beta, "beta", "test")
    return data


def rows(data: Path) -> dict[str, dict[str, Any]]:
    """Every row of every manifest by image id."""
    return {row["image_id"]: row for manifest in find_manifests(data) for row in manifest.rows()}


def files(folder: Path) -> dict[str, bytes]:
    """The bytes of every file below a folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _publish(data: Path, raw: Path, images: list[Image], dataset: str, split: str) -> None:
    published = {"images": len(images), "regions": 9}
    refusals = [make_refusal(dataset, split)]
    place = publish_manifest(data, images, refusals, published, dataset, split)
    (place / RAW_ROOT).write_text(f"{raw}\n")
    edit_info(place, lambda info: info.update(card=CARD.format(name=dataset), title="Set of tests"))


def _image(
    raw: Path, dataset: str, split: str, file: str, data: bytes, regions: tuple[Region, ...]
) -> Image:
    uri = f"{dataset}/{split}/{file}"
    (raw / uri).parent.mkdir(parents=True, exist_ok=True)
    (raw / uri).write_bytes(data)
    return replace(
        make_image(dataset, split, 0),
        image_id=image_id(dataset, split, Path(file).stem),
        image_uri=uri,
        image_sha256=sha256_bytes(data),
        width=WIDTH,
        height=HEIGHT,
        format="PNG" if file.endswith("png") else "JPEG",
        regions=regions,
    )


def _regions(image: str) -> tuple[Region, ...]:
    def region(line: int, polygon: tuple[float, ...], text: str | None, care: bool) -> Region:
        reason = None if care else IgnoreReason.MARKED
        found = replace(make_region(image, line), polygon=polygon, text=text)
        return replace(found, ignore_reason=reason)

    return (
        region(1, QUAD, 'Grüße, "日本"', True),
        region(2, HEXAGON, None, True),
        region(3, OUTSIDE, "###", False),
        region(4, tuple(value + 40 for value in QUAD), None, False),
    )


def _jpeg(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    return _saved(Pil.fromarray(pixels), "JPEG")


def _palette() -> bytes:
    pixels = np.random.default_rng(2).integers(0, 255, (HEIGHT, WIDTH), dtype=np.uint8)
    return _saved(Pil.fromarray(pixels).convert("P"), "PNG")


def _saved(image: Pil.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()
