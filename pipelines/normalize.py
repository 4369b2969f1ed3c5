"""Raw files to manifests: a Beam pipeline of three steps around plain functions.

index     one element a split    -> chunk files of entries
convert   one element a chunk    -> one part of the manifest
publish   one element a split    -> ``DATA/manifests/<dataset>/<split>``, whole or not at all
"""

import functools
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam

from manifests.errors import UserError
from manifests.identity import combine
from manifests.images import MAX_PIXELS
from manifests.lock import writing_lock
from manifests.pages.words import plural
from manifests.publish import publishing, scratch_folder, write_json
from manifests.raw import digest_file, split_uri
from manifests.reading import MANIFESTS, RAW_ROOT, Manifest, open_manifest, read_manifest
from manifests.storage.address import Remote, Root, parse_root
from manifests.storage.mirror import address_of, at_home, bring, bring_file, is_there, place_of
from manifests.vocabulary import REASON_MEANING, Reason
from manifests.writing import Part, assemble
from pipelines import runner
from pipelines.chunks import CHUNK_IMAGES, convert_chunk, write_chunks
from pipelines.counts import dataset_card, published_counts
from pipelines.datasets import find_datasets
from pipelines.facts import GENERAL, Fact, describe_facts, find_facts
from pipelines.jobs import Chunk, NormalizeJob, SplitJob, listed_chunks
from pipelines.plan import Absent, plan, refuse_mixture
from pipelines.source import Dataset
from pipelines.sources.definition import Source, check
from pipelines.sources.own import OwnDataset
from pipelines.steady import note_stamps, require_steady
from pipelines.tree import RawTree


def normalize(
    raw: Root, data: Path, only: Sequence[str] = (), beam_options: Sequence[str] = ()
) -> tuple[list[Manifest], list[Absent]]:
    """Normalize all that is present below ``raw`` into manifests below ``data``."""
    found = plan(raw, only)
    if _is_inside(place_of(data), raw):
        raise UserError(f"{data} is inside the raw root {raw}, which is never written to")
    refuse_mixture(raw, data, found.present)
    keys = dict.fromkeys(found.splits, "") | {(it.name, it.split): it.key for it in found.own}
    return _run(raw, data, keys, beam_options), found.absent


def _is_inside(place: Root, root: Root) -> bool:
    if isinstance(place, Path) and isinstance(root, Path):
        return place.is_relative_to(root)
    return isinstance(place, Remote) and place.is_relative_to(root)


def normalize_source(
    raw: Path, data: Path, source: Source, beam_options: Sequence[str] = ()
) -> Manifest:
    """Normalize one split of a dataset of one's own, whose paths are below ``raw``.

    Raises UserError for a definition that cannot be used, where DATA is inside the pictures, and
    where the split was made from other paths.
    """
    check(source, find_datasets())
    for below in (source.images, source.annotations):
        if data.is_relative_to(raw / below):
            raise UserError(f"{data} is inside {raw / below}, which is never written to")
    _refuse_replacing(raw, data, source)
    (manifest,) = _run(raw, data, {(source.name, source.split): source.key}, beam_options)
    return manifest


def _refuse_replacing(raw: Path, data: Path, source: Source) -> None:
    """A second call that forgot its --split would take the first one's place."""
    folder = data / MANIFESTS / source.name / source.split
    if not (folder / "manifest.json").is_file():
        return
    before = read_manifest(folder)
    own = before.info.get("own") or {}
    paths = [before.raw_root / str(own.get(key)) for key in ("images", "annotations")]
    if paths != [raw / source.images, raw / source.annotations]:
        raise UserError(
            f"{source.name}/{source.split} was made from {paths[0]} and {paths[1]}; give another "
            f"--split or --name, or remove {folder} to replace it"
        )


