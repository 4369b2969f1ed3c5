"""Normalizing: a Beam pipeline of three steps.

index     one element a split    -> chunk files of entries
convert   one element a chunk    -> one part of the manifest
publish   one element a split    -> ``DATA/manifests/<dataset>/<split>``, whole or not at all
"""

import functools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam

from manifests.storage.address import parse_root
from manifests.storage.mirror import address_of, at_home
from manifests.writing import Part
from pipelines import runner
from pipelines.jobs import Chunk, NormalizeJob
from pipelines.normalize import convert_one, count_parts, index_split, publish_split
from pipelines.sources.definition import Source


def run(
    jobs: Sequence[NormalizeJob], data: Path, scratch: Path, beam_options: Sequence[str]
) -> None:
    """Normalize and publish these splits."""
    runner.run(
        functools.partial(_fill, jobs=jobs, data=data),
        beam_options,
        scratch,
        data / "logs" / "normalize.log",
        functools.partial(count_parts, jobs),
        "normalize",
        [path for job in jobs for path in _read_paths(job)],
    )


def _read_paths(job: NormalizeJob) -> list[Path]:
    """The files and folders of this machine that a split is read from, of those that are there."""
    raw, below = parse_root(job.raw), [job.dataset]
    if not isinstance(raw, Path):
        return []
    if job.source:
        source = Source.from_key(job.source)
        below = [source.images, source.annotations]
    return [path for path in (raw / name for name in below) if path.exists()]


def _fill(pipeline: beam.Pipeline, jobs: Sequence[NormalizeJob], data: Path) -> None:
    chunks = (
        pipeline
        | "splits" >> beam.Create(jobs)
        | "spread splits" >> beam.Reshuffle()
        | "index" >> beam.FlatMap(_index)
    )
    parts = (
        chunks
        | "spread chunks" >> beam.Reshuffle()
        | "convert" >> beam.Map(lambda chunk: (chunk.job.key, (chunk.job.key, _convert(chunk))))
    )
    expected = chunks | "name chunks" >> beam.Map(
        lambda chunk: (chunk.job.key, (chunk.job.key, chunk.index))
    )
    _ = (
        {"parts": parts, "expected": expected}
        | "by split" >> beam.CoGroupByKey()
        | "publish" >> beam.Map(_publish, data=address_of(data))
    )


def _index(job: NormalizeJob) -> Iterator[Chunk]:
    with runner.noting_errors(at_home(job.scratch)):
        yield from index_split(job)


def _convert(chunk: Chunk) -> Part:
    with runner.noting_errors(at_home(chunk.job.scratch)):
        return convert_one(chunk)


def _publish(keyed: tuple[str, dict[str, Iterable[Any]]], data: str) -> None:
    key, group = keyed
    job = NormalizeJob.from_key(key)
    with runner.noting_errors(at_home(job.scratch)):
        parts, expected = (runner.own_values(key, group[name]) for name in ("parts", "expected"))
        publish_split(job, parts, expected, at_home(data))
