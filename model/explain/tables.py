"""The tables of an evaluation: a row an image, a ground truth, a detection. Every field says what
it holds; the version is in the metadata.

Coordinates: pixels of the original picture, half-open, as in manifests. ``index`` counts the ground
truths, or the detections, of one image from 0; ``partners`` and ``best_...`` are such indices of
the other side in the same image. Rows stand by image id, then by index.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from manifests.errors import UserError
from manifests.schema import described
from model.protocols import PROTOCOLS

TABLES_VERSION = "1"

_NUMBERS = pa.list_(pa.field("item", pa.float32(), False))
_INDICES = pa.list_(pa.field("item", pa.int32(), False))

_PLACE = [
    described("image_id", pa.string(), "<dataset>/<split>/<stem>"),
    described("dataset", pa.string(), "dataset id"),
    described("split", pa.string(), "train, val or test"),
]


def _measure(name: str, meaning: str) -> pa.Field:
    return described(name, pa.float32(), meaning, nullable=True)


_MEASURES = [
    _measure("height", "of the upright box, px"),
    _measure("width", "of the upright box, px"),
    _measure("aspect", "width over height of the upright box"),
    _measure("tilt", "degrees clockwise from the nearest axis, [-45, 45)"),
    _measure("brightness", "mean luma in the upright box, 0 to 255"),
    _measure("position_x", "middle of the upright box, 0 at the picture's left to 1 at its right"),
    _measure("position_y", "middle of the upright box, 0 at the picture's top to 1 at its bottom"),
]


def _results(outcomes: str, side: str, partners: str) -> list[pa.Field]:
    return [
        field
        for p in PROTOCOLS
        for field in (
            described(f"{p}_outcome", pa.string(), f"model.explain.outcomes.{outcomes}, by {p}"),
            described(f"{p}_credit", pa.float64(), f"what it adds to the sum of {side} by {p}"),
            described(f"{p}_partners", _INDICES, f"indices of the {partners} that made it so"),
        )
    ]


TRUTHS = pa.schema(
    [
        *_PLACE,
        described("index", pa.int32(), "position among the ground truths of the image, from 0"),
        described("region_id", pa.string(), "image_id, '#', and the number of the line or element"),
        described("annotation_uri", pa.string(), "file, relative to the raw root"),
        described("source_line", pa.int32(), "line of annotation_uri, from 1", True),
        described("raw", pa.string(), "the line or element as it stood"),
        described("text", pa.string(), "transcription; null: none", True),
        described("care", pa.bool_(), "false: neither text to find nor background"),
        described("ignore_reason", pa.string(), "why care is false; null where it is true", True),
        described("polygon", _NUMBERS, "x, y in turn, half-open pixels of the original picture"),
        *_MEASURES,
        _measure("text_length", "characters of the text; null: no text"),
        *_results("TruthOutcome", "recall", "detections"),
        described("best_detection", pa.int32(), "the one of the highest IoU; null: none", True),
        described("best_iou", pa.float32(), "of the quadrilaterals; null: none touches it", True),
    ],
    metadata={"tables_version": TABLES_VERSION, "table": "truths"},
)

DETECTIONS = pa.schema(
    [
        *_PLACE,
        described("index", pa.int32(), "position among the detections of the image, from 0"),
        described("polygon", _NUMBERS, "four points x, y, clockwise from the top left, as found"),
        described("score", pa.float32(), "mean text probability, 0 to 1"),
        *_MEASURES,
        *_results("DetectionOutcome", "precision", "ground truths"),
        described("best_truth", pa.int32(), "the one of the highest IoU; null: none", True),
        described("best_iou", pa.float32(), "of the quadrilaterals; null: none touches it", True),
        described("touches", pa.float32(), "share of it that lies in care ground truths, 0 to 1"),
    ],
    metadata={"tables_version": TABLES_VERSION, "table": "detections"},
)

_SUMS = [
    field
    for p in PROTOCOLS
    for field in (
        described(f"{p}_recall_credit", pa.float64(), f"credit of its ground truths by {p}"),
        described(f"{p}_truths", pa.int32(), f"ground truths that count by {p}"),
        described(f"{p}_precision_credit", pa.float64(), f"credit of its detections by {p}"),
        described(f"{p}_detections", pa.int32(), f"detections that count by {p}"),
    )
]

IMAGES = pa.schema(
    [
        *_PLACE,
        described("fingerprint", pa.string(), "of the manifest that the ground truth comes from"),
        described("image_uri", pa.string(), "the picture, relative to the raw root"),
        described("image_sha256", pa.string(), "of the picture's file, hexadecimal"),
        described("width", pa.int32(), "px"),
        described("height", pa.int32(), "px"),
        _measure("brightness", "mean luma of the picture, 0 to 255"),
        *_SUMS,
    ],
    metadata={"tables_version": TABLES_VERSION, "table": "images"},
)

SCHEMAS: Mapping[str, pa.Schema] = {"images": IMAGES, "truths": TRUTHS, "detections": DETECTIONS}
FILES: Mapping[str, str] = {name: f"{name}.parquet" for name in SCHEMAS}


def table_of(name: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """The table ``images``, ``truths`` or ``detections`` of these rows."""
    return pa.Table.from_pylist(list(rows), SCHEMAS[name])


def background_that_touches(found: pa.Table, protocol: str) -> int:
    """How many rows of ``detections`` are background under a protocol and touch a care ground
    truth: words found too badly, and no walls."""
    is_background = pc.equal(found[f"{protocol}_outcome"], "background")
    return int(pc.sum(pc.and_(is_background, pc.greater(found["touches"], 0))).as_py() or 0)


def write_table(folder: Path, name: str, table: pa.Table) -> Path:
    """Write one of the tables into a folder, as a whole or not at all; returns its path."""
    path = folder / FILES[name]
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        pq.write_table(table, scratch, compression="zstd")
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
    return path


def read_table(folder: Path, name: str) -> pa.Table:
    """One of the tables of a folder. Raises UserError where it is absent, damaged or another."""
    path = folder / FILES[name]
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise UserError(
            f"{path} cannot be read ({error}); run `python -m model evaluate` again"
        ) from error
    if not table.schema.equals(SCHEMAS[name], check_metadata=False):
        raise UserError(
            f"{path} is not the table {name} of version {TABLES_VERSION}; evaluate again"
        )
    return table
