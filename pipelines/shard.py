"""Manifests to MindRecord shards: a Beam pipeline with one element a shard."""

import contextlib
import functools
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np

from manifests import images
from manifests.errors import UserError
from manifests.identity import combine, sha256_file
from manifests.lock import writing_lock
from manifests.mixes import Mix, known_mixes, load_mix
from manifests.packing import pack_regions
from manifests.pictures import read_picture
from manifests.publish import publishing, scratch_folder, write_json
from manifests.reading import find_manifests, open_manifest
from manifests.shardset import INDEX, SHARDS_VERSION, open_shards, recipe_key, shard_folder
from pipelines import runner
from pipelines.shard_plan import (
    Plan,
    found_members,
    plan_shards,
    read_plan,
    recipe_inputs,
    write_plan,
)

_COLUMNS = [
    "image_id",
    "image_uri",
    "image_sha256",
    "width",
    "height",
    "exhaustive",
    "regions.list.element.polygon",
    "regions.list.element.care",
]


@dataclass(frozen=True)
class ShardJob:
    """One shard to write. ``raw``: the raw root, or None for the one each manifest remembers."""

    data: str
    raw: str | None
    scratch: str
    folder: str
    mix: str
    number: int

    @property
    def name(self) -> str:
        """File name, which is part of the file: it is never renamed."""
        return f"{self.mix}.mindrecord{self.number}"

    @property
    def plan(self) -> Path:
        """The file with its rows."""
        return Path(self.scratch) / f"{self.name}.plan"

    @property
    def done(self) -> Path:
        """The file that describes it once it is whole."""
        return Path(self.scratch) / f"{self.name}.done"


@dataclass(frozen=True)
class Build:
    """A mix whose shards must be built, and why."""

    mix: Mix
    plan: Plan
    key: str
    why: str

    @property
    def images(self) -> int:
        """Images in all shards together."""
        return sum(len(rows) for rows in self.plan.shards)


def shard(
    data: Path,
    mixes: Sequence[str] = (),
    raw: Path | None = None,
    force: bool = False,
    beam_options: Sequence[str] = (),
) -> list[str]:
    """Bring the shards of mixes up to date; a line for each says what was done and why.

    Without ``mixes``: of every mix of the project that has a manifest at all. A mix that is asked
    for by name and has none is a UserError.
    """
    said: list[str] = []
    builds: list[Build] = []
    loaded = [load_mix(name) for name in mixes or known_mixes()]
    names = [mix.name for mix in loaded]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UserError(
            f"two mixes have the name {twice[0]}; their shards would be the same folder"
        )
    if not mixes and not find_manifests(data):
        raise UserError(f"no manifests below {data}; run `python -m pipelines normalize` first")
    with writing_lock(data):
        for mix in loaded:
            found, absent = found_members(data, mix)
            if not found:
                if mixes:
                    raise UserError(_nothing_found(data, mix, absent))
                said.append(f"{mix.name}: skipped, no manifest of {', '.join(absent)}")
                continue
            key = recipe_key(mix, recipe_inputs(found))
            why = "it was asked for" if force else _why_rebuild(data, mix, key)
            note = f" (without {', '.join(absent)}: no manifest)" if absent else ""
            if why is None:
                said.append(f"{mix.name}: shards are up to date{note}")
                continue
            for _, manifest in found:
                manifest.verify()
            build = Build(mix, plan_shards(mix, found, absent), key, why)
            builds.append(build)
            count = f"{build.images} images in {mix.shards} shards"
            said.append(f"{mix.name}: {count}, because {why}{note}")
        if builds:
            _write(data, builds, raw, beam_options)
    return said


def _nothing_found(data: Path, mix: Mix, absent: list[str]) -> str:
    return (
        f"the mix {mix.name} has no manifest below {data}: none of {', '.join(absent)} is "
        "there; run `python -m pipelines normalize` on a raw root that holds one of them"
    )


def _why_rebuild(data: Path, mix: Mix, key: str) -> str | None:
    """Why the shards must be built, or None where they need not."""
    if not (shard_folder(data, mix.name) / INDEX).is_file():
        return "there were none"
    try:
        shards = open_shards(data, mix.name)
        if shards.key != key:
            return "the mix or one of its manifests changed"
        shards.verify()
    except UserError:
        return "those there are damaged or of another version"
    return None


def _write(data: Path, builds: list[Build], raw: Path | None, beam_options: Sequence[str]) -> None:
    """Write all mixes in one pipeline; publish each when all are whole."""
    with contextlib.ExitStack() as stack:
        scratch = stack.enter_context(scratch_folder(data, "shard"))
        root = str(raw) if raw else None
        jobs: dict[str, list[ShardJob]] = {}
        for build in builds:
            name = build.mix.name
            folder = stack.enter_context(publishing(shard_folder(data, name)))
            jobs[name] = [
                ShardJob(str(data), root, str(scratch), str(folder), name, number)
                for number in range(build.mix.shards)
            ]
            for job, rows in zip(jobs[name], build.plan.shards, strict=True):
                write_plan(job.plan, rows)
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
            index = _index(build.mix, build.plan, build.key, files)
            write_json(Path(jobs[build.mix.name][0].folder) / INDEX, index)


