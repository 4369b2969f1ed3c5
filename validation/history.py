"""What is remembered of manifests when they are replaced: enough to say what changed.

Normalize leaves nothing of an old manifest. So every check keeps, in
``DATA/history/<dataset>/<split>/``, the columns that ``manifests.differences`` compares, as
Parquet, and the histograms of ``manifests.distributions``, in ``history.json``: of the manifest as
it is, and of the last one that was another. A change is so told by every check until the next
change.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from manifests.differences import COLUMNS
from manifests.distributions import EDGES, Counts
from manifests.errors import UserError
from manifests.publish import publishing, write_json
from manifests.reading import Manifest

HISTORY = "history"
INDEX = "history.json"
VERSION = "1"
KEPT = 2


@dataclass(frozen=True)
class Snapshot:
    """A manifest as it once was. ``images``: the compared columns, with Parquet's own checksums."""

    fingerprint: str
    images: Path
    histograms: dict[str, Counts]

    def holds(self, manifest: Manifest, histograms: Mapping[str, Counts]) -> bool:
        """Whether it is of this manifest, and has all these histograms."""
        here = self.fingerprint == manifest.fingerprint
        return here and set(histograms) <= set(self.histograms)


def history_folder(data: Path, manifest: Manifest) -> Path:
    """Where the history of a manifest stands."""
    return data / HISTORY / manifest.dataset / manifest.split


def read_history(data: Path, manifest: Manifest) -> list[Snapshot]:
    """What is remembered, oldest first; nothing where there is no history.

    Histograms of bins that this version does not use are left out. Raises UserError.
    """
    folder = history_folder(data, manifest)
    if not (folder / INDEX).is_file():
        return []
    try:
        info = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        if info["version"] != VERSION:
            raise ValueError(f"version {info['version']}")
        return [_snapshot(folder, entry) for entry in info["snapshots"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{folder} cannot be read ({error!r}); remove it: what changed is told from then on"
        ) from error


def last_other(data: Path, manifest: Manifest) -> Snapshot | None:
    """The newest snapshot of another state of the manifest."""
    others = [s for s in read_history(data, manifest) if s.fingerprint != manifest.fingerprint]
    return others[-1] if others else None


def remember(data: Path, manifest: Manifest, histograms: Mapping[str, Counts]) -> None:
    """Add a manifest as it is to its history, unless all of it is there already."""
    known = read_history(data, manifest)
    newest = known[-1] if known else None
    if newest and newest.holds(manifest, histograms):
        return
    kept = [s for s in known if s.fingerprint != manifest.fingerprint][-(KEPT - 1) :]
    with publishing(history_folder(data, manifest)) as folder:
        for snapshot in kept:
            shutil.copyfile(snapshot.images, folder / snapshot.images.name)
        now = Snapshot(
            manifest.fingerprint,
            _write_images(manifest, folder / f"{manifest.fingerprint[:16]}.parquet"),
            dict(histograms),
        )
        entries = [_entry(snapshot) for snapshot in (*kept, now)]
        write_json(folder / INDEX, {"version": VERSION, "snapshots": entries})


def _write_images(manifest: Manifest, path: Path) -> Path:
    kinds = _compared(manifest.files("images")[0])
    with pq.ParquetWriter(path, kinds, compression="zstd", write_page_checksum=True) as writer:
        for batch in manifest.batches("images", COLUMNS):
            writer.write_table(batch)
    return path


def _compared(path: Path) -> pa.Schema:
    """The schema of the compared columns; a manifest without images has no batch to show it."""
    with pq.ParquetFile(path) as file:
        first = next(file.iter_batches(1, columns=list(COLUMNS)), None)
        return first.schema if first is not None else file.read(columns=list(COLUMNS)).schema


def _entry(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "fingerprint": snapshot.fingerprint,
        "images": snapshot.images.name,
        "histograms": {
            name: {"edges": list(EDGES[name]), "counts": counts.astype(int).tolist()}
            for name, counts in snapshot.histograms.items()
        },
    }


def _snapshot(folder: Path, entry: dict[str, Any]) -> Snapshot:
    path = folder / str(entry["images"])
    if path.parent != folder or not path.is_file():
        raise ValueError(f"{path.name} is not there")
    histograms = {
        name: np.asarray(found["counts"], dtype=np.float64)
        for name, found in entry["histograms"].items()
        if tuple(found["edges"]) == tuple(map(float, EDGES.get(name, ())))
        and len(found["counts"]) == len(EDGES[name]) + 1
    }
    return Snapshot(str(entry["fingerprint"]), path, histograms)
