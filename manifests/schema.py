"""The Arrow schemas of a manifest. Every field says what it holds; the version is in the metadata.

Coordinates: continuous pixels of the original picture as decoded (EXIF rotation applied), origin at
the top left corner of the top left pixel, half-open: pixel (0, 0) covers [0, 1) x [0, 1).
"""

import pyarrow as pa

SCHEMA_VERSION = "1.0.0"


def described(name: str, kind: pa.DataType, meaning: str, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable, metadata={"description": meaning})


BOX = pa.struct(
    [pa.field(side, pa.float32(), False) for side in ("left", "top", "right", "bottom")]
)

REGION = pa.struct(
    [
        described("region_id", pa.string(), "image_id, '#', and the number of the line or element"),
        described(
            "polygon",
            pa.list_(pa.field("item", pa.float32(), False)),
            "x, y in turn, three points or more, half-open pixels of the original picture",
        ),
        described("box", BOX, "upright box around the polygon, half-open pixels"),
        described("text", pa.string(), "transcription, exact to the character; null: none", True),
        described("care", pa.bool_(), "false: neither text to find nor background"),
        described("ignore_reason", pa.string(), "why care is false; null where it is true", True),
        described("granularity", pa.string(), "character, word, line or area"),
        described("language", pa.string(), "as the source says; null: it says nothing", True),
        described("script", pa.string(), "as the source says; null: it says nothing", True),
        described("source_line", pa.int32(), "line of annotation_uri, from 1", True),
        described("raw", pa.string(), "the line or element as it stood"),
    ]
)

IMAGES = pa.schema(
    [
        described("image_id", pa.string(), "<dataset>/<split>/<stem>, unique everywhere"),
        described("dataset", pa.string(), "dataset id"),
        described("split", pa.string(), "train, val or test"),
        described("image_uri", pa.string(), "relative to the raw root; archive.zip!member"),
        described("image_sha256", pa.string(), "of the file's bytes, hexadecimal"),
        described("width", pa.int32(), "pixels, as decoded, EXIF rotation applied"),
        described("height", pa.int32(), "pixels, as decoded, EXIF rotation applied"),
        described("format", pa.string(), "JPEG, PNG, GIF, ..."),
        described("mode", pa.string(), "pixel mode of the file: RGB, L, P, RGBA, CMYK, ..."),
        described("annotation_uri", pa.string(), "relative to the raw root; #pointer inside JSON"),
        described("exhaustive", pa.bool_(), "false: text may stand where nothing is labelled"),
        described("regions", pa.list_(pa.field("item", REGION, False)), "in source order"),
    ],
    metadata={"schema_version": SCHEMA_VERSION, "table": "images"},
)

QUARANTINE = pa.schema(
    [
        described("kind", pa.string(), "what was refused: image, region or file"),
        described("dataset", pa.string(), "dataset id"),
        described("split", pa.string(), "train, val or test"),
        described("image_id", pa.string(), "the image concerned, where there is one", True),
        described("source_uri", pa.string(), "file, relative to the raw root"),
        described("source_line", pa.int32(), "line of source_uri, from 1", True),
        described("reason", pa.string(), "typed: manifests.vocabulary.Reason"),
        described("detail", pa.string(), "what exactly was wrong"),
        described("raw", pa.string(), "the line or element as it stood", True),
    ],
    metadata={"schema_version": SCHEMA_VERSION, "table": "quarantine"},
)
