"""Reading manifests: find them, open them, walk them in batches."""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from manifests.errors import UserError
from manifests.identity import image_id, is_name, sha256_file
from manifests.schema import SCHEMA_VERSION
from manifests.sealing import load_sealed
from manifests.storage.address import Root, parse_root

MANIFESTS = "manifests"
RAW_ROOT = "raw_root.txt"
"""Where the pictures were when the manifest was made: a hint for this machine, not content."""
BATCH_ROWS = 1_000
MALFORMED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What reading JSON of another form may raise: infinite counts, lists for mappings, nesting."""


@dataclass(frozen=True)
class Manifest:
    """A published manifest: its folder and what ``manifest.json`` says."""

    folder: Path
    info: dict[str, Any]

    @property
    def dataset(self) -> str:
        """Dataset id."""
        return str(self.info["dataset"])

    @property
    def split(self) -> str:
        """Split name."""
        return str(self.info["split"])

    @property
    def name(self) -> str:
        """``<dataset>/<split>``."""
        return f"{self.dataset}/{self.split}"

    @property
    def fingerprint(self) -> str:
        """Digest of the kept rows: equal where, and only where, they are."""
        return str(self.info["fingerprint"])

    @property
    def raw_root(self) -> Root:
        """The raw root that it was made from."""
        path = self.folder / RAW_ROOT
        try:
            return parse_root(path.read_text(encoding="utf-8").rstrip("\n"))
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(
                f"{path} cannot be read; give the folder of the pictures with --raw"
            ) from error

    def files(self, table: str) -> list[Path]:
        """The Parquet files of ``images`` or ``quarantine``, in order."""
        names = [entry["name"] for entry in self.info["files"]]
        return [
            self.folder / name
            for name in names
            if name.partition(".")[0].partition("-")[0] == table
        ]

    def batches(
        self, table: str = "images", columns: Sequence[str] | None = None, rows: int = BATCH_ROWS
    ) -> Iterator[pa.Table]:
        """Walk ``images`` or ``quarantine`` in order, never holding more than a batch."""
        for path in self.files(table):
            self._require_whole(path)
            with pq.ParquetFile(path) as file:
                wanted = list(columns) if columns else None
                for batch in file.iter_batches(rows, columns=wanted, use_threads=False):
                    yield pa.Table.from_batches([batch])

    def rows(self, columns: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
        """Walk the images as dictionaries."""
        for batch in self.batches("images", columns):
            yield from batch.to_pylist()

    def rows_at(
        self, places: Sequence[int], columns: Sequence[str]
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """The images at these places (from 0, ascending), each with its place. Reads no file and no
        row group that holds none of them."""
        wanted, before = np.asarray(places, np.int64), 0
        for path in self.files("images"):
            count = next(e["rows"] for e in self.info["files"] if e["name"] == path.name)
            here = _within(wanted, before, count)
            if len(here):
                self._require_whole(path)
                for place, row in _file_rows(path, here - before, columns):
                    yield before + place, row
            before += count

    def care_counts(self) -> Iterator[tuple[str, int]]:
        """Image id and number of care regions of every image."""
        for batch in self.batches(columns=["image_id", "regions.list.element.care"]):
            ids, regions_of = batch["image_id"].to_pylist(), batch["regions"].to_pylist()
            for name, regions in zip(ids, regions_of, strict=True):
                yield name, sum(region["care"] for region in regions)

    def verify(self) -> None:
        """Compare every file with its digest. Raises UserError naming the first that differs."""
        for path in (*self.files("images"), *self.files("quarantine")):
            self._require_whole(path)

    def _require_whole(self, path: Path) -> None:
        digest = next(e["sha256"] for e in self.info["files"] if e["name"] == path.name)
        if not path.is_file() or _digest(path, *_stamp(path)) != digest:
            raise UserError(
                f"{path} is missing or not what was published; run `python -m pipelines "
                f"normalize --raw RAW --data {self.folder.parents[2]} --only {self.dataset}` "
                "to make it again"
            )


def _file_rows(
    path: Path, places: np.ndarray, columns: Sequence[str]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows at these places of a file, each with its place."""
    before = 0
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            count = file.metadata.row_group(group).num_rows
            here = _within(places, before, count)
            if len(here):
                table = file.read_row_group(group, list(columns), use_threads=False)
                yield from zip(here.tolist(), table.take(here - before).to_pylist(), strict=True)
            before += count


