"""What is remembered of a split: of which files, and how, its manifest was made.

``DATA/state/normalize/<dataset>/<split>`` holds ``state.json``, ``files.parquet`` (every file there
was, with its stamp) and ``images.parquet`` (for every row of the manifest what it was made from).
It is written after the manifest and names it by its digest, so it never tells of another one;
nothing is lost with it but time.
"""

import itertools
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from manifests.identity import sha256_file
from manifests.publish import publishing
from manifests.sealing import load_sealed, write_sealed

STATE = "state"
VERSION = 2
_INFO, _FILES, _IMAGES = "state.json", "files.parquet", "images.parquet"

_ROWS = 2_000
"""So many are in memory at a time."""

Files = Iterable[tuple[str, str]]
"""URI and stamp of every file, by URI."""

FILES = pa.schema([("uri", pa.string()), ("stamp", pa.string())])
"""``stamp``: empty where it cannot tell a change."""

IMAGES = pa.schema(
    [
        ("stem", pa.string()),
        ("key", pa.string()),
        ("refused_from", pa.int64()),
        ("refused", pa.int32()),
        ("regions_seen", pa.int32()),
        ("facts", pa.string()),
        ("read", pa.list_(pa.struct([("uri", pa.string()), ("sha256", pa.string())]))),
    ]
)
"""One row for each row of the manifest. ``key``: digest of the entry of the index; ``refused``: how
many rows of quarantine came of it, ``refused_from``: the first of them; ``facts``: JSON."""


@dataclass(frozen=True)
class State:
    """``state.json``. ``raw``: the raw root; ``rows_by``, ``told_by``: digests of all that decides
    the rows, and what else the manifest says, but for the files; ``advice``: of a split that is
    absent; ``manifest``: SHA-256 of its ``manifest.json``, empty for an absent one; ``unread``:
    pictures and annotations that the system could not read."""

    folder: Path
    raw: str
    rows_by: str
    told_by: str
    advice: str | None = None
    manifest: str = ""
    unread: int = 0

    def files(self) -> Iterator[tuple[str, str]]:
        """URI and stamp of every file, by URI."""
        with pq.ParquetFile(self.folder / _FILES) as file:  # pq.read_table would import pandas
            for batch in file.iter_batches(_ROWS, use_threads=False):
                yield from zip(batch["uri"].to_pylist(), batch["stamp"].to_pylist(), strict=True)


def remembered_images(folder: Path) -> Iterator[dict[str, Any]]:
    """The rows of ``IMAGES`` of a state's folder, in the order of the manifest."""
    with pq.ParquetFile(folder / _IMAGES) as file:
        for batch in file.iter_batches(_ROWS, use_threads=False):
            yield from batch.to_pylist()


def state_folder(data: Path, dataset: str, split: str) -> Path:
    """Where the state of a split stands."""
    return data / STATE / "normalize" / dataset / split


def read_state(data: Path, dataset: str, split: str) -> State | None:
    """What is remembered of a split; None where that is nothing whole of this version."""
    folder = state_folder(data, dataset, split)
    try:
        info = load_sealed(folder / _INFO, required=True)
        version, digests = info.pop("version"), info.pop("sha256")
        if version == VERSION and all(sha256_file(folder / n) == d for n, d in digests.items()):
            return State(folder, **info)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    return None


def publish_state(state: State, files: Files | Path, images: Path | None = None) -> None:
    """Remember a split. ``files``: of all files, or what ``write_files`` wrote of them; ``images``:
    a file of ``IMAGES``, for one that has a manifest."""
    with publishing(state.folder) as staging:
        if isinstance(files, Path):
            shutil.copyfile(files, staging / _FILES)
        else:
            write_files(files, staging / _FILES)
        if images is not None:
            shutil.copyfile(images, staging / _IMAGES)
        digests = {path.name: sha256_file(path) for path in sorted(staging.iterdir())}
        write_sealed(staging / _INFO, {"version": VERSION, **_told(state), "sha256": digests})


def hand_over(folder: Path, state: State, files: Files) -> None:
    """Leave what is to be remembered where the worker that publishes the split finds it."""
    write_files(files, folder / _FILES)
    about = {**_told(state), "folder": str(state.folder)}
    (folder / _INFO).write_text(json.dumps(about), encoding="utf-8")


def publish_handed_over(folder: Path, images: Path, manifest: Path, unread: int) -> None:
    """Remember a split as it was handed over, if it was, now that its manifest stands there."""
    if not (folder / _INFO).is_file():
        return
    info = json.loads((folder / _INFO).read_text(encoding="utf-8"))
    given = {"folder": Path(info["folder"]), "manifest": sha256_file(manifest), "unread": unread}
    publish_state(State(**{**info, **given}), folder / _FILES, images)


def write_files(files: Files, path: Path) -> None:
    """Write a table of ``FILES``."""
    rows = iter(files)
    with pq.ParquetWriter(path, FILES, compression="zstd") as writer:
        while group := list(itertools.islice(rows, _ROWS)):
            uris, stamps = zip(*group, strict=True)
            writer.write_table(pa.table({"uri": uris, "stamp": stamps}, FILES))


def _told(state: State) -> dict[str, Any]:
    return {key: value for key, value in asdict(state).items() if key != "folder"}
