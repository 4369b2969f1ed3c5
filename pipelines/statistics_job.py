"""The statistics of one split: which pictures must be measured, a chunk of them, all rows joined.

What the last statistics know of a digest is taken over. Rows live in scratch files and digests in
databases, so that memory does not grow with the number of pictures.
"""

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import pyarrow as pa
import pyarrow.parquet as pq

from manifests import images
from manifests.errors import UserError
from manifests.identity import sha256_file
from manifests.pictures import read_picture
from manifests.publish import publishing
from manifests.reading import MANIFESTS, Manifest, open_manifest
from manifests.sealing import write_sealed
from manifests.statistics import (
    INFO,
    SCHEMA,
    STATISTICS_VERSION,
    TABLE,
    Statistics,
    read_statistics,
    statistics_folder,
)
from manifests.storage.address import parse_root
from manifests.storage.mirror import at_home, bring, bring_file, bring_lately
from manifests.storage.sending import send
from pipelines.arrow_memory import use_system_memory
from pipelines.gathered import Gathered
from pipelines.jobs import Chunk, SplitJob, listed_chunks, note_chunks
from pipelines.measures import measure
from pipelines.places import Places

CHUNK_PICTURES = 64
PUBLISHED = "published.json"
"""Of a split's scratch folder: what ``publish`` said, once it is through."""
ROWS_PER_GROUP = 2_000
_SOURCE = ["image_sha256", "image_uri"]
_IDS = ["image_id", "image_sha256"]


@dataclass(frozen=True)
class StatisticsJob(SplitJob):
    """A split to measure. ``data``: the DATA folder of its manifest."""

    data: str

    @property
    def manifest(self) -> Manifest:
        """The manifest, opened anew."""
        data = at_home(self.data)
        bring_lately(data / MANIFESTS / self.dataset / self.split)
        return open_manifest(data, self.dataset, self.split)


@dataclass(frozen=True)
class PictureChunk(Chunk):
    """A file of pictures to measure."""

    job: StatisticsJob

    @property
    def part(self) -> Path:
        """Where their rows go."""
        return self.job.folder / f"part-{self.index:06d}.parquet"


def last_statistics(job: StatisticsJob) -> Statistics | None:
    """What stands there from an earlier run; None where that is nothing that can be read."""
    data = at_home(job.data)
    bring(statistics_folder(data, job.dataset, job.split))
    try:
        return read_statistics(data, job.dataset, job.split)
    except UserError:
        return None


def write_chunks(job: StatisticsJob) -> list[PictureChunk]:
    """List what must be measured, each digest once, in the order of the manifest; at least one
    chunk, so that a split of which all is known is published too."""
    use_system_memory()
    job.folder.mkdir(parents=True, exist_ok=True)
    chunks: list[PictureChunk] = []
    new = _new(job)
    while (pending := list(itertools.islice(new, CHUNK_PICTURES))) or not chunks:
        chunks.append(_write_chunk(job, len(chunks), pending))
    note_chunks(job, len(chunks))
    return chunks


def count_parts(jobs: Sequence[StatisticsJob]) -> tuple[int, int]:
    """Parts written and chunks known so far."""
    done = sum(1 for job in jobs for _ in job.folder.glob("part-*.parquet"))
    return done, sum(1 for job in jobs for _ in job.folder.glob("chunk-*"))


def new_pictures(job: StatisticsJob) -> int:
    """How many pictures must be measured."""
    return sum(1 for _ in _new(job))


def work_of(job: StatisticsJob) -> int:
    """The pixels of the pictures that must be measured, and as many more for each picture as it
    takes besides."""
    return sum(row["width"] * row["height"] + 100_000 for row in _new(job, ["width", "height"]))


