"""Raw files to manifests: a Beam pipeline of three steps around plain functions.

index     one element a split    -> chunk files of entries
convert   one element a chunk    -> one part of the manifest
publish   one element a split    -> ``DATA/manifests/<dataset>/<split>``, whole or not at all
"""

import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apache_beam as beam

from manifests.errors import UserError
from manifests.identity import combine, sha256_file
from manifests.images import MAX_PIXELS
from manifests.lock import writing_lock
from manifests.publish import publishing, scratch_folder, write_json
from manifests.raw import split_uri
from manifests.reading import MANIFESTS, RAW_ROOT, Manifest, open_manifest
from manifests.vocabulary import REASON_MEANING, Reason
from manifests.writing import Part, assemble
from pipelines import runner
from pipelines.chunks import CHUNK_IMAGES, convert_chunk, write_chunks
from pipelines.counts import dataset_card, published_counts
from pipelines.datasets import find_datasets
from pipelines.facts import describe_facts, find_facts
from pipelines.jobs import Chunk, SplitJob
from pipelines.source import Dataset
from pipelines.tree import RawTree


@dataclass(frozen=True)
class Absent:
    """A split whose files are not below the raw root, and what to do about it."""

    name: str
    advice: str


def plan(raw: Path, only: Sequence[str] = ()) -> tuple[list[tuple[str, str]], list[Absent]]:
    """What of the raw root can be normalized, as (dataset, split), and what is absent.

    Raises UserError where ``raw`` is no folder, ``only`` names an unknown dataset or nothing at
    all is present.
    """
    datasets = find_datasets()
    unknown = sorted(set(only) - set(datasets))
    if unknown:
        known = ", ".join(sorted(datasets))
        raise UserError(f"no dataset {', '.join(unknown)}; known are {known}")
    if not raw.is_dir():
        raise UserError(
            f"the raw root {raw} is not a folder; give --raw the folder that holds them"
        )
    present: list[tuple[str, str]] = []
    absent: list[Absent] = []
    for name in sorted(set(only) or datasets):
        tree = RawTree(raw, name)
        for split in datasets[name].splits:
            advice = datasets[name].missing(tree, split)
            if advice is None:
                present.append((name, split))
            else:
                absent.append(Absent(f"{name}/{split}", advice))
    if not present:
        wanted = "\n".join(f"  {item.name}: {item.advice}" for item in absent)
        raise UserError(f"nothing to normalize below {raw}; what was looked for:\n{wanted}")
    return present, absent


def normalize(
    raw: Path, data: Path, only: Sequence[str] = (), beam_options: Sequence[str] = ()
) -> tuple[list[Manifest], list[Absent]]:
    """Normalize all that is present below ``raw`` into manifests below ``data``."""
    present, absent = plan(raw, only)
    _refuse_mixture(raw, data, present)
    with writing_lock(data), scratch_folder(data, "normalize") as scratch:
        jobs = [SplitJob(str(raw), name, split, str(scratch)) for name, split in present]
        runner.run(
            functools.partial(_fill, jobs=jobs, data=data),
            beam_options,
            scratch,
            data / "logs" / "normalize.log",
            functools.partial(_count_parts, jobs),
            "normalize",
        )
        _check_published(jobs)
    return [open_manifest(data, *job) for job in present], absent


def _refuse_mixture(raw: Path, data: Path, present: list[tuple[str, str]]) -> None:
    """Raise UserError where DATA is inside RAW, or would hold manifests of two raw roots."""
    if data == raw or raw in data.parents:
        raise UserError(f"{data} is inside the raw root {raw}, which is never written to")
    for path in sorted((data / MANIFESTS).glob(f"[!.]*/[!.]*/{RAW_ROOT}")):
        other = path.read_text(encoding="utf-8", errors="replace").rstrip("\n")
        if path.parts[-3:-1] not in present and other != str(raw):
            raise UserError(
                f"{data} holds {'/'.join(path.parts[-3:-1])} made from {other}, and a mix would "
                f"join it with what is below {raw}; use another --data, or remove {path.parent}"
            )


def _count_parts(jobs: list[SplitJob]) -> tuple[int, int]:
    """Parts written and chunks known so far."""
    folders = [job.folder for job in jobs]
    done = sum(1 for folder in folders for _ in folder.glob("part-*.quarantine.parquet"))
    return done, sum(1 for folder in folders for _ in folder.glob("chunk-*"))


def _fill(pipeline: beam.Pipeline, jobs: list[SplitJob], data: Path) -> None:
    chunks = (
        pipeline
        | "splits" >> beam.Create(jobs)
        | "spread splits" >> beam.Reshuffle()
        | "index" >> beam.FlatMap(index_split)
    )
    parts = (
        chunks
        | "spread chunks" >> beam.Reshuffle()
        | "convert" >> beam.Map(lambda chunk: (chunk.job.key, _convert(chunk)))
    )
    expected = chunks | "name chunks" >> beam.Map(lambda chunk: (chunk.job.key, chunk.index))
    _ = (
        {"parts": parts, "expected": expected}
        | "by split" >> beam.CoGroupByKey()
        | "publish" >> beam.Map(_publish_group, data=str(data))
    )


