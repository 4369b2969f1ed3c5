"""The Arrow schemas of a manifest. Every field says what it holds; the version is in the metadata.

Coordinates: continuous pixels of the original picture as decoded (EXIF rotation applied), origin at
the top left corner of the top left pixel, half-open: pixel (0, 0) covers [0, 1) x [0, 1).
"""

import pyarrow as pa

SCHEMA_VERSION = "1.0.0"


def _field(name: str, kind: pa.DataType, meaning: str, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable, metadata={"description": meaning})


BOX = pa.struct(
    [pa.field(side, pa.float32(), False) for side in ("left", "top", "right", "bottom")]
)

REGION = pa.struct(
    [
        _field("region_id", pa.string(), "image_id, '#', and the number of the line or element"),
        _field(
            "polygon",
            pa.list_(pa.field("item", pa.float32(), False)),
            "x, y in turn, three points or more, half-open pixels of the original picture",
        ),
        _field("box", BOX, "upright box around the polygon, half-open pixels"),
        _field("text", pa.string(), "transcription, exact to the character; null: none", True),
        _field("care", pa.bool_(), "false: neither text to find nor background"),
        _field("ignore_reason", pa.string(), "why care is false; null where it is true", True),
        _field("granularity", pa.string(), "character, word, line or area"),
        _field("language", pa.string(), "as the source says; null: it says nothing", True),
        _field("script", pa.string(), "as the source says; null: it says nothing", True),
        _field("source_line", pa.int32(), "line of annotation_uri, from 1", True),
        _field("raw", pa.string(), "the line or element as it stood"),
    ]
)

IMAGES = pa.schema(
    [
        _field("image_id", pa.string(), "<dataset>/<split>/<stem>, unique everywhere"),
        _field("dataset", pa.string(), "dataset id"),
        _field("split", pa.string(), "train, val or test"),
        _field("image_uri", pa.string(), "relative to the raw root; archive.zip!member"),
        _field("image_sha256", pa.string(), "of the file's bytes, hexadecimal"),
        _field("width", pa.int32(), "pixels, as decoded, EXIF rotation applied"),
        _field("height", pa.int32(), "pixels, as decoded, EXIF rotation applied"),
        _field("format", pa.string(), "JPEG, PNG, GIF, ..."),
        _field("mode", pa.string(), "pixel mode of the file: RGB, L, P, RGBA, CMYK, ..."),
        _field("annotation_uri", pa.string(), "relative to the raw root; #pointer inside JSON"),
        _field("exhaustive", pa.bool_(), "false: text may stand where nothing is labelled"),
        _field("regions", pa.list_(pa.field("item", REGION, False)), "in source order"),
    ],
    metadata={"schema_version": SCHEMA_VERSION, "table": "images"},
)

QUARANTINE = pa.schema(
    [
        _field("kind", pa.string(), "what was refused: image, region or file"),
        _field("dataset", pa.string(), "dataset id"),
        _field("split", pa.string(), "train, val or test"),
        _field("image_id", pa.string(), "the image concerned, where there is one", True),
        _field("source_uri", pa.string(), "file, relative to the raw root"),
        _field("source_line", pa.int32(), "line of source_uri, from 1", True),
        _field("reason", pa.string(), "typed: manifests.vocabulary.Reason"),
        _field("detail", pa.string(), "what exactly was wrong"),
        _field("raw", pa.string(), "the line or element as it stood", True),
    ],
    metadata={"schema_version": SCHEMA_VERSION, "table": "quarantine"},
)
