"""The steps that write the shards of a mix, on any machine, and all of them one after the other."""

import functools
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from manifests.publish import write_json
from manifests.storage.mirror import at_home, bring_file, is_there
from manifests.storage.sending import send
from pipelines.handshake import check_protobuf
from pipelines.progress import progress
from pipelines.shard_job import ShardJob, measure, write_one

Sizes = tuple[int, int, int]
"""Bytes of a shard and of its largest row, both upper bounds; how many shards it is true of."""

Written = tuple[Path, int]
"""A shard, and the number of its rows."""


def sizes_of(job: ShardJob) -> Sizes:
    """The sizes of one shard."""
    return (*measure(job), 1)


def largest(sizes: Iterable[Sizes]) -> Sizes:
    """The sizes of all shards of a mix together."""
    totals, rows, shards = zip(*(tuple(size) for size in sizes), strict=True)
    return max(totals), max(rows), sum(shards)


def write_sized(job: ShardJob, sizes: Sizes) -> Written:
    """Write one shard with pages for these sizes, which must be of all shards of its mix."""
    check_protobuf()
    total, row, shards = sizes
    if shards != job.of:
        raise RuntimeError(f"{job.mix}: {job.of} shards, {shards} measured")
    return write_one(job, total, row)


def open_set(scratch: Path, mix: str, written: Sequence[Written]) -> None:
    """Open the shards of a mix together, and leave word that it was done."""
    from pipelines.mindrecord import INDEX_SUFFIX, check_set

    paths = [path for path, _ in written]
    for path in paths:
        bring_file(path)
        bring_file(path.with_name(path.name + INDEX_SUFFIX))
    rows = sum(count for _, count in written)
    check_set(paths, rows)
    write_json(_word(scratch, mix), {"files": sorted(path.name for path in paths), "rows": rows})
    send(_word(scratch, mix))


def opened(scratch: Path, mix: str) -> dict[str, Any] | None:
    """What ``open_set`` left word of; None where it left none."""
    path = _word(scratch, mix)
    return dict(json.loads(path.read_text(encoding="utf-8"))) if is_there(path) else None


def count_done(jobs: Sequence[ShardJob]) -> tuple[int, int]:
    """Shards that are written, and all."""
    return sum(job.done.is_file() for job in jobs), len(jobs)


def write_here(jobs: Mapping[str, Sequence[ShardJob]]) -> None:
    """Write the shards of all mixes in this process."""
    every = [job for of_mix in jobs.values() for job in of_mix]
    with progress("shard", functools.partial(count_done, every), sys.stderr):
        for mix, of_mix in jobs.items():
            sizes = largest(map(sizes_of, of_mix))
            written = [write_sized(job, sizes) for job in of_mix]
            open_set(at_home(of_mix[0].scratch), mix, sorted(written))


def _word(scratch: Path, mix: str) -> Path:
    return scratch / f"{mix}.opened"
