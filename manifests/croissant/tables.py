"""The two flat tables that a Croissant file describes: images, and regions.

Croissant has no type for a list of numbers of any length, so a polygon is a column of JSON text: an
array of x, y in turn, as many points as the region has, half-open pixels of the original picture.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from manifests import schema
from manifests.schema import described

IMAGE_NAMES = (
    *("image_id", "dataset", "split", "image_uri", "image_sha256", "width", "height"),
    *("annotation_uri", "exhaustive"),
)
IMAGES = pa.schema([schema.IMAGES.field(name) for name in IMAGE_NAMES])
_SIDES = ("left", "top", "right", "bottom")
_REGION_NAMES = (
    *("text", "care", "ignore_reason", "granularity", "language", "script", "source_line"),
)
_OF_REGION = {field.name: field for field in schema.REGION}
REGIONS = pa.schema(
    [
        _OF_REGION["region_id"],
        described("image_id", pa.string(), "the image, as in the table of images"),
        described("polygon", pa.string(), "JSON: x, y in turn, half-open pixels, three points up"),
        *(described(side, pa.float32(), f"{side} of the upright box, px") for side in _SIDES),
        *(_OF_REGION[name] for name in _REGION_NAMES),
    ]
)

Takes = Callable[[dict[str, Any]], bool]


@dataclass(frozen=True)
class Counted:
    """How many rows were written."""

    images: int
    regions: int
    care: int


def write_tables(batches: Iterable[tuple[pa.Table, Takes]], folder: Path) -> Counted:
    """``images.parquet`` and ``regions.parquet``. ``batches``: tables of images, each with what
    says which of its rows take part."""
    images = regions = care = 0
    with (
        pq.ParquetWriter(folder / "images.parquet", _plain(IMAGES), compression="zstd") as first,
        pq.ParquetWriter(folder / "regions.parquet", _plain(REGIONS), compression="zstd") as second,
    ):
        for batch, takes in batches:
            taken = batch.filter(pa.array([takes(row) for row in batch.to_pylist()], pa.bool_()))
            flat = flat_regions(taken)
            first.write_table(taken.select(IMAGE_NAMES).cast(_plain(IMAGES)))
            second.write_table(flat)
            images, regions = images + len(taken), regions + len(flat)
            care += int(pc.sum(flat["care"]).as_py() or 0)
    return Counted(images, regions, care)


def flat_regions(images: pa.Table) -> pa.Table:
    """The regions of a batch of images, a row each, as ``REGIONS``."""
    lists = images["regions"].combine_chunks()
    regions = pc.list_flatten(lists)
    polygons = pc.struct_field(regions, "polygon").to_pylist()
    columns = {
        "region_id": pc.struct_field(regions, "region_id"),
        "image_id": images["image_id"].combine_chunks().take(pc.list_parent_indices(lists)),
        "polygon": pa.array([json.dumps(polygon) for polygon in polygons], pa.string()),
        **{side: pc.struct_field(regions, ["box", side]) for side in _SIDES},
        **{name: pc.struct_field(regions, name) for name in _REGION_NAMES},
    }
    return pa.table(columns, schema=_plain(REGIONS))


def _plain(known: pa.Schema) -> pa.Schema:
    return pa.schema([field.remove_metadata() for field in known])
