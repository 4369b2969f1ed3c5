"""Raw files to manifests: what is stale is indexed, converted and published, by workers or here.

Beam is imported for more than a few files.
"""

import contextlib
import functools
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from manifests.identity import Combined
from manifests.images import MAX_PIXELS
from manifests.pages.words import plural
from manifests.publish import publishing, scratch_folder, write_json
from manifests.raw import digest_file, split_uri
from manifests.reading import MANIFESTS, RAW_ROOT, Manifest, root_told
from manifests.storage.address import Root, parse_root
from manifests.storage.mirror import address_of, bring, bring_file, is_there
from manifests.writing import Part, assemble
from pipelines.arrow_memory import use_system_memory
from pipelines.chunks import convert_chunk, write_chunks
from pipelines.counts import dataset_card, published_counts
from pipelines.datasets import find_datasets
from pipelines.facts import GENERAL, Fact, describe_facts, find_facts
from pipelines.incremental.look import Look
from pipelines.incremental.remember import join_notes
from pipelines.incremental.reuse import Reuse, read_plan, take_over
from pipelines.incremental.state import publish_handed_over
from pipelines.jobs import Chunk, NormalizeJob, SplitJob, listed_chunks
from pipelines.ledger_table import describe
from pipelines.plan import Absent
from pipelines.progress import progress
from pipelines.renew import renew, renew_source
from pipelines.source import Dataset
from pipelines.sources.definition import Source
from pipelines.sources.own import OwnDataset
from pipelines.steady import note_stamps, require_steady
from pipelines.tree import RawTree

__all__ = ["describe", "make", "normalize", "normalize_source"]
_PUBLISHED = "published.json"


def normalize(
    raw: Root,
    data: Path,
    only: Sequence[str] = (),
    beam_options: Sequence[str] = (),
    full: bool = False,
) -> tuple[list[Manifest], list[Absent]]:
    """Normalize all that is present below ``raw`` into manifests below ``data``, as far as these
    are not there already. ``full``: trust nothing that is there."""
    done = renew(raw, data, only, beam_options, full)
    return done.manifests, done.absent


def normalize_source(
    raw: Path, data: Path, source: Source, beam_options: Sequence[str] = (), full: bool = False
) -> Manifest:
    """Normalize one split of a dataset of one's own; see ``renew_source``."""
    (manifest,) = renew_source(raw, data, source, beam_options, full).manifests
    return manifest


def make(
    raw: Root, data: Path, looks: Sequence[tuple[Look, str]], beam_options: Sequence[str] = ()
) -> list[str]:
    """Make and publish the manifests of these splits, each with the key of its source, if any;
    what was done, in words. Hold ``manifests.lock.writing_lock`` around it."""
    with scratch_folder(data, "normalize") as scratch:
        jobs = []
        for found, source in looks:
            place = str(raw), found.dataset, found.split, address_of(scratch)
            jobs.append(NormalizeJob(*place, source))
            jobs[-1].folder.mkdir(parents=True)
            found.hand_over(jobs[-1].folder)
        if not beam_options and sum(found.files_to_read for found, _ in looks) <= _FEW:
            _make_here(jobs, data)
        else:
            from pipelines.normalize_pipeline import run  # which imports Beam

            run(jobs, data, scratch, beam_options)
        _check_published(jobs)
        for job in jobs:
            bring(data / MANIFESTS / job.dataset / job.split)
        return [_told_of(job) for job in jobs]


_FEW = 2_000
"""So few files are not worth starting workers for, each of which imports Beam."""


def _make_here(jobs: Sequence[NormalizeJob], data: Path) -> None:
    with progress("normalize", functools.partial(count_parts, jobs), sys.stderr):
        for job in jobs:
            chunks = list(index_split(job))
            parts = [convert_one(chunk) for chunk in chunks]
            publish_split(job, parts, [chunk.index for chunk in chunks], data)


def count_parts(jobs: Sequence[NormalizeJob]) -> tuple[int, int]:
    """Parts written and chunks known so far."""
    folders = [job.folder for job in jobs]
    done = sum(1 for folder in folders for _ in folder.glob("part-*.quarantine.arrow"))
    return done, sum(1 for folder in folders for _ in folder.glob("chunk-*"))


def _told_of(job: SplitJob) -> str:
    done = json.loads((job.folder / _PUBLISHED).read_text(encoding="utf-8"))
    taken = f", {done['taken']:,} taken over" if done["taken"] else ""
    same = "; the manifest is as it was" if done["same"] else ""
    return f"{plural(done['converted'], 'image')} read{taken}{same}"


