"""Writing shards: a Beam pipeline with one element a shard."""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import apache_beam as beam

from manifests.storage.mirror import address_of, at_home
from pipelines import runner
from pipelines.shard_job import ShardJob
from pipelines.shard_steps import Sizes, count_done, largest, open_set, sizes_of, write_sized


def run(jobs: list[ShardJob], data: Path, scratch: Path, beam_options: Sequence[str]) -> None:
    """Write these shards, of one mix or several, in one pipeline."""
    runner.run(
        functools.partial(_fill, jobs=jobs),
        beam_options,
        scratch,
        data / "logs" / "shard.log",
        functools.partial(count_done, jobs),
        "shard",
    )


def _fill(pipeline: beam.Pipeline, jobs: list[ShardJob]) -> None:
    """Measure every shard, write all of a mix with pages of one size, then open them as a set."""
    spread = (
        pipeline
        | "shards" >> beam.Create([asdict(job) for job in jobs])
        | "spread shards" >> beam.Reshuffle()
    )
    sizes = spread | "measure" >> beam.Map(_measure) | "of a mix" >> beam.CombinePerKey(largest)
    _ = (
        spread
        | "write" >> beam.Map(_write_job, beam.pvalue.AsDict(sizes))
        | "by mix" >> beam.GroupByKey()
        | "open as a set" >> beam.MapTuple(_open_set)
    )


def _job(value: dict[str, Any]) -> ShardJob:
    return ShardJob(**{**value, "last_pages": tuple(value["last_pages"])})


def _measure(job: dict[str, Any]) -> tuple[str, Sizes]:
    with runner.noting_errors(at_home(job["scratch"])):
        return job["mix"], sizes_of(_job(job))


def _write_job(
    job: dict[str, Any], sizes: dict[str, Sizes]
) -> tuple[str, tuple[str, tuple[str, int]]]:
    with runner.noting_errors(at_home(job["scratch"])):
        path, rows = write_sized(_job(job), sizes[job["mix"]])
    return job["mix"], (job["scratch"], (address_of(path), rows))


def _open_set(mix: str, files: Iterable[tuple[str, tuple[str, int]]]) -> None:
    given = sorted(files)
    scratch = at_home(given[0][0])
    with runner.noting_errors(scratch):
        open_set(scratch, mix, [(at_home(name), rows) for _, (name, rows) in given])
