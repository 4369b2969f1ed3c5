"""A manifest's tables as pandas frames: one row an image, a region, a refusal.

Frames come in batches, so that a large manifest is never held whole. Columns that an expectation
needs but the table does not hold are computed here, named for what they measure.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from manifests import schema
from manifests.reading import BATCH_ROWS, Manifest
from validation.polygons import polygon_columns
from validation.twins import Twins

ROWS_PER_FRAME = 200_000
_REGION_TEXT = ("region_id", "ignore_reason", "granularity")
_INTEGERS = {pa.int32(): pd.Int32Dtype()}.get


def image_frames(
    manifest: Manifest, twins: Twins, rows: int = ROWS_PER_FRAME
) -> Iterator[pd.DataFrame]:
    """One row an image, at least one frame (an empty manifest gives an empty one).

    Columns of ``manifests.schema.IMAGES`` but for ``regions``, and: ``pixels`` (width x height),
    ``*_twin`` (who else has this value; null where nobody has).
    """
    columns = [name for name in schema.IMAGES.names if name != "regions"]
    for table in _grouped(manifest, "images", columns, rows):
        yield images_frame(table, manifest.name, twins)


def region_frames(
    manifest: Manifest, twins: Twins, rows: int = ROWS_PER_FRAME
) -> Iterator[pd.DataFrame]:
    """One row a region, at least one frame; whole images, so a frame may be a little larger."""
    columns = ["image_id", "annotation_uri", "width", "height", "regions"]
    for table in _grouped(manifest, "images", columns, rows):
        yield regions_frame(table, manifest.name, twins)


def quarantine_frames(manifest: Manifest, rows: int = ROWS_PER_FRAME) -> Iterator[pd.DataFrame]:
    """One row a refusal, at least one frame."""
    columns = [name for name in schema.QUARANTINE.names if name != "raw"]
    for table in _grouped(manifest, "quarantine", columns, rows):
        yield table.to_pandas(types_mapper=_INTEGERS)


def images_frame(table: pa.Table, manifest: str, twins: Twins) -> pd.DataFrame:
    """The frame of some images; see ``image_frames``."""
    frame = table.to_pandas()
    frame["pixels"] = frame["width"].astype("int64") * frame["height"]
    for column in ("image_id", "image_uri"):
        frame[f"{column}_twin"] = twins.column(column, frame[column], manifest, frame["image_id"])
    digests, names = frame["image_sha256"], frame["image_id"]
    frame["sha256_twin_here"] = twins.column("image_sha256", digests, manifest, names, "here")
    frame["sha256_twin_elsewhere"] = twins.column(
        "image_sha256", digests, manifest, names, "elsewhere"
    )
    return frame


def regions_frame(table: pa.Table, manifest: str, twins: Twins) -> pd.DataFrame:
    """The frame of some images' regions.

    As in the table: ``image_id``, ``region_id``, ``annotation_uri``, ``source_line``, ``care``,
    ``ignore_reason``, ``granularity``, ``width`` and ``height`` of the picture. Of the polygon: the
    measures of ``polygon_columns``. Besides: ``region_id_image`` (the region id up to its #),
    ``region_id_twin``, and, in pixels, ``box_error`` (largest difference of a side from the
    polygon's bounds), ``box_width``, ``box_height`` and ``visible_area`` (of its bounds inside the
    picture, square pixels).
    """
    lists = table["regions"].combine_chunks()
    regions = pc.list_flatten(lists)
    owner = table.select(["image_id", "annotation_uri", "width", "height"]).take(
        pc.list_parent_indices(lists)
    )
    frame = owner.to_pandas()
    for name in _REGION_TEXT:
        frame[name] = pc.struct_field(regions, name).to_pandas()
    lines = pc.struct_field(regions, "source_line")
    frame["source_line"] = lines.to_pandas(types_mapper=_INTEGERS)
    frame["care"] = pc.struct_field(regions, "care").to_numpy(zero_copy_only=False).astype(bool)
    images = pc.replace_substring_regex(pc.struct_field(regions, "region_id"), "(?s)#.*", "")
    frame["region_id_image"] = images.to_pandas()
    frame["region_id_twin"] = twins.column(
        "region_id", frame["region_id"], manifest, frame["region_id"]
    )
    measures = polygon_columns(pc.struct_field(regions, "polygon"))
    box = {side: _numbers(regions, "box", side) for side in ("left", "top", "right", "bottom")}
    return frame.assign(**measures, **_placed(measures, box, frame))


def _placed(
    bounds: dict[str, np.ndarray], box: dict[str, np.ndarray], frame: pd.DataFrame
) -> dict[str, np.ndarray]:
    """Columns that need the polygon's bounds, the box or the size of the picture."""
    errors = [np.abs(box[side] - bounds[side]) for side in box]
    width, height = frame["width"].to_numpy(), frame["height"].to_numpy()
    seen_width = np.minimum(bounds["right"], width) - np.maximum(bounds["left"], 0)
    seen_height = np.minimum(bounds["bottom"], height) - np.maximum(bounds["top"], 0)
    return {
        "box_error": np.maximum.reduce(errors),
        "box_width": box["right"] - box["left"],
        "box_height": box["bottom"] - box["top"],
        "visible_area": np.maximum(seen_width, 0) * np.maximum(seen_height, 0),
    }


def _numbers(regions: pa.StructArray, *path: str) -> np.ndarray:
    values = pc.struct_field(regions, list(path)).to_numpy(zero_copy_only=False)
    return np.asarray(values, dtype=np.float64)


def _grouped(manifest: Manifest, name: str, columns: list[str], rows: int) -> Iterator[pa.Table]:
    """Tables of about ``rows`` frame rows: of regions where they are among the columns."""
    pending: list[pa.Table] = []
    count, yielded = 0, False
    for table in manifest.batches(name, columns, min(rows, BATCH_ROWS)):
        pending.append(table)
        count += _frame_rows(table)
        if count >= rows:
            yield pa.concat_tables(pending)
            pending, count, yielded = [], 0, True
    if pending or not yielded:
        whole = {"images": schema.IMAGES, "quarantine": schema.QUARANTINE}[name]
        empty = whole.empty_table().select(columns)
        yield pa.concat_tables([empty.replace_schema_metadata(None), *pending])


def _frame_rows(table: pa.Table) -> int:
    if "regions" not in table.column_names:
        return len(table)
    return int(pc.sum(pc.list_value_length(table["regions"])).as_py() or 0)