def _new(job: StatisticsJob, besides: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    known = Places()
    known.add_all(map(bytes.fromhex, _digests(last_statistics(job))))
    for row in job.manifest.rows([*_SOURCE, *besides]):
        if known.add(bytes.fromhex(row["image_sha256"])):
            yield row


def measure_chunk(chunk: PictureChunk) -> int:
    """Measure the pictures of a chunk into its part; returns how many. Measuring it again (a
    retried bundle) writes the same bytes. Raises UserError for a picture that is not as it was."""
    cv2.setNumThreads(1)  # a process a core already
    bring_file(chunk.path)
    lines = chunk.path.read_text(encoding="ascii").splitlines()
    rows = [_measured(chunk.job, json.loads(line)) for line in lines]
    table = pa.Table.from_pylist(rows, SCHEMA)
    chunk.job.folder.mkdir(parents=True, exist_ok=True)
    temporary = chunk.part.with_suffix(".tmp")
    pq.write_table(table, temporary, compression="zstd")
    temporary.replace(chunk.part)
    send(chunk.part)
    return len(rows)


def publish(job: StatisticsJob, chunks: list[int]) -> dict[str, int]:
    """Join what is known and what was measured to a row an image, in the order of the manifest.

    Returns how many pictures the manifest has and how many were measured. Raises RuntimeError
    where the runner lost or doubled a chunk.
    """
    use_system_memory()
    if sorted(chunks) != list(range(listed_chunks(job))):
        raise RuntimeError(f"{job.name}: the runner handed over chunks {sorted(chunks)}")
    parts = [PictureChunk(job, index).part for index in sorted(chunks)]
    job.folder.mkdir(parents=True, exist_ok=True)
    for part in parts:
        bring_file(part)
    last = last_statistics(job)
    tables = itertools.chain(last.batches() if last else (), map(_rows, parts))
    gathered = Gathered(job.folder / "rows.arrow", SCHEMA, tables, "image_sha256")
    manifest = job.manifest
    with publishing(statistics_folder(at_home(job.data), job.dataset, job.split)) as staging:
        with pq.ParquetWriter(staging / TABLE, SCHEMA, compression="zstd") as writer:
            count = 0
            for batch in manifest.batches("images", _IDS, ROWS_PER_GROUP):
                rows = _joined(batch, gathered, manifest.name)
                writer.write_table(rows, row_group_size=ROWS_PER_GROUP)
                count += len(rows)
                del rows  # or they would be held while the next are joined
        kept = manifest.info["ledger"]["images"]["kept"]
        if count != kept:
            raise RuntimeError(f"{job.name}: {kept} images, {count} rows of statistics")
        write_sealed(staging / INFO, _info(manifest, staging / TABLE, count))
    measured = sum(pq.read_metadata(part).num_rows for part in parts)
    return {"images": count, "measured": measured}


def _measured(job: StatisticsJob, row: dict[str, str]) -> dict[str, Any]:
    """The statistics of one picture, its ``image_id`` left open: two images may share them."""
    root = parse_root(job.raw)
    data = read_picture(row, root)
    try:
        found = measure(data)
    except images.ImageError as error:
        raise UserError(
            f"{root / row['image_uri']} does not decode ({error.detail}), though it did "
            f"when it was normalized; run `python -m pipelines normalize --raw {job.raw} "
            f"--data {job.data} --only {job.dataset}` again"
        ) from error
    return {"image_id": "", "image_sha256": row["image_sha256"], **found}


def _write_chunk(job: StatisticsJob, index: int, rows: list[dict[str, str]]) -> PictureChunk:
    chunk = PictureChunk(job, index)
    chunk.path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="ascii")
    send(chunk.path)
    return chunk


def _rows(part: Path) -> pa.Table:
    with pq.ParquetFile(part) as file:
        return file.read(use_threads=False)


def _digests(statistics: Statistics | None) -> Iterator[str]:
    for batch in statistics.batches(["image_sha256"]) if statistics else ():
        yield from batch["image_sha256"].to_pylist()


def _joined(images: pa.Table, gathered: Gathered, name: str) -> pa.Table:
    """A row of statistics for each image of a batch of the manifest of that name."""
    try:
        found = gathered.rows(images["image_sha256"].to_pylist()).drop_columns(["image_id"])
    except KeyError:
        raise RuntimeError(f"{name}: a picture was never measured") from None
    return found.add_column(0, SCHEMA.field("image_id"), images["image_id"]).cast(SCHEMA)


def _info(manifest: Manifest, table: Path, rows: int) -> dict[str, Any]:
    return {
        "statistics_version": STATISTICS_VERSION,
        "dataset": manifest.dataset,
        "split": manifest.split,
        "fingerprint": manifest.fingerprint,
        "rows": rows,
        "bytes": table.stat().st_size,
        "sha256": sha256_file(table),
    }