def _run(
    raw: Root, data: Path, keys: dict[tuple[str, str], str], beam_options: Sequence[str]
) -> list[Manifest]:
    """Make and publish the manifests of these splits; to each the key of its source, if any."""
    with writing_lock(data), scratch_folder(data, "normalize") as scratch:
        jobs = [
            NormalizeJob(str(raw), *split, address_of(scratch), source)
            for split, source in keys.items()
        ]
        runner.run(
            functools.partial(_fill, jobs=jobs, data=data),
            beam_options,
            scratch,
            data / "logs" / "normalize.log",
            functools.partial(_count_parts, jobs),
            "normalize",
            [path for job in jobs for path in _read_paths(job)],
        )
        _check_published(jobs)
    for split in keys:
        bring(data.joinpath(MANIFESTS, *split))
    return [open_manifest(data, *split) for split in keys]


def _read_paths(job: NormalizeJob) -> list[Path]:
    """The files and folders of this machine that a split is read from, of those that are there."""
    raw, below = parse_root(job.raw), [job.dataset]
    if not isinstance(raw, Path):
        return []
    if job.source:
        source = Source.from_key(job.source)
        below = [source.images, source.annotations]
    return [path for path in (raw / name for name in below) if path.exists()]


def _count_parts(jobs: Sequence[SplitJob]) -> tuple[int, int]:
    """Parts written and chunks known so far."""
    folders = [job.folder for job in jobs]
    done = sum(1 for folder in folders for _ in folder.glob("part-*.quarantine.arrow"))
    return done, sum(1 for folder in folders for _ in folder.glob("chunk-*"))


def _fill(pipeline: beam.Pipeline, jobs: Sequence[SplitJob], data: Path) -> None:
    chunks = (
        pipeline
        | "splits" >> beam.Create(jobs)
        | "spread splits" >> beam.Reshuffle()
        | "index" >> beam.FlatMap(index_split)
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
        | "publish" >> beam.Map(_publish_group, data=address_of(data))
    )


def index_split(job: NormalizeJob) -> Iterator[Chunk]:
    """List a split into chunk files."""
    with runner.noting_errors(at_home(job.scratch)):
        tree = RawTree(parse_root(job.raw), job.dataset)
        note_stamps(job.folder, tree.files)
        yield from write_chunks(job, _dataset(job).index(tree, job.split))


def _dataset(job: SplitJob) -> Dataset:
    if isinstance(job, NormalizeJob) and job.source:
        return OwnDataset(Source.from_key(job.source))
    return find_datasets()[job.dataset]


def _facts(dataset: Dataset) -> tuple[Fact, ...]:
    return GENERAL if isinstance(dataset, OwnDataset) else find_facts(dataset.id)


def _convert(chunk: Chunk) -> Part:
    with runner.noting_errors(at_home(chunk.job.scratch)):
        dataset = _dataset(chunk.job)
        return convert_chunk(chunk, dataset, _facts(dataset))


def _publish_group(keyed: tuple[str, dict[str, Iterable[Any]]], data: str) -> None:
    key, group = keyed
    job = NormalizeJob.from_key(key)
    with runner.noting_errors(at_home(job.scratch)):
        parts, expected = (runner.own_values(key, group[name]) for name in ("parts", "expected"))
        publish_split(job, parts, expected, at_home(data))


def publish_split(job: SplitJob, parts: list[Part], expected: list[int], data: Path) -> None:
    """Assemble and publish one split. Raises RuntimeError where the runner lost or doubled work."""
    indices = sorted(part.index for part in parts)
    if not indices == sorted(expected) == list(range(listed_chunks(job))):
        raise RuntimeError(f"{job.name}: {len(expected)} chunks went in, {len(indices)} came out")
    dataset = _dataset(job)
    final = data / MANIFESTS / job.dataset / job.split
    for part in parts:
        bring_file(job.folder / part.images)
        bring_file(job.folder / part.quarantine)
    with publishing(final) as folder:
        assemble(job.folder, parts, folder, _about(job, dataset, parts))
        (folder / RAW_ROOT).write_text(job.raw + "\n", encoding="utf-8")
        require_steady(job.folder, parse_root(job.raw), (n for part in parts for n in part.sources))
    write_json(job.folder / "published.json", {"parts": len(parts)})


