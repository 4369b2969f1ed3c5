"""A corpus with pictures, and findings of every kind planted in it."""

import dataclasses
import io
from pathlib import Path

from PIL import Image as Pil

from manifests.findings import Code, Finding, findings_table, write_findings
from manifests.identity import sha256_bytes
from manifests.reading import RAW_ROOT, find_manifests
from manifests.records import Image
from tests.builders import edit_info, make_image, make_refusal, publish_manifest

IMAGES = 40
SMALL = Code("region_small", "warning", "A region is small.", "Look at it.", 16.0, "px")
PAIR = Code("copy_exact", "warning", "Two pictures are the same.", "Drop one.")
LEAK = Code("leak_exact", "error", "A picture is in two splits.", "Drop the one trained on.")
DRIFT = Code(
    "drift_height", "note", "Heights differ.", "Nothing.", 0.3, "of a unit with a long name"
)
CHANGED = Code("changed_regions", "note", "Regions changed.", "Look at them.")
OTHER = Code("changed_images", "note", "Images changed.", "Look at them.")
STRANGE = "<script>alert(1)</script>"
EVIL = Code("evil", "note", STRANGE, f"{STRANGE} & more")
CODES = (SMALL, PAIR, LEAK, DRIFT, CHANGED, OTHER, EVIL)

PUBLISHED_FACTS = {"narrow": 5, "tall": 7, "lost": 3}
SOURCE_FACTS = {
    "source_facts": {
        "narrow": {"title": "narrow ones", "count": 5},
        "tall": {"title": "tall ones", "count": 9},
        "red": {"title": "red ones", "count": 1234},
    }
}
GOLD = (200, 60, 20)


def picture(number: int) -> bytes:
    """A 640 x 480 JPEG of one colour of its own."""
    buffer = io.BytesIO()
    colour = (GOLD[0] - number, GOLD[1], GOLD[2] + 2 * number)
    Pil.new("RGB", (640, 480), colour).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def plant(data: Path, raw: Path) -> list[Finding]:
    """Publish ``alpha/train`` and ``beta/test`` below ``data`` with pictures below ``raw``, and
    write findings. The last picture of ``alpha`` is not there, its last but one is another."""
    alpha = [_with_picture(make_image("alpha", "train", k), raw, k) for k in range(IMAGES)]
    beta = [_with_picture(make_image("beta", "test", k), raw, k) for k in range(3)]
    (raw / alpha[-1].image_uri).unlink()
    (raw / alpha[-2].image_uri).write_bytes(picture(0) + b" ")
    published = {"images": 50, "regions": 160, "dont_care": 40, "facts": PUBLISHED_FACTS}
    publish_manifest(data, alpha, [make_refusal("alpha", "train")], published)
    publish_manifest(data, beta, dataset="beta", split="test")
    edit_info(data / "manifests" / "alpha" / "train", lambda info: info.update(SOURCE_FACTS))
    for manifest in find_manifests(data):
        (manifest.folder / RAW_ROOT).write_text(f"{raw}\n")
    found = findings(alpha)
    prints = {manifest.name: manifest.fingerprint for manifest in find_manifests(data)}
    write_findings(data / "report" / "findings.parquet", findings_table(found), CODES, prints)
    return found


def findings(images: list[Image]) -> list[Finding]:
    """One small region in each image, the later the worse, and one or two of the others."""
    small = [
        SMALL.finding(
            "alpha",
            "train",
            f"{16 - k / 4:g} px wide",
            image_id=image.image_id,
            region_id=image.regions[0].region_id,
            source_uri=image.annotation_uri,
            source_line=1,
            value=16 - k / 4,
        )
        for k, image in enumerate(images)
    ]
    first, second = images[0].image_id, images[1].image_id
    return [
        *small,
        PAIR.finding("alpha", "train", "the same", image_id=first, other_image_id=second),
        LEAK.finding(
            "alpha", "train", "in beta too", image_id=first, other_image_id="beta/test/img_0"
        ),
        DRIFT.finding("alpha", "train", "0.4 from the others", value=0.4),
        CHANGED.finding("alpha", "train", "3 moved", image_id=second, value=3.0),
        CHANGED.finding("alpha", "train", "3 regions moved", value=1.0),
        OTHER.finding("alpha", "train", "one image came", image_id=second),
        EVIL.finding("alpha", "train", STRANGE, image_id="alpha/train/gone", source_uri=STRANGE),
    ]


def _with_picture(image: Image, raw: Path, number: int) -> Image:
    uri = f"{image.dataset}/pictures/img_{number}.jpg"
    path = raw / uri
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture(number))
    digest = sha256_bytes(path.read_bytes())
    return dataclasses.replace(image, image_uri=uri, image_sha256=digest)
