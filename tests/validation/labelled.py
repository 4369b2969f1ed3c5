"""Small images with regions as the checks see them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from manifests import schema
from manifests.findings import Finding
from manifests.geometry import polygon_from_box
from manifests.reading import Manifest, open_manifest
from manifests.records import Image, Region
from manifests.vocabulary import Granularity, IgnoreReason
from tests.builders import make_image, publish_manifest
from validation.regions import COLUMNS, Regions, regions_of

WORD_BOX = polygon_from_box(10, 10, 70, 30)


@dataclass(frozen=True)
class Label:
    """A region to be; its picture is 640 x 480 px."""

    polygon: tuple[float, ...] = WORD_BOX
    text: str | None = "word"
    care: bool = True
    granularity: Granularity = Granularity.WORD


def box(left: float, top: float, right: float, bottom: float, **more: object) -> Label:
    """An upright one."""
    return replace(Label(polygon_from_box(left, top, right, bottom)), **more)  # type: ignore[arg-type]


def image(number: int, labels: Sequence[Label]) -> Image:
    """``alpha/train/img_<number>``, its regions numbered from 1."""
    plain = make_image("alpha", "train", number, 0)
    regions = tuple(
        Region(
            region_id=f"{plain.image_id}#{line}",
            polygon=label.polygon,
            text=label.text,
            raw="",
            source_line=line,
            ignore_reason=None if label.care else IgnoreReason.MARKED,
            granularity=label.granularity,
        )
        for line, label in enumerate(labels, 1)
    )
    return replace(plain, regions=regions)


def regions(*images: Sequence[Label]) -> Regions:
    """The regions of images, as a check gets them."""
    rows = []
    for number, labels in enumerate(images):
        whole = [replace(label, polygon=WORD_BOX) for label in labels]
        row = image(number, whole).row()
        for region, label in zip(row["regions"], labels, strict=True):
            region["polygon"] = label.polygon  # one that no record could hold, too
            for key in ("box", "ignore_reason", "language", "script", "raw"):
                del region[key]
        rows.append(row)
    table = pa.Table.from_pylist(rows, _COLUMNS_READ)
    return regions_of(table, "alpha", "train")


def published(folder: Path, *images: Sequence[Label]) -> Manifest:
    """The same as a manifest below ``folder``."""
    publish_manifest(folder, [image(number, labels) for number, labels in enumerate(images)])
    return open_manifest(folder, "alpha", "train")


def told(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    """(code, ``img_0#1``) of findings, in order; of a split as a whole (code, ``-``)."""
    return sorted((f.code, (f.region_id or "-").rpartition("/")[2]) for f in findings)


def _fields() -> pa.Schema:
    names = [name.rpartition(".")[2] for name in COLUMNS if name.startswith("regions.")]
    region = pa.struct([schema.REGION.field(name) for name in names])
    images = [schema.IMAGES.field(name) for name in COLUMNS if not name.startswith("regions.")]
    return pa.schema([*images, pa.field("regions", pa.list_(pa.field("item", region, False)))])


_COLUMNS_READ = _fields()
