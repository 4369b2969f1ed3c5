"""Writing shards: a Beam pipeline with one element a shard."""

import contextlib
import functools
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import apache_beam as beam

from manifests.identity import combine
from manifests.mixes import Mix
from manifests.publish import publishing, scratch_folder, write_json
from manifests.sealing import write_sealed
from manifests.shardset import INDEX, SHARDS_VERSION, shard_folder
from manifests.storage.address import Root
from manifests.storage.mirror import address_of, at_home, bring_file, is_there
from manifests.storage.sending import send
from pipelines import runner
from pipelines.handshake import check_protobuf
from pipelines.shard import Build
from pipelines.shard_job import ShardJob, measure, write_one
from pipelines.shard_plan import Plan, write_plan

_OPENED = ".opened"


def write(
    data: Path, builds: Sequence[Build], raw: Root | None, beam_options: Sequence[str]
) -> None:
    """Write all mixes in one pipeline; publish each when all are whole."""
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
        every = [job for of_mix in jobs.values() for job in of_mix]
        runner.run(
            functools.partial(_fill, jobs=every),
            beam_options,
            scratch,
            data / "logs" / "shard.log",
            lambda: (sum(job.done.is_file() for job in every), len(every)),
            "shard",
        )
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
    opened = at_home(jobs[0].scratch) / f"{build.mix.name}{_OPENED}"
    said = json.loads(opened.read_text(encoding="utf-8")) if is_there(opened) else None
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


def _fill(pipeline: beam.Pipeline, jobs: list[ShardJob]) -> None:
    """Measure every shard, write all of a mix with pages of one size, then open them as a set."""
    spread = (
        pipeline
        | "shards" >> beam.Create([asdict(job) for job in jobs])
        | "spread shards" >> beam.Reshuffle()
    )
    sizes = spread | "measure" >> beam.Map(_measure) | "of a mix" >> beam.CombinePerKey(_largest)
    _ = (
        spread
        | "write" >> beam.Map(_write_job, beam.pvalue.AsDict(sizes))
        | "by mix" >> beam.GroupByKey()
        | "open as a set" >> beam.MapTuple(_check_set)
    )


Sizes = tuple[int, int, int]
"""Bytes of a shard and of its largest row, both upper bounds; how many shards it is true of."""


def _measure(job: dict[str, Any]) -> tuple[str, Sizes]:
    with runner.noting_errors(at_home(job["scratch"])):
        return job["mix"], (*measure(_job(job)), 1)


def _job(value: dict[str, Any]) -> ShardJob:
    return ShardJob(**{**value, "last_pages": tuple(value["last_pages"])})


def _largest(sizes: Iterable[Sizes]) -> Sizes:
    totals, rows, shards = zip(*(tuple(size) for size in sizes), strict=True)
    return max(totals), max(rows), sum(shards)


def _write_job(
    job: dict[str, Any], sizes: dict[str, Sizes]
) -> tuple[str, tuple[str, tuple[str, int]]]:
    with runner.noting_errors(at_home(job["scratch"])):
        check_protobuf()
        total, largest, shards = sizes[job["mix"]]
        if shards != job["of"]:
            raise RuntimeError(f"{job['mix']}: {job['of']} shards, {shards} measured")
        path, rows = write_one(_job(job), total, largest)
    return job["mix"], (job["scratch"], (address_of(path), rows))


def _check_set(mix: str, files: Iterable[tuple[str, tuple[str, int]]]) -> None:
    """Open the shards of a mix together, and leave word that it was done."""
    from pipelines.mindrecord import INDEX_SUFFIX, check_set

    given = sorted(files)
    scratch, written = at_home(given[0][0]), [file for _, file in given]
    with runner.noting_errors(scratch):
        paths = [at_home(name) for name, _ in written]
        for path in paths:
            bring_file(path)
            bring_file(path.with_name(path.name + INDEX_SUFFIX))
        rows = sum(rows for _, rows in written)
        check_set(paths, rows)
        opened = scratch / f"{mix}{_OPENED}"
        write_json(opened, {"files": sorted(path.name for path in paths), "rows": rows})
        send(opened)
