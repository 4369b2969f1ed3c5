"""Small published manifests for tests, and ways to plant faults in them."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from manifests import schema
from manifests.identity import image_id, region_id, sha256_bytes, sha256_file
from manifests.ledger import Ledger
from manifests.publish import publishing
from manifests.records import Image, Refusal, Region
from manifests.sealing import write_sealed
from manifests.vocabulary import IgnoreReason, Kind, Reason
from manifests.writing import assemble, write_part

Row = dict[str, Any]


def make_image(dataset: str, split: str, number: int, regions: int = 4) -> Image:
    """A 640 x 480 picture with words in it, every fourth of them don't-care."""
    name = image_id(dataset, split, f"img_{number}")
    return Image(
        image_id=name,
        dataset=dataset,
        split=split,
        image_uri=f"{dataset}/{split}.zip!img_{number}.jpg",
        image_sha256=sha256_bytes(name.encode()),
        width=640,
        height=480,
        format="JPEG",
        mode="RGB",
        annotation_uri=f"{dataset}/{split}_gt/gt_img_{number}.txt",
        exhaustive=True,
        regions=tuple(make_region(name, line) for line in range(1, regions + 1)),
    )


def make_region(image: str, line: int) -> Region:
    """A slanted quadrilateral; line 4, 8, ... is don't-care."""
    left, top = float(10 * (line % 50)), float(20 * (line % 20))
    ignored = line % 4 == 0
    return Region(
        region_id=region_id(image, line),
        polygon=(left, top, left + 80, top + 2, left + 79, top + 22, left + 1, top + 20),
        text="###" if ignored else f"word {line}",
        raw=f"{left},{top},...",
        source_line=line,
        ignore_reason=IgnoreReason.MARKED if ignored else None,
    )


def make_refusal(dataset: str, split: str, line: int = 9) -> Refusal:
    """A bad line of the first image."""
    return Refusal(
        kind=Kind.REGION,
        dataset=dataset,
        split=split,
        source_uri=f"{dataset}/{split}_gt/gt_img_1.txt",
        reason=Reason.BAD_LINE,
        detail="3 fields where there should be 9",
        image_id=image_id(dataset, split, "img_1"),
        source_line=line,
        raw="1,2,3",
    )


def publish_manifest(
    data: Path,
    images: Sequence[Image],
    refusals: Sequence[Refusal] = (),
    published: dict[str, Any] | None = None,
    dataset: str = "alpha",
    split: str = "train",
) -> Path:
    """Publish a manifest the way the pipeline does; returns its folder."""
    folder = data / "manifests" / dataset / split
    counts = [refusal.kind for refusal in refusals]
    seen = Ledger(
        images_seen=len(images) + counts.count(Kind.IMAGE),
        regions_seen=sum(len(i.regions) for i in images) + counts.count(Kind.REGION),
    )
    parts = data / "parts"
    parts.mkdir(parents=True, exist_ok=True)
    part = write_part(parts, 0, images, refusals, seen)
    about = {"dataset": dataset, "split": split, "published": published}
    with publishing(folder) as staging:
        assemble(parts, [part], staging, about)
    return folder


def edit_rows(folder: Path, table: str, edit: Callable[[list[Row]], Any]) -> None:
    """Change the rows of a published table in place, and its digest with them."""
    path = folder / f"{table}.parquet"
    rows = pq.read_table(path).to_pylist()
    edit(rows)
    known = {"images": schema.IMAGES, "quarantine": schema.QUARANTINE}[table]
    pq.write_table(pa.Table.from_pylist(rows, known), path)

    def redigest(info: Row) -> None:
        for entry in info["files"]:
            if entry["name"] == path.name:
                entry["sha256"] = sha256_file(path)

    edit_info(folder, redigest)


def edit_info(folder: Path, edit: Callable[[Row], Any]) -> None:
    """Change manifest.json in place."""
    path = folder / "manifest.json"
    info = json.loads(path.read_text(encoding="utf-8"))
    edit(info)
    write_sealed(path, info)
