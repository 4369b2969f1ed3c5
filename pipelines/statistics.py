"""Statistics of the pictures of every manifest: a Beam pipeline of three steps.

list      one element a split    -> chunk files of pictures whose digest is new
measure   one element a chunk    -> one part of the rows
publish   one element a split    -> ``DATA/statistics/<dataset>/<split>``, whole or not at all
"""

import functools
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam

from manifests.errors import UserError
from manifests.lock import writing_lock
from manifests.pages.words import plural
from manifests.publish import scratch_folder, write_json
from manifests.reading import Manifest, require_manifests
from manifests.statistics import open_statistics, statistics_folder
from manifests.storage.address import Root
from manifests.storage.mirror import address_of, at_home, bring, is_there
from pipelines import runner
from pipelines.statistics_job import (
    PictureChunk,
    StatisticsJob,
    last_statistics,
    measure_chunk,
    publish,
    write_chunks,
)

_PUBLISHED = "published.json"


def statistics(data: Path, raw: Root | None = None, beam_options: Sequence[str] = ()) -> list[str]:
    """Bring the statistics of every manifest up to date; a line for each says what was done.

    ``raw``: the raw root; None: the one that each manifest remembers. Raises UserError for a
    picture that cannot be read any more or is not the one that was normalized.
    """
    manifests = require_manifests(data)
    with writing_lock(data), scratch_folder(data, "statistics") as scratch:
        stale = [manifest for manifest in manifests if not _is_current(data, manifest)]
        if not stale:
            return [f"statistics of all {len(manifests)} manifests are up to date"]
        said = {manifest.name: "statistics are up to date" for manifest in manifests}
        jobs = [_job(data, raw, manifest, scratch) for manifest in stale]
        why = {job.name: "changed" if last_statistics(job) else "there were none" for job in jobs}
        _run(jobs, data, scratch, beam_options)
        for job in jobs:
            bring(statistics_folder(data, job.dataset, job.split))
            said[job.name] = _told(job, why[job.name])
    return [f"{name}: {words}" for name, words in said.items()]


def _is_current(data: Path, manifest: Manifest) -> bool:
    try:
        open_statistics(data, manifest)
    except UserError:
        return False
    return True


def _job(data: Path, raw: Root | None, manifest: Manifest, scratch: Path) -> StatisticsJob:
    manifest.verify()
    root = raw or manifest.raw_root
    names = manifest.dataset, manifest.split
    return StatisticsJob(str(root), *names, address_of(scratch), address_of(data))


def _run(jobs: list[StatisticsJob], data: Path, scratch: Path, beam_options: Sequence[str]) -> None:
    runner.run(
        functools.partial(_fill, jobs=jobs),
        beam_options,
        scratch,
        data / "logs" / "statistics.log",
        functools.partial(_count_parts, jobs),
        "statistics",
    )
    lost = [job.name for job in jobs if not is_there(job.folder / _PUBLISHED)]
    if lost:
        raise RuntimeError(f"the runner reported success but never published {', '.join(lost)}")


def _told(job: StatisticsJob, why: str) -> str:
    counts = json.loads((job.folder / _PUBLISHED).read_text(encoding="utf-8"))
    taken = counts["images"] - counts["measured"]
    over = f", {taken:,} taken over" if taken else ""
    reason = "the manifest changed" if why == "changed" else why
    pictures = plural(counts["images"], "picture")
    return f"{pictures}, {counts['measured']:,} measured{over}, because {reason}"


def _count_parts(jobs: list[StatisticsJob]) -> tuple[int, int]:
    """Parts written and chunks known so far."""
    done = sum(1 for job in jobs for _ in job.folder.glob("part-*.parquet"))
    return done, sum(1 for job in jobs for _ in job.folder.glob("chunk-*"))


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
        write_json(job.folder / _PUBLISHED, publish(job, measured))