def _about(job: SplitJob, dataset: Dataset, parts: list[Part]) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update(part.facts)
    return {
        "dataset": job.dataset,
        "title": dataset.title,
        "split": job.split,
        **_told(job, dataset, sum(part.seen.images_seen for part in parts)),
        "source_facts": describe_facts(_facts(dataset), counts),
        "sources": _sources(parse_root(job.raw), parts),
        "parameters": {
            "parser_version": dataset.version,
            "chunk_images": CHUNK_IMAGES,
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


def _sources(raw: Root, parts: list[Part]) -> list[dict[str, Any]]:
    """The digest of everything read: of an archive or file as a whole, of a folder its files."""
    members: dict[str, list[str]] = {}
    for part in sorted(parts, key=lambda part: part.index):
        for name, read in part.sources.items():
            members.setdefault(name, []).extend(read)
    return [_source(raw, name, read) for name, read in sorted(members.items())]


def _source(raw: Root, name: str, read: list[str]) -> dict[str, Any]:
    path = raw / split_uri(name)[0]
    if path.is_file():
        size, digest = digest_file(path)
        return {"uri": name, "bytes": size, "sha256": digest}
    return {"uri": name, "files_read": len(read), "sha256": combine(read)}


def _check_published(jobs: Sequence[SplitJob]) -> None:
    lost = [job.name for job in jobs if not is_there(job.folder / "published.json")]
    if lost:
        raise RuntimeError(f"the runner reported success but never published {', '.join(lost)}")


def describe(manifests: list[Manifest]) -> str:
    """A table of the ledgers, a line a split, why something was refused, and how all of it is
    listed."""
    head = ("seen", "refused", "seen", "care", "ignored", "refused", "refused")
    wide = max(20, *(len(manifest.name) + 1 for manifest in manifests))
    lines = [
        f"{'':<{wide}}{'images':>10}{'':>10}{'regions':>10}{'':>30}{'files':>10}",
        f"{'split':<{wide}}" + "".join(f"{name:>10}" for name in head),
    ]
    why: list[str] = []
    for manifest in manifests:
        ledger = manifest.info["ledger"]
        counts = [ledger["images"][key] for key in ("seen", "quarantined")]
        counts += [ledger["regions"][key] for key in ("seen", "care", "dont_care", "quarantined")]
        counts.append(ledger["files"]["quarantined"])
        lines.append(f"{manifest.name:<{wide}}" + "".join(f"{count:>10,}" for count in counts))
        why.extend(f"{manifest.name}: {line}" for line in _why_refused(ledger))
    return "\n".join([*lines, *why, *_where_refused(manifests)])


def _why_refused(ledger: dict[str, Any]) -> Iterator[str]:
    """A line for each kind and reason; regions that went with their image are told by it."""
    for kind in ("image", "region", "file"):
        for reason, count in ledger[f"{kind}s"]["quarantined_by_reason"].items():
            if (kind, reason) != ("region", Reason.IMAGE_REFUSED):
                yield f"{plural(count, kind)} refused, {reason}: {REASON_MEANING[Reason(reason)]}"


def _where_refused(manifests: Sequence[Manifest]) -> Iterator[str]:
    """How to see what stands in quarantine, where there is something."""
    refused = [
        manifest
        for manifest in manifests
        if any(kind["quarantined"] for kind in manifest.info["ledger"].values())
    ]
    if not refused:
        return
    query = "SELECT dataset, split, kind, reason, source_uri, source_line, detail FROM quarantine"
    folder = str(_short(refused[0].folder))
    if len(refused) == 1:
        query += f" WHERE dataset = '{refused[0].dataset}' AND split = '{refused[0].split}'"
    else:
        folder += f", and so on for {len(refused) - 1} more"
    query += f" ORDER BY reason = '{Reason.IMAGE_REFUSED}'"  # what has a reason of its own first
    data = shlex.quote(str(_short(refused[0].folder.parents[2])))
    yield f'all that was refused: python -m manifests query --data {data} "{query}"'
    yield f"  (quarantine*.parquet in {folder})"


def _short(path: Path) -> Path:
    """A path as it is typed from here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
