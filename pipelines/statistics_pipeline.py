"""Measuring pictures: a Beam pipeline of three steps.

list      one element a split    -> chunk files of pictures whose digest is new
measure   one element a chunk    -> one part of the rows
publish   one element a split    -> ``DATA/statistics/<dataset>/<split>``, whole or not at all
"""

import functools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam

from manifests.publish import write_json
from manifests.storage.mirror import at_home
from pipelines import runner
from pipelines.statistics_job import (
    PUBLISHED,
    PictureChunk,
    StatisticsJob,
    count_parts,
    measure_chunk,
    publish,
    write_chunks,
)


def run(jobs: list[StatisticsJob], data: Path, scratch: Path, beam_options: Sequence[str]) -> None:
    """Measure what is new of these splits, and publish their statistics."""
    runner.run(
        functools.partial(_fill, jobs=jobs),
        beam_options,
        scratch,
        data / "logs" / "statistics.log",
        functools.partial(count_parts, jobs),
        "statistics",
    )


def _fill(pipeline: beam.Pipeline, jobs: list[StatisticsJob]) -> None:
    chunks = (
        pipeline
        | "splits" >> beam.Create(jobs)
        | "spread splits" >> beam.Reshuffle()
        | "list" >> beam.FlatMap(_list)
    )
    measured = chunks | "spread chunks" >> beam.Reshuffle() | "measure" >> beam.Map(_measure)
    expected = chunks | "name chunks" >> beam.Map(lambda chunk: (chunk.job.key, chunk.index))
    _ = (
        {"measured": measured, "expected": expected}
        | "by split" >> beam.CoGroupByKey()
        | "publish" >> beam.MapTuple(_publish)
    )


def _list(job: StatisticsJob) -> Iterator[PictureChunk]:
    with runner.noting_errors(at_home(job.scratch)):
        yield from write_chunks(job)


def _measure(chunk: PictureChunk) -> tuple[str, int]:
    with runner.noting_errors(at_home(chunk.job.scratch)):
        measure_chunk(chunk)
    return chunk.job.key, chunk.index


def _publish(key: str, group: dict[str, Iterable[Any]]) -> None:
    job = StatisticsJob.from_key(key)
    with runner.noting_errors(at_home(job.scratch)):
        measured, expected = sorted(group["measured"]), sorted(group["expected"])
        if measured != expected:
            raise RuntimeError(f"{job.name}: chunks {expected} listed, {measured} measured")
        write_json(job.folder / PUBLISHED, publish(job, measured))
