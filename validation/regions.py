"""Regions of a manifest as flat columns, some images at a time: what the checks of regions read."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from manifests.findings import Code, Finding
from manifests.reading import BATCH_ROWS, Manifest
from validation.polygons import polygon_columns
from validation.ranges import Ints

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_OF_IMAGE = ("image_id", "annotation_uri", "width", "height")
_OF_REGION = ("region_id", "polygon", "text", "care", "granularity", "source_line")
COLUMNS = [*_OF_IMAGE, *(f"regions.list.element.{name}" for name in _OF_REGION)]


@dataclass(frozen=True)
class Regions:
    """N regions of some images of one manifest, in its order; P points. Lengths are half-open
    pixels of the original picture.

    Polygons that cannot be measured (no three finite points) are left out: that a table holds none
    is a rule of the gate.
    """

    dataset: str
    split: str
    images: pa.Table
    """The images: ``image_id``, ``annotation_uri``, ``width``, ``height``."""
    rows: pa.StructArray
    """(N,) of ``manifests.schema.REGION``, the columns that were read."""
    owner: Ints
    """(N,) the image of each region."""
    measures: dict[str, npt.NDArray[Any]]
    """(N,) each: the columns of ``validation.polygons``."""

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def points(self) -> Floats:
        """(P, 2) x, y of all polygons, one behind the other."""
        flat = pc.list_flatten(self.column("polygon"))
        values: Floats = flat.to_numpy(zero_copy_only=False).astype(np.float64)
        return values.reshape(-1, 2)

    @cached_property
    def counts(self) -> Ints:
        """(N,) points of each polygon."""
        return np.asarray(self.measures["coordinates"] // 2, dtype=np.int64)

    @cached_property
    def starts(self) -> Ints:
        """(N,) index of each polygon's first point."""
        return np.asarray(np.cumsum(self.counts) - self.counts, dtype=np.int64)

    @cached_property
    def care(self) -> Bools:
        """(N,)"""
        return self.column("care").to_numpy(zero_copy_only=False).astype(np.bool_)

    @cached_property
    def box(self) -> Floats:
        """(N, 4) left, top, right, bottom of the polygons."""
        sides = [self.measures[side] for side in ("left", "top", "right", "bottom")]
        return np.stack(sides, axis=1).reshape(-1, 4)

    @cached_property
    def size(self) -> Floats:
        """(N, 2) width and height of the picture that each region lies in."""
        sides = [self.images[side].to_numpy().astype(np.float64) for side in ("width", "height")]
        return np.stack(sides, axis=1)[self.owner]

    def column(self, name: str) -> pa.Array:
        """(N,) one of the region's fields."""
        return self._columns[name]

    @cached_property
    def _columns(self) -> dict[str, pa.Array]:
        names = (field.name for field in self.rows.type)
        return {name: pc.struct_field(self.rows, name) for name in names}

    def finding(self, code: Code, index: int, message: str, **more: Any) -> Finding:
        """A finding of region ``index``, with the way to its source."""
        image, region = int(self.owner[index]), int(index)
        return code.finding(
            self.dataset,
            self.split,
            message,
            image_id=self.images["image_id"][image].as_py(),
            region_id=self.column("region_id")[region].as_py(),
            source_uri=self.images["annotation_uri"][image].as_py(),
            source_line=self.column("source_line")[region].as_py(),
            **more,
        )


def region_batches(manifest: Manifest, rows: int = BATCH_ROWS) -> Iterator[Regions]:
    """The regions of a manifest, of so many images at a time."""
    for table in manifest.batches("images", COLUMNS, rows):
        yield regions_of(table, manifest.dataset, manifest.split)


def regions_of(table: pa.Table, dataset: str, split: str) -> Regions:
    """The regions of a table with ``COLUMNS``."""
    lists = table["regions"].combine_chunks()
    rows = pc.list_flatten(lists)
    owner = pc.list_parent_indices(lists).to_numpy().astype(np.int64)
    measures = polygon_columns(pc.struct_field(rows, "polygon"))
    usable = np.isfinite(measures["left"]) & (measures["coordinates"] >= 6)
    return Regions(
        dataset,
        split,
        table.select(list(_OF_IMAGE)),
        rows.filter(pa.array(usable)),
        owner[usable],
        {name: values[usable] for name, values in measures.items()},
    )