def _within(places: np.ndarray, first: int, count: int) -> np.ndarray:
    """Those of ascending places that are among ``count`` from ``first`` on."""
    return places[slice(*np.searchsorted(places, (first, first + count)))]


def _stamp(path: Path) -> tuple[int, ...]:
    """What changes when a file is replaced or written to."""
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


@functools.lru_cache(maxsize=4096)
def _digest(path: Path, *stamp: int) -> str:
    """Computed once a process as long as the file stays the same."""
    return sha256_file(path)


def open_manifest(data: Path, dataset: str, split: str) -> Manifest:
    """The manifest of one dataset and split. Raises UserError where there is none to read."""
    folder = data / MANIFESTS / dataset / split
    path = folder / "manifest.json"
    if not path.is_file():
        raise UserError(
            f"no manifest of {dataset}/{split} below {data}; "
            f"run `python -m pipelines normalize --raw RAW --data {data} --only {dataset}`"
        )
    return _read(folder, path)


def read_manifest(folder: Path) -> Manifest:
    """The manifest in a folder of any name. Raises UserError where it cannot be read."""
    return _read(folder, folder / "manifest.json")


def root_told(folder: Path) -> str | None:
    """The raw root that a manifest's folder tells; None where it tells none."""
    try:
        return (folder / RAW_ROOT).read_text(encoding="utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError):
        return None


def find_manifests(data: Path) -> list[Manifest]:
    """All published manifests below DATA, by dataset and split."""
    paths = sorted((data / MANIFESTS).glob("[!.]*/[!.]*/manifest.json"))
    return [_read(path.parent, path) for path in paths]


def require_manifests(data: Path) -> list[Manifest]:
    """As ``find_manifests``. Raises UserError where there are none."""
    manifests = find_manifests(data)
    if not manifests:
        raise UserError(
            f"no manifest below {data}; run `python -m pipelines normalize --raw RAW "
            f"--data {data}` first"
        )
    return manifests


def _read(folder: Path, path: Path) -> Manifest:
    try:
        info = load_sealed(path)
        version = str(info["schema_version"])
        if version.partition(".")[0] == SCHEMA_VERSION.partition(".")[0]:
            _check(info)
            return Manifest(folder, info)
    except (*MALFORMED, OSError) as error:
        raise UserError(
            f"{path} cannot be read ({error!r}); remove its folder and run `normalize` again"
        ) from error
    raise UserError(
        f"{path} has schema {version}, this program reads {SCHEMA_VERSION}; normalize again"
    )


def file_name(name: Any) -> str:
    """The name of a file in an artifact's folder. Raises ValueError for what leads elsewhere."""
    if not isinstance(name, str) or not is_name(name):
        raise ValueError(f"{name!r} is no name of a file here")
    return name


def _check(info: dict[str, Any]) -> None:
    """Raise KeyError, TypeError or ValueError where a key that readers rely on is not there."""
    image_id(info["dataset"], info["split"], "stem")
    for key in ("fingerprint", "quarantine_digest"):
        if not isinstance(info[key], str):
            raise TypeError(f"{key} is no text")
    for entry in info["files"]:
        file_name(entry["name"]), str(entry["sha256"]), int(entry["rows"])
    for what in ("images", "regions"):
        ledger = info["ledger"][what]
        int(ledger["seen"]), int(ledger["quarantined"])
    int(info["ledger"]["images"]["kept"])
    int(info["ledger"]["regions"]["care"]), int(info["ledger"]["regions"]["dont_care"])