def index_split(job: NormalizeJob) -> Iterator[Chunk]:
    """List a split into chunk files."""
    tree = RawTree(parse_root(job.raw), job.dataset)
    note_stamps(job.folder, tree.files)
    items, before = _dataset(job).index(tree, job.split), read_plan(job.folder)
    yield from write_chunks(job, take_over(items, before) if before else items)


def _dataset(job: SplitJob) -> Dataset:
    if isinstance(job, NormalizeJob) and job.source:
        return OwnDataset(Source.from_key(job.source))
    return find_datasets()[job.dataset]


def _facts(dataset: Dataset) -> tuple[Fact, ...]:
    return GENERAL if isinstance(dataset, OwnDataset) else find_facts(dataset.id)


def convert_one(chunk: Chunk) -> Part:
    """Convert a chunk into one part of the manifest."""
    dataset = _dataset(chunk.job)
    return convert_chunk(chunk, dataset, _facts(dataset))


def publish_split(job: SplitJob, parts: list[Part], expected: list[int], data: Path) -> None:
    """Assemble and publish one split. Raises RuntimeError where the runner lost or doubled work."""
    use_system_memory()
    indices = sorted(part.index for part in parts)
    if not indices == sorted(expected) == list(range(listed_chunks(job))):
        raise RuntimeError(f"{job.name}: {len(expected)} chunks went in, {len(indices)} came out")
    dataset, before = _dataset(job), read_plan(job.folder)
    final, same = data / MANIFESTS / job.dataset / job.split, True
    for part in parts:
        bring_file(job.folder / part.images)
        bring_file(job.folder / part.quarantine)
    joined = join_notes(job.folder, parts)
    with contextlib.suppress(_AsItWasError), publishing(final) as folder:
        assemble(job.folder, parts, folder, _about(job, dataset, parts, joined.sources))
        require_steady(job.folder, parse_root(job.raw), joined.sources)
        if before and before.is_same(folder) and root_told(final) == job.raw:
            raise _AsItWasError
        (folder / RAW_ROOT).write_text(job.raw + "\n", encoding="utf-8")
        same = False
    counts, base = joined.counts, Path(before.base) if before and same else final
    publish_handed_over(job.folder, joined.path, base / "manifest.json", counts.unread)
    done = {"converted": counts.converted, "taken": counts.taken, "same": same}
    write_json(job.folder / _PUBLISHED, {"parts": len(parts), **done})


class _AsItWasError(Exception):
    """The manifest that was made is the one that is there."""


def _about(
    job: SplitJob, dataset: Dataset, parts: list[Part], sources: Mapping[str, Combined]
) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update(part.facts)
    return {
        "dataset": job.dataset,
        "title": dataset.title,
        "split": job.split,
        **_told(job, dataset, sum(part.seen.images_seen for part in parts)),
        "source_facts": describe_facts(_facts(dataset), counts),
        "sources": _sources(parse_root(job.raw), sources, read_plan(job.folder)),
        "parameters": {
            "parser_version": dataset.version,
            "max_pixels": MAX_PIXELS,
        },
    }


def _told(job: SplitJob, dataset: Dataset, images: int) -> dict[str, Any]:
    """What people say of a dataset: its card and its published counts, or how it is read."""
    if isinstance(dataset, OwnDataset):
        source = dataset.source
        return {"card": source.told_card(), "published": None, "own": source.to_json()}
    return {
        "card": dataset_card(job.dataset),
        "published": published_counts(job.dataset, job.split, images),
    }


def _sources(
    raw: Root, sources: Mapping[str, Combined], before: Reuse | None
) -> list[dict[str, Any]]:
    """The digest of everything read: of an archive or file as a whole, of a folder its files."""
    known = before.untouched_sources() if before else {}
    return [known.get(name) or _source(raw, name, read) for name, read in sorted(sources.items())]


def _source(raw: Root, name: str, read: Combined) -> dict[str, Any]:
    path = raw / split_uri(name)[0]
    if path.is_file():
        size, digest = digest_file(path)
        return {"uri": name, "bytes": size, "sha256": digest}
    return {"uri": name, "files_read": read.count, "sha256": read.hexdigest()}


def _check_published(jobs: Sequence[SplitJob]) -> None:
    lost = [job.name for job in jobs if not is_there(job.folder / _PUBLISHED)]
    if lost:
        raise RuntimeError(f"the runner reported success but never published {', '.join(lost)}")