def _read_done(job: ShardJob) -> dict[str, Any]:
    if not job.done.is_file():
        raise RuntimeError(f"the runner reported success but never wrote {job.name}")
    return dict(json.loads(job.done.read_text(encoding="utf-8")))


def _index(mix: Mix, plan: Plan, key: str, files: list[dict[str, Any]]) -> dict[str, Any]:
    rows = sum(entry["rows"] for entry in files)
    taken = sum(entry["taken"] for entry in plan.inputs)
    if rows != taken:
        raise RuntimeError(f"{mix.name}: {taken} images planned, {rows} in the shards")
    return {
        "shards_version": SHARDS_VERSION,
        "mix": mix.to_json(),
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


def _measure(job: dict[str, Any]) -> tuple[str, tuple[int, int]]:
    """(mix, (bytes of the shard, bytes of its largest row)), both upper bounds."""
    with runner.noting_errors(Path(job["scratch"])):
        sizes = [_size(*source) for source in _sources(ShardJob(**job))]
    return job["mix"], (sum(sizes), max(sizes, default=0))


def _largest(sizes: Iterable[tuple[int, int]]) -> tuple[int, int]:
    totals, rows = zip(*(tuple(size) for size in sizes), strict=True)
    return max(totals), max(rows)


def _write_job(
    job: dict[str, Any], sizes: dict[str, tuple[int, int]]
) -> tuple[str, tuple[str, int]]:
    with runner.noting_errors(Path(job["scratch"])):
        path, rows = write_one(ShardJob(**job), *sizes[job["mix"]])
    return job["mix"], (str(path), rows)


def _check_set(mix: str, files: Iterable[tuple[str, int]]) -> None:
    from pipelines.mindrecord import check_set

    written = sorted(files)
    check_set([Path(name) for name, _ in written], sum(rows for _, rows in written))


def write_one(job: ShardJob, total: int, largest: int) -> tuple[Path, int]:
    """Write one shard, read it back and describe it; its path and the number of its rows.

    ``total``, ``largest``: bounds over all shards of the mix, in bytes.
    """
    from pipelines.mindrecord import INDEX_SUFFIX, Pages, write_shard

    path = Path(job.folder) / job.name
    index = path.with_name(path.name + INDEX_SUFFIX)
    for left in (path, index):  # of an attempt that died
        left.unlink(missing_ok=True)
    pages = Pages.holding(total, largest)
    rows = write_shard(path, (_row(*source) for source in _sources(job)), pages)
    entry = {
        "name": path.name,
        "rows": rows,
        "bytes": path.stat().st_size,
        "sha256": sha256_file(path),
        "index": index.name,
        "index_sha256": sha256_file(index),
    }
    write_json(job.done, entry)
    return path, rows


Source = tuple[dict[str, Any], Path, str]
"""A manifest row, the raw root of its picture, its manifest's fingerprint."""


def _sources(job: ShardJob) -> list[Source]:
    """The manifest rows of one shard, in its order. Annotations only: pictures come one by one."""
    plan = read_plan(job.plan)
    place = {key: position for position, key in enumerate(plan)}
    sources: dict[int, Source] = {}
    for name in sorted({name for name, _ in plan}):
        manifest = open_manifest(Path(job.data), *name.split("/"))
        root = Path(job.raw) if job.raw else manifest.raw_root
        for number, row in enumerate(manifest.rows(_COLUMNS)):
            position = place.get((name, number))
            if position is not None:
                sources[position] = (row, root, manifest.fingerprint)
    return [sources[position] for position in range(len(plan))]


def _size(row: dict[str, Any], root: Path, fingerprint: str) -> int:
    """An upper bound of the bytes of a shard's row; a PNG exceeds its pixels by a fraction only."""
    points = sum(len(region["polygon"]) for region in row["regions"])
    data = read_picture(row, root)
    pixels = int(row["width"]) * int(row["height"])
    image = len(data) if images.is_plain(data) else 3 * pixels + pixels // 16
    return image + 8 * points + 8192


def _row(row: dict[str, Any], root: Path, fingerprint: str) -> dict[str, Any]:
    """A row of ``manifests.shardset.FIELDS``."""
    return {
        "image_id": row["image_id"],
        "image": _picture(row, root),
        "width": row["width"],
        "height": row["height"],
        "exhaustive": int(row["exhaustive"]),
        "regions": pack_regions(
            [region["polygon"] for region in row["regions"]],
            [region["care"] for region in row["regions"]],
        ),
        "fingerprint": fingerprint,
    }


def _picture(row: dict[str, Any], root: Path) -> bytes:
    """The picture's own bytes where every decoder agrees on them, else its pixels as PNG."""
    data = read_picture(row, root)
    if images.is_plain(data):
        return data
    return images.encode_png(np.ascontiguousarray(images.decode(data).pixels))
