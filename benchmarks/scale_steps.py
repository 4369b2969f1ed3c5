"""The steps that ``benchmarks.scale`` measures: what Beam's workers do, one after the other.

Each takes the folder of a corpus, and returns what Beam would carry to the next step and of how
many images it was.
"""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

from manifests.mixes import Member, Mix
from manifests.reading import open_manifest
from pipelines import statistics_job
from pipelines.chunks import convert_chunk
from pipelines.datasets import find_datasets
from pipelines.jobs import Chunk, NormalizeJob
from pipelines.normalize import index_split, publish_split
from pipelines.renew import find
from pipelines.shard_job import ShardJob, _sources, write_one
from pipelines.shard_job import measure as measure_shard
from pipelines.shard_plan import plan_shards, write_plan
from pipelines.statistics_job import StatisticsJob

IN_SHARD = 1_000
Carried = tuple[list[Any], int]


def _job(home: Path) -> NormalizeJob:
    scratch = home / "data" / ".normalize-scale"
    job = NormalizeJob(str(home / "raw"), "coco_text", "train", str(scratch))
    job.folder.mkdir(parents=True, exist_ok=True)
    return job


def _images(home: Path) -> int:
    with os.scandir(home / "raw" / "coco_text" / "train2014") as pictures:  # a list would count
        return sum(1 for _ in pictures)


def look(home: Path) -> Carried:
    """What the command does first: lists all files and finds out what is to be done."""
    found = find(home / "raw", home / "data", ["coco_text"])
    (it,) = (it for it, _ in found.present)
    it.hand_over(_job(home).folder)
    return [_job(home)], it.files_to_read


def index(home: Path) -> Carried:
    """A split to chunk files."""
    count = 0
    first: list[Chunk] = []
    for chunk in index_split(_job(home)):
        count += 1
        first = first or [chunk]
    return first * count, _images(home)


def convert(home: Path) -> Carried:
    """Every chunk to a part; the parts are kept for ``publish``."""
    job, dataset = _job(home), find_datasets()["coco_text"]
    count = sum(1 for _ in job.folder.glob("chunk-*"))
    with (home / "parts").open("wb") as file:
        for number in range(count):
            pickle.dump(convert_chunk(Chunk(job, number), dataset), file)
    with (home / "parts").open("rb") as file:
        return [pickle.load(file)] * count, _images(home)


def publish(home: Path) -> Carried:
    """All parts to a manifest."""
    job = _job(home)
    count = sum(1 for _ in job.folder.glob("chunk-*"))
    with (home / "parts").open("rb") as file:
        parts = [pickle.load(file) for _ in range(count)]
    publish_split(job, parts, list(range(count)), home / "data")
    return [], _images(home)


def _statistics_job(home: Path) -> StatisticsJob:
    data = home / "data"
    scratch = data / ".statistics-scale"
    return StatisticsJob(str(home / "raw"), "coco_text", "train", str(scratch), str(data))


def list_pictures(home: Path) -> Carried:
    """Pictures to measure, as chunks."""
    return list(statistics_job.write_chunks(_statistics_job(home))), _images(home)


def measure(home: Path) -> Carried:
    """Every chunk measured."""
    job = _statistics_job(home)
    count = sum(1 for _ in job.folder.glob("chunk-*"))
    for number in range(count):
        statistics_job.measure_chunk(statistics_job.PictureChunk(job, number))
    return [(job.key, number) for number in range(count)], _images(home)


def join(home: Path) -> Carried:
    """All that was measured to a table."""
    job = _statistics_job(home)
    statistics_job.publish(job, list(range(sum(1 for _ in job.folder.glob("chunk-*")))))
    return [], _images(home)


def plan(home: Path) -> Carried:
    """The order of a mix of shards of ``IN_SHARD`` images; all plans but the first are dropped."""
    images = _images(home)
    shards = max(1, images // IN_SHARD)
    member = Member("coco_text", "train")
    mix = Mix("scale", "", 1, shards, (member,))
    manifest = open_manifest(home / "data", "coco_text", "train")
    found = plan_shards(mix, [(member, manifest)], [])
    job = _shard_job(home, shards)
    Path(job.scratch).mkdir(exist_ok=True)
    Path(job.folder).mkdir(exist_ok=True)
    write_plan(job.plan, found.shards[0])
    return [job] * shards, images


def _shard_job(home: Path, shards: int = 1) -> ShardJob:
    data = home / "data"
    places = str(data), str(home / "raw"), str(data / ".shard-scale"), str(data / "shards")
    return ShardJob(*places, "scale", 0, shards, "")


def scan(home: Path) -> Carried:
    """The rows of one shard out of the manifest, which is read whole for it."""
    _sources(_shard_job(home))
    return [], _images(home)


def shard(home: Path) -> Carried:
    """One shard measured and written, with the reading of its rows."""
    job = _shard_job(home)
    _, rows = write_one(job, *measure_shard(job))
    return [], rows


STEPS: dict[str, Callable[[Path], Carried]] = {
    "look": look,
    "index": index,
    "convert": convert,
    "publish": publish,
    "list": list_pictures,
    "measure": measure,
    "join": join,
    "plan": plan,
    "scan": scan,
    "shard": shard,
}
