"""Statistics of the pictures of a manifest: computed once, read by every check and by the report.

``DATA/statistics/<dataset>/<split>/``: ``statistics.parquet``, a row an image in the order of the
manifest, and ``statistics.json`` (version, the manifest's fingerprint, the file's digest). A row
depends on the picture's bytes alone, so it is taken over from the last statistics where
``image_sha256`` is still the same.
"""

from pathlib import Path

import pyarrow as pa

from manifests.schema import described

STATISTICS_VERSION = "1"
STATISTICS = "statistics"

SCHEMA = pa.schema(
    [
        described("image_id", pa.string(), "as in the manifest"),
        described("image_sha256", pa.string(), "of the file's bytes"),
        described("pixels_sha256", pa.string(), "of width, height and the upright RGB pixels"),
        described(
            "phash", pa.uint64(), "perceptual hash of the luma; near pictures differ in few bits"
        ),
        described("phash_mirrored", pa.uint64(), "the same of the picture mirrored left to right"),
        described("brightness", pa.float32(), "mean luma, 0 to 255"),
        described("contrast", pa.float32(), "standard deviation of the luma"),
        described(
            "sharpness", pa.float32(), "variance of the Laplacian of the luma at a fixed size"
        ),
        described("entropy", pa.float32(), "bits of the luma's histogram, 0 to 8"),
        described("colour", pa.float32(), "mean distance of the RGB channels of a pixel, 0: gray"),
        described("orientation", pa.int8(), "of EXIF, 1 to 8; 1: none"),
        described(
            "truncated", pa.bool_(), "the file ends before, or goes on after, its end marker"
        ),
        described("file_bytes", pa.int64(), "size of the file"),
    ],
    metadata={"statistics_version": STATISTICS_VERSION},
)


def statistics_folder(data: Path, dataset: str, split: str) -> Path:
    """Where the statistics of a manifest stand."""
    return data / STATISTICS / dataset / split
