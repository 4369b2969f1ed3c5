"""Writing the shards of mixes: planned, written by workers or here, published whole."""

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from manifests.identity import combine
from manifests.mixes import Mix
from manifests.publish import publishing, scratch_folder
from manifests.sealing import write_sealed
from manifests.shardset import INDEX, SHARDS_VERSION, shard_folder
from manifests.storage.address import Root
from manifests.storage.mirror import address_of, at_home, is_there
from pipelines.handshake import may_load_mindspore
from pipelines.shard import Build
from pipelines.shard_job import ShardJob
from pipelines.shard_plan import Plan, write_plan
from pipelines.shard_steps import opened, write_here

_FEW = 3_000_000_000
_PICTURE = 400_000
"""So few pixels, and as many more for each picture as it takes besides, are not worth starting
workers for, each of which loads Beam and MindSpore: 10 s of work."""


def write(
    data: Path, builds: Sequence[Build], raw: Root | None, beam_options: Sequence[str]
) -> None:
    """Write all mixes; publish each when all are whole."""
    with contextlib.ExitStack() as stack:
        scratch = stack.enter_context(scratch_folder(data, "shard"))
        places = address_of(data), str(raw) if raw else None, address_of(scratch)
        jobs: dict[str, list[ShardJob]] = {}
        for build in builds:
            name = build.mix.name
            folder = stack.enter_context(publishing(shard_folder(data, name)))
            place = address_of(folder), name
            numbers = build.numbers
            jobs[name] = [
                ShardJob(
                    *places, *place, number, len(numbers), build.plan.keys[number], *build.last
                )
                for number in numbers
            ]
            for job in jobs[name]:
                write_plan(job.plan, build.plan.shards[job.number])
        few = sum(build.plan.pixels + _PICTURE * build.images for build in builds) <= _FEW
        if few and not beam_options and may_load_mindspore():
            write_here(jobs)
        else:
            from pipelines.shard_pipeline import run  # which imports Beam

            run([job for of_mix in jobs.values() for job in of_mix], data, scratch, beam_options)
        for build in builds:
            files = [_read_done(job) for job in jobs[build.mix.name]]
            _check_opened(jobs[build.mix.name], build, files)
            index = _index(build.mix, build.plan, build.key, files)
            write_sealed(at_home(jobs[build.mix.name][0].folder) / INDEX, index)


def _read_done(job: ShardJob) -> dict[str, Any]:
    if not is_there(job.done):
        raise RuntimeError(f"the runner reported success but never wrote {job.name}")
    return dict(json.loads(job.done.read_text(encoding="utf-8")))


def _check_opened(jobs: list[ShardJob], build: Build, files: list[dict[str, Any]]) -> None:
    """Raise RuntimeError where the runner left out or mixed up what was to be done of a mix."""
    said = opened(at_home(jobs[0].scratch), build.mix.name)
    if said != {"files": sorted(job.name for job in jobs), "rows": build.images}:
        raise RuntimeError(f"{build.mix.name}: the runner opened {said} of {len(jobs)} shards")
    planned = [(job.name, len(build.plan.shards[job.number])) for job in jobs]
    if [(entry["name"], entry["rows"]) for entry in files] != planned:
        raise RuntimeError(f"{build.mix.name}: the shards do not hold the rows that were planned")


def _index(mix: Mix, plan: Plan, key: str, files: list[dict[str, Any]]) -> dict[str, Any]:
    rows = sum(entry["rows"] for entry in files)
    taken = sum(entry["taken"] for entry in plan.inputs)
    if rows != taken:
        raise RuntimeError(f"{mix.name}: {taken} images planned, {rows} in the shards")
    return {
        "shards_version": SHARDS_VERSION,
        "mix": mix.to_json(),
        "allow_pairs": [pair.to_json() for pair in mix.allow_pairs],
        "key": key,
        "inputs": plan.inputs,
        "absent": plan.absent,
        "images": rows,
        "files": files,
        "digest": combine(d for entry in files for d in (entry["sha256"], entry["index_sha256"])),
    }
