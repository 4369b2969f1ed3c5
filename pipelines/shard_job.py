"""One shard: its rows, their sizes, its file. What a worker does with a ``ShardJob``."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from manifests import images
from manifests.identity import sha256_file
from manifests.pictures import read_picture
from manifests.publish import write_json
from manifests.reading import MANIFESTS, open_manifest
from manifests.shardset import INDEX
from manifests.storage.address import Root, parse_root
from manifests.storage.mirror import at_home, bring_file, bring_lately
from manifests.storage.sending import send
from pipelines.arrow_memory import use_system_memory
from pipelines.shard_plan import COLUMNS, pack_row_regions, read_plan


@dataclass(frozen=True)
class ShardJob:
    """One shard to write. ``raw``: the raw root, or None for the one each manifest remembers. All
    places as any machine can call them. ``of``: how many shards the mix has; ``key``:
    digest of what it is to hold; ``last``: a folder of shards in which it stands already, by that
    set's index, empty for none; ``last_pages``: the sizes that set was written for."""

    data: str
    raw: str | None
    scratch: str
    folder: str
    mix: str
    number: int
    of: int
    key: str
    last: str = ""
    last_pages: tuple[int, int] = (0, 0)

    @property
    def name(self) -> str:
        """File name, which is part of the file: it is never renamed."""
        return f"{self.mix}.mindrecord{self.number}"

    @property
    def plan(self) -> Path:
        """The file with its rows."""
        return at_home(self.scratch) / f"{self.name}.plan"

    @property
    def measured(self) -> Path:
        """The file with what ``measure`` found."""
        return at_home(self.scratch) / f"{self.name}.measured"

    @property
    def done(self) -> Path:
        """The file that describes it once it is whole."""
        return at_home(self.scratch) / f"{self.name}.done"


def measure(job: ShardJob) -> tuple[int, int]:
    """Bytes of the shard and of its largest row; both upper bounds."""
    entry = last_entry(job)
    sizes = [] if entry else [_size(*source) for source in _sources(job)]
    at_most = entry["at_most"] if entry else [sum(sizes), max(sizes, default=0)]
    write_json(job.measured, at_most)
    return at_most[0], at_most[1]


def write_one(job: ShardJob, total: int, largest: int) -> tuple[Path, int]:
    """Write one shard, read it back and describe it; its path and the number of its rows. One that
    stands in the last set, with pages as the new one has them, is taken from there.

    ``total``, ``largest``: bounds over all shards of the mix, in bytes.
    """
    from pipelines.mindrecord import INDEX_SUFFIX, Pages, write_shard

    path = at_home(job.folder) / job.name
    path.parent.mkdir(parents=True, exist_ok=True)
    index = path.with_name(path.name + INDEX_SUFFIX)
    for left in (path, index):  # of an attempt that died
        left.unlink(missing_ok=True)
    pages = Pages.holding(total, largest)
    last = last_entry(job)
    if last and pages == Pages.holding(*job.last_pages) and _take(job, last):
        send(path)
        send(index)
        write_json(job.done, last)
        return path, int(last["rows"])
    bring_file(job.measured)
    rows = write_shard(path, (_row(*source) for source in _sources(job)), pages)
    entry = {
        "name": path.name,
        "rows": rows,
        "bytes": path.stat().st_size,
        "sha256": sha256_file(path),
        "index": index.name,
        "index_sha256": sha256_file(index),
        "key": job.key,
        "at_most": json.loads(job.measured.read_text(encoding="ascii")),
    }
    send(path)
    send(index)
    write_json(job.done, entry)
    return path, rows


def last_entry(job: ShardJob) -> dict[str, Any] | None:
    """What the index of the last set says of this shard; None where it held something else."""
    if not job.last or not (at_home(job.last) / INDEX).is_file():
        return None
    index = json.loads((at_home(job.last) / INDEX).read_text(encoding="utf-8"))
    for entry in index["files"]:
        if entry["name"] == job.name and entry["key"] == job.key:
            return dict(entry)
    return None


def _take(job: ShardJob, entry: dict[str, Any]) -> bool:
    """Link the files of the last set into the new one; whether they were whole."""
    wanted = {entry["name"]: entry["sha256"], entry["index"]: entry["index_sha256"]}
    paths = {at_home(job.last) / name: digest for name, digest in wanted.items()}
    if any(not path.is_file() or sha256_file(path) != paths[path] for path in paths):
        return False
    for path in paths:
        try:
            (at_home(job.folder) / path.name).hardlink_to(path)
        except OSError:  # a filesystem without links
            shutil.copy2(path, at_home(job.folder) / path.name)
    return True


Source = tuple[dict[str, Any], Root]
"""A manifest row, the raw root of its picture."""


def _sources(job: ShardJob) -> list[Source]:
    """The manifest rows of one shard, in its order. Annotations only: pictures come one by one."""
    use_system_memory()
    plan = read_plan(job.plan)
    place = {key: position for position, key in enumerate(plan)}
    sources: dict[int, Source] = {}
    data = at_home(job.data)
    for name in sorted({name for name, _ in plan}):
        bring_lately(data.joinpath(MANIFESTS, *name.split("/")))
        manifest = open_manifest(data, *name.split("/"))
        root = parse_root(job.raw) if job.raw else manifest.raw_root
        numbers = sorted(number for of, number in plan if of == name)
        for number, row in manifest.rows_at(numbers, COLUMNS):
            sources[place[name, number]] = (row, root)
    return [sources[position] for position in range(len(plan))]


def _size(row: dict[str, Any], root: Root) -> int:
    """An upper bound of the bytes of a shard's row; a PNG exceeds its pixels by a fraction only."""
    points = sum(len(region["polygon"]) for region in row["regions"])
    data = read_picture(row, root)
    pixels = int(row["width"]) * int(row["height"])
    image = len(data) if images.is_plain(data) else 3 * pixels + pixels // 16
    return image + 8 * points + 8192


def _row(row: dict[str, Any], root: Root) -> dict[str, Any]:
    """A row of ``manifests.shardset.FIELDS``."""
    return {
        "image_id": row["image_id"],
        "image": _picture(row, root),
        "width": row["width"],
        "height": row["height"],
        "exhaustive": int(row["exhaustive"]),
        "regions": pack_row_regions(row),
    }


def _picture(row: dict[str, Any], root: Root) -> bytes:
    """The picture's own bytes where every decoder agrees on them, else its pixels as PNG."""
    data = read_picture(row, root)
    if images.is_plain(data):
        return data
    return images.encode_png(np.ascontiguousarray(images.decode(data).pixels))