def index_split(job: SplitJob) -> Iterator[Chunk]:
    """List a split into chunk files."""
    dataset = find_datasets()[job.dataset]
    with runner.noting_errors(Path(job.scratch)):
        yield from write_chunks(job, dataset.index(RawTree(Path(job.raw), job.dataset), job.split))


def _convert(chunk: Chunk) -> Part:
    with runner.noting_errors(Path(chunk.job.scratch)):
        name = chunk.job.dataset
        return convert_chunk(chunk, find_datasets()[name], find_facts(name))


def _publish_group(keyed: tuple[str, dict[str, Iterable[Any]]], data: str) -> None:
    key, group = keyed
    job = SplitJob.from_key(key)
    with runner.noting_errors(Path(job.scratch)):
        publish_split(job, list(group["parts"]), list(group["expected"]), Path(data))


def publish_split(job: SplitJob, parts: list[Part], expected: list[int], data: Path) -> None:
    """Assemble and publish one split. Raises RuntimeError where the runner lost or doubled work."""
    indices = sorted(part.index for part in parts)
    if indices != sorted(expected) or indices != list(range(len(indices))):
        raise RuntimeError(f"{job.name}: {len(expected)} chunks went in, {len(indices)} came out")
    dataset = find_datasets()[job.dataset]
    final = data / MANIFESTS / job.dataset / job.split
    with publishing(final) as folder:
        assemble(job.folder, parts, folder, _about(job, dataset, parts))
        (folder / RAW_ROOT).write_text(job.raw + "\n", encoding="utf-8")
    write_json(job.folder / "published.json", {"parts": len(parts)})


def _about(job: SplitJob, dataset: Dataset, parts: list[Part]) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update(part.facts)
    images = sum(part.seen.images_seen for part in parts)
    return {
        "dataset": job.dataset,
        "title": dataset.title,
        "split": job.split,
        "card": dataset_card(job.dataset),
        "published": published_counts(job.dataset, job.split, images),
        "source_facts": describe_facts(find_facts(job.dataset), counts),
        "sources": _sources(Path(job.raw), parts),
        "parameters": {
            "parser_version": dataset.version,
            "chunk_images": CHUNK_IMAGES,
            "max_pixels": MAX_PIXELS,
        },
    }


def _sources(raw: Path, parts: list[Part]) -> list[dict[str, Any]]:
    """The digest of everything read: of an archive or file as a whole, of a folder its files."""
    members: dict[str, list[str]] = {}
    for part in sorted(parts, key=lambda part: part.index):
        for name, read in part.sources.items():
            members.setdefault(name, []).extend(read)
    return [_source(raw, name, read) for name, read in sorted(members.items())]


def _source(raw: Path, name: str, read: list[str]) -> dict[str, Any]:
    path = raw / split_uri(name)[0]
    if path.is_file():
        return {"uri": name, "bytes": path.stat().st_size, "sha256": sha256_file(path)}
    return {"uri": name, "files_read": len(read), "sha256": combine(read)}


def _check_published(jobs: list[SplitJob]) -> None:
    lost = [job.name for job in jobs if not (job.folder / "published.json").is_file()]
    if lost:
        raise RuntimeError(f"the runner reported success but never published {', '.join(lost)}")


def describe(manifests: list[Manifest]) -> str:
    """A table of the ledgers, a line a split, and why whole images were refused."""
    head = ("seen", "refused", "seen", "care", "ignored", "refused", "refused")
    lines = [
        f"{'':<20}{'images':>10}{'':>10}{'regions':>10}{'':>30}{'files':>10}",
        f"{'split':<20}" + "".join(f"{name:>10}" for name in head),
    ]
    why = []
    for manifest in manifests:
        ledger = manifest.info["ledger"]
        counts = [ledger["images"][key] for key in ("seen", "quarantined")]
        counts += [ledger["regions"][key] for key in ("seen", "care", "dont_care", "quarantined")]
        counts.append(ledger["files"]["quarantined"])
        lines.append(f"{manifest.name:<20}" + "".join(f"{count:>10,}" for count in counts))
        for reason, count in ledger["images"]["quarantined_by_reason"].items():
            meaning = REASON_MEANING[Reason(reason)]
            why.append(f"{manifest.name}: {count:,} images refused, {reason}: {meaning}")
    if why:
        why.append("each of them, with file and line: quarantine*.parquet beside the manifest")
    return "\n".join([*lines, *why])
