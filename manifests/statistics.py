"""Statistics of the pictures of a manifest: computed once, read by every check and by the report.

``DATA/statistics/<dataset>/<split>/``: ``statistics.parquet``, a row an image in the order of the
manifest, and ``statistics.json`` (version, the manifest's fingerprint, the file's digest). A row
depends on the picture's bytes alone, so it is taken over from the last statistics where
``image_sha256`` is still the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from manifests.errors import UserError
from manifests.identity import sha256_file
from manifests.reading import BATCH_ROWS, Manifest
from manifests.schema import described
from manifests.sealing import load_sealed

STATISTICS_VERSION = "1"
STATISTICS = "statistics"
TABLE = "statistics.parquet"
INFO = "statistics.json"
THUMBNAIL_SIDE = 32

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
        described(
            "thumbnail",
            pa.binary(THUMBNAIL_SIDE**2),
            "the luma shrunk to 32 x 32, whatever the aspect; rows from the top, uint8",
        ),
    ],
    metadata={"statistics_version": STATISTICS_VERSION},
)


def statistics_folder(data: Path, dataset: str, split: str) -> Path:
    """Where the statistics of a manifest stand."""
    return data / STATISTICS / dataset / split


@dataclass(frozen=True)
class Statistics:
    """Published statistics: their folder and what ``statistics.json`` says."""

    folder: Path
    info: dict[str, Any]

    @property
    def fingerprint(self) -> str:
        """Of the manifest that they were computed from."""
        return str(self.info["fingerprint"])

    def batches(
        self, columns: Sequence[str] | None = None, rows: int = BATCH_ROWS
    ) -> Iterator[pa.Table]:
        """Walk the rows in the order of the manifest, never holding more than a batch."""
        with pq.ParquetFile(self.folder / TABLE) as file:
            wanted = list(columns) if columns else None
            for batch in file.iter_batches(rows, columns=wanted, use_threads=False):
                yield pa.Table.from_batches([batch])

    def verify(self) -> None:
        """Compare the file with its digest. Raises UserError where it differs."""
        path = self.folder / TABLE
        if not path.is_file() or sha256_file(path) != self.info["sha256"]:
            raise UserError(
                f"{path} is missing or not what was published; {renewing(self.folder.parents[2])}"
            )


def renewing(data: Path) -> str:
    """The command that makes statistics, as an error's last words."""
    return f"run `python -m pipelines statistics --data {data}`"


def open_statistics(data: Path, manifest: Manifest) -> Statistics:
    """The statistics of a manifest as it is now, with their digest verified.

    Raises UserError where there are none, or none that can be read, or those of another state of
    the manifest.
    """
    statistics = read_statistics(data, manifest.dataset, manifest.split)
    if statistics.fingerprint != manifest.fingerprint:
        raise UserError(
            f"the statistics of {manifest.name} were made before the manifest changed; "
            f"{renewing(data)}"
        )
    return statistics


def read_statistics(data: Path, dataset: str, split: str) -> Statistics:
    """The statistics that stand there, of whatever state of the manifest, digest verified.

    Raises UserError where there are none that can be read.
    """
    path = statistics_folder(data, dataset, split) / INFO
    if not path.is_file():
        raise UserError(f"no statistics of the pictures of {dataset}/{split}; {renewing(data)}")
    try:
        info = load_sealed(path)
        if info["statistics_version"] != STATISTICS_VERSION:
            raise ValueError(f"version {info['statistics_version']}")
        str(info["fingerprint"]), str(info["sha256"]), int(info["rows"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} cannot be read ({error!r}); {renewing(data)}") from error
    statistics = Statistics(path.parent, info)
    statistics.verify()
    return statistics
