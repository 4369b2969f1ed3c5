"""Statistics of the pictures of every manifest, brought up to date: new pictures are measured.

Whether there is something to do is found without Beam, which is imported for more than a few
pictures.
"""

import functools
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from manifests.errors import UserError
from manifests.lock import writing_lock
from manifests.pages.words import plural
from manifests.publish import scratch_folder, write_json
from manifests.reading import Manifest, require_manifests
from manifests.statistics import open_statistics, statistics_folder
from manifests.storage.address import Root
from manifests.storage.mirror import address_of, bring, is_there
from pipelines.progress import progress
from pipelines.statistics_job import (
    PUBLISHED,
    StatisticsJob,
    count_parts,
    last_statistics,
    measure_chunk,
    new_pictures,
    publish,
    work_of,
    write_chunks,
)

_FEW = 1_000_000_000
"""So much work (``work_of``) is not worth starting workers for: as long as they take to start."""


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
        few = sum(map(work_of, jobs)) <= _FEW
        if few and not beam_options:
            _run_here(jobs)
        else:
            from pipelines.statistics_pipeline import run  # which imports Beam

            run(jobs, data, scratch, beam_options)
        _check_published(jobs)
        for job in jobs:
            bring(statistics_folder(data, job.dataset, job.split))
            said[job.name] = _told(job, why[job.name])
    return [f"{name}: {words}" for name, words in said.items()]


def explain(data: Path) -> list[str]:
    """What ``statistics`` would do for each manifest, and why; nothing is written."""
    return [f"{manifest.name}: {_planned(data, manifest)}" for manifest in require_manifests(data)]


def _planned(data: Path, manifest: Manifest) -> str:
    if _is_current(data, manifest):
        return "nothing to do, the manifest is the one whose pictures were measured"
    job = StatisticsJob("", manifest.dataset, manifest.split, "", str(data))
    why = "the manifest changed" if last_statistics(job) else "there were none"
    return f"would measure {plural(new_pictures(job), 'picture')}, because {why}"


def _run_here(jobs: Sequence[StatisticsJob]) -> None:
    with progress("statistics", functools.partial(count_parts, jobs), sys.stderr):
        for job in jobs:
            chunks = write_chunks(job)
            for chunk in chunks:
                measure_chunk(chunk)
            write_json(job.folder / PUBLISHED, publish(job, [chunk.index for chunk in chunks]))


def _check_published(jobs: Sequence[StatisticsJob]) -> None:
    lost = [job.name for job in jobs if not is_there(job.folder / PUBLISHED)]
    if lost:
        raise RuntimeError(f"the runner reported success but never published {', '.join(lost)}")


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


def _told(job: StatisticsJob, why: str) -> str:
    counts = json.loads((job.folder / PUBLISHED).read_text(encoding="utf-8"))
    taken = counts["images"] - counts["measured"]
    over = f", {taken:,} taken over" if taken else ""
    reason = "the manifest changed" if why == "changed" else why
    pictures = plural(counts["images"], "picture")
    return f"{pictures}, {counts['measured']:,} measured{over}, because {reason}"
