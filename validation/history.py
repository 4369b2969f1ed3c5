"""What is remembered of manifests when they are replaced: enough to say what changed.

Normalize leaves nothing of an old manifest. So every check keeps, in
``DATA/history/<dataset>/<split>/``, the columns that ``manifests.differences`` compares, as
Parquet, and the histograms of ``manifests.distributions``, in ``history.json``: of the manifest as
it is, and of the last one that was another. A change is so told by every check until the next
change.
"""

import contextlib
import fcntl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from manifests.differences import COLUMNS
from manifests.distributions import EDGES, Counts
from manifests.errors import UserError
from manifests.identity import sha256_file
from manifests.reading import Manifest
from manifests.sealing import load_sealed, write_sealed

HISTORY = "history"
INDEX = "history.json"
VERSION = "1"
KEPT = 2


@dataclass(frozen=True)
class Snapshot:
    """A manifest as it once was. ``images``: the compared columns; ``sha256``: of that file."""

    fingerprint: str
    images: Path
    sha256: str
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
    if not (folder / INDEX).exists():
        return []
    try:
        info = load_sealed(folder / INDEX)
        if info["version"] != VERSION:
            raise ValueError(f"version {info['version']}")
        return [_snapshot(folder, entry) for entry in info["snapshots"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{folder} cannot be read ({error}); remove that folder: the next check remembers the "
            "manifest anew, and what changes from then on is told"
        ) from error


def last_other(data: Path, manifest: Manifest) -> Snapshot | None:
    """The newest snapshot of another state of the manifest. Raises UserError."""
    others = [s for s in read_history(data, manifest) if s.fingerprint != manifest.fingerprint]
    return others[-1] if others else None


def remembered_other(data: Path, manifest: Manifest) -> Snapshot | None:
    """``last_other``; nothing where what is there cannot be read."""
    try:
        return last_other(data, manifest)
    except UserError:
        return None


def keep_history(
    data: Path, manifests: Sequence[Manifest], histograms: Mapping[str, Mapping[str, Counts]]
) -> list[str]:
    """Remember all manifests as they are, for the next check; returns, in words, why some could
    not be. ``histograms``: by ``<dataset>/<split>``. A history that cannot be read is left."""
    problems = []
    for manifest in manifests:
        with contextlib.suppress(UserError):
            try:
                remember(data, manifest, histograms[manifest.name])
            except OSError as error:
                problems.append(
                    f"{manifest.name} was not remembered ({error}): what changes next in it cannot "
                    f"be told; make {data / HISTORY} a folder that can be written"
                )
    return problems


def remember(data: Path, manifest: Manifest, histograms: Mapping[str, Counts]) -> None:
    """Add a manifest as it is to its history, unless all of it is there already.

    The index is replaced last, so a killed run leaves the history as it was. Raises UserError where
    what is there cannot be read, which is left as it is; OSError where it cannot be written.
    """
    known = read_history(data, manifest)
    if known and known[-1].holds(manifest, histograms):
        return
    kept = [s for s in known if s.fingerprint != manifest.fingerprint][-(KEPT - 1) :]
    folder = history_folder(data, manifest)
    folder.mkdir(parents=True, exist_ok=True)
    with _lock(data):
        path = _write_images(manifest, folder / f"{manifest.fingerprint[:16]}.parquet")
        now = Snapshot(manifest.fingerprint, path, sha256_file(path), dict(histograms))
        entries = [_entry(snapshot) for snapshot in (*kept, now)]
        write_sealed(folder / INDEX, {"version": VERSION, "snapshots": entries})
        wanted = {INDEX, *(entry["images"] for entry in entries)}
        for left in folder.iterdir():
            if left.name not in wanted:
                left.unlink(missing_ok=True)


@contextlib.contextmanager
def _lock(data: Path) -> Iterator[None]:
    """One writer at a time; another waits, which is not for long."""
    with (data / HISTORY / ".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _write_images(manifest: Manifest, path: Path) -> Path:
    scratch = path.with_name(f".{path.name}")
    kinds = _compared(manifest.files("images")[0])
    with pq.ParquetWriter(scratch, kinds, compression="zstd") as writer:
        for batch in manifest.batches("images", COLUMNS):
            writer.write_table(batch)
    return scratch.replace(path)


def _compared(path: Path) -> pa.Schema:
    """The schema of the compared columns; a manifest without images has no batch to show it."""
    with pq.ParquetFile(path) as file:
        first = next(file.iter_batches(1, columns=list(COLUMNS)), None)
        return first.schema if first is not None else file.read(columns=list(COLUMNS)).schema


def _entry(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "fingerprint": snapshot.fingerprint,
        "images": snapshot.images.name,
        "sha256": snapshot.sha256,
        "histograms": {
            name: {"edges": list(EDGES[name]), "counts": counts.astype(int).tolist()}
            for name, counts in snapshot.histograms.items()
        },
    }


def _snapshot(folder: Path, entry: dict[str, Any]) -> Snapshot:
    path = folder / str(entry["images"])
    if path.parent != folder or not path.is_file():
        raise ValueError(f"{path.name} is not there")
    if sha256_file(path) != entry["sha256"]:
        raise ValueError(f"{path.name} is not what was written")
    histograms = {
        name: np.asarray(found["counts"], dtype=np.float64)
        for name, found in entry["histograms"].items()
        if tuple(found["edges"]) == tuple(map(float, EDGES.get(name, ())))
        and len(found["counts"]) == len(EDGES[name]) + 1
    }
    return Snapshot(str(entry["fingerprint"]), path, str(entry["sha256"]), histograms)
