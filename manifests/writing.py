"""Writing a manifest: parts made anywhere, in any order, become one folder with fixed bytes."""

import hashlib
import itertools
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from manifests import schema
from manifests.identity import Combined, sha256_file
from manifests.ledger import COUNTED_OF_IMAGES, COUNTED_OF_QUARANTINE, Ledger, recount
from manifests.records import Image, Refusal
from manifests.sealing import write_sealed

ROWS_PER_FILE = {"images": 20_000, "quarantine": 300_000}
ROWS_PER_GROUP = 2_000
_PARQUET = {"compression": "zstd", "version": "2.6", "store_schema": True}
_ONE_THREAD = pa.ipc.IpcReadOptions(use_threads=False)
_ARROW = pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False)


@dataclass(frozen=True)
class Part:
    """A finished part: its place in the order, its two files, what it saw, and what its writer
    counted besides, by name."""

    index: int
    images: str
    quarantine: str
    seen: Ledger
    facts: dict[str, int] = field(default_factory=dict)


def images_table(images: Iterable[Image]) -> pa.Table:
    """Images as a table of ``schema.IMAGES``."""
    return pa.Table.from_pylist([image.row() for image in images], schema.IMAGES)


def quarantine_table(refusals: Iterable[Refusal]) -> pa.Table:
    """Refusals as a table of ``schema.QUARANTINE``."""
    return pa.Table.from_pylist([refusal.row() for refusal in refusals], schema.QUARANTINE)


def content_digest(table: pa.Table) -> str:
    """SHA-256 of a table's values: of its Arrow stream as one batch, without metadata.

    Equal values can lie in memory in many ways (slices, chunks, bits past the end); taking every
    row lays them down anew, in one way.
    """
    plain = table.replace_schema_metadata(None).take(pa.array(range(len(table)), pa.int64()))
    plain = plain.combine_chunks()
    sink = _HashSink()
    with pa.ipc.new_stream(pa.PythonFile(sink, "w"), plain.schema) as stream:
        stream.write_table(plain)
    return sink.digest.hexdigest()


def write_part(
    folder: Path,
    index: int,
    images: Sequence[Image],
    refusals: Sequence[Refusal],
    seen: Ledger,
    facts: dict[str, int] | None = None,
) -> Part:
    """Write one part below ``folder``; checks that what it saw is what it holds.

    Writing the same index again (a retried bundle) overwrites the same files with the same bytes.
    """
    kept, refused = images_table(images), quarantine_table(refusals)
    return write_tables(folder, index, kept, refused, seen, facts)


def write_tables(
    folder: Path,
    index: int,
    kept: pa.Table,
    refused: pa.Table,
    seen: Ledger,
    facts: dict[str, int] | None = None,
) -> Part:
    """``write_part`` of tables of ``schema.IMAGES`` and ``schema.QUARANTINE``."""
    recount([kept], [refused], seen)
    names = (f"part-{index:06d}.images.arrow", f"part-{index:06d}.quarantine.arrow")
    for name, table in zip(names, (kept, refused), strict=True):
        _write_arrow(folder / name, table)
    return Part(index, *names, seen, facts or {})


def assemble(
    parts_folder: Path,
    parts: Iterable[Part],
    folder: Path,
    about: dict[str, Any],
) -> dict[str, Any]:
    """Join parts in their order into the files of a manifest below ``folder``.

    ``about`` is what the caller knows (dataset, split, sources, parameters). Returns what
    ``manifest.json`` holds. Raises LedgerError where the rows do not add up.
    """
    ordered = sorted(parts, key=lambda part: part.index)
    seen = Ledger()
    for part in ordered:
        seen.add(Ledger(images_seen=part.seen.images_seen, regions_seen=part.seen.regions_seen))
    image_files, fingerprint = _write_files(
        folder, "images", schema.IMAGES, (parts_folder / part.images for part in ordered)
    )
    quarantine_files, quarantine_digest = _write_files(
        folder, "quarantine", schema.QUARANTINE, (parts_folder / p.quarantine for p in ordered)
    )
    ledger = recount(
        _tables(folder, image_files, COUNTED_OF_IMAGES),
        _tables(folder, quarantine_files, COUNTED_OF_QUARANTINE),
        seen,
    )
    info = {
        "schema_version": schema.SCHEMA_VERSION,
        **about,
        "fingerprint": fingerprint,
        "quarantine_digest": quarantine_digest,
        "ledger": ledger.to_json(),
        "files": [_describe(folder / name) for name in (*image_files, *quarantine_files)],
    }
    write_sealed(folder / "manifest.json", info)
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def _write_arrow(path: Path, table: pa.Table) -> None:
    """A part is read once, soon, by this program: Arrow's own format costs a fraction of Parquet's,
    which is made of the joined parts."""
    with pa.ipc.new_file(str(path), table.schema, options=_ARROW) as file:
        file.write_table(table)


def read_part_file(path: Path) -> pa.Table:
    """The rows of one file of a part."""
    with pa.OSFile(str(path)) as file:
        return pa.ipc.open_file(file, options=_ONE_THREAD).read_all()


class _HashSink:
    """A file that only hashes what is written to it."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.closed = False

    def write(self, data: Any) -> int:
        self.digest.update(data)
        return len(data)

    def flush(self) -> None:
        return None

    def close(self) -> None:
        self.closed = True


def _write_files(
    folder: Path, stem: str, table_schema: pa.Schema, sources: Iterator[Path]
) -> tuple[list[str], str]:
    """Stream tables into ``stem.parquet``, or ``stem-00000.parquet`` ... where there are many.

    Their names, and one digest of all rows, however these were parted.
    """
    limit = ROWS_PER_FILE[stem]
    size = math.gcd(limit, ROWS_PER_GROUP)
    groups = regroup((read_part_file(path) for path in sources), size, table_schema)
    names: list[str] = []
    digest = Combined()
    digest.add(schema.SCHEMA_VERSION)
    for file in itertools.groupby(enumerate(groups), lambda group: group[0] * size // limit):
        names.append(f"{stem}-{len(names):05d}.parquet")
        with pq.ParquetWriter(folder / names[-1], table_schema, **_PARQUET) as writer:
            for _, pieces in file[1]:
                rows = joined(pieces)
                digest.add(content_digest(rows))
                writer.write_table(rows, row_group_size=ROWS_PER_GROUP)
    if len(names) == 1:
        (folder / names[0]).rename(folder / f"{stem}.parquet")
        names = [f"{stem}.parquet"]
    return names, digest.hexdigest()


def regroup(
    tables: Iterable[pa.Table], rows: int, table_schema: pa.Schema
) -> Iterator[list[pa.Table]]:
    """The pieces of tables of exactly ``rows`` rows (the last may have fewer); one empty table for
    no rows. To be put together by ``joined``."""
    pieces: list[pa.Table] = []
    count = yielded = 0
    for table in tables:
        while count + len(table) >= rows:
            head = rows - count
            whole, table = [*pieces, table.slice(0, head)], table.slice(head)
            yielded, pieces, count = yielded + 1, [], 0
            yield whole
        if len(table):
            pieces.append(table)
            count += len(table)
    if count or not yielded:
        yield [table_schema.empty_table(), *pieces]


def joined(pieces: list[pa.Table]) -> pa.Table:
    """The pieces as one table, without gaps; the list is emptied, so that none is held twice."""
    whole = pa.concat_tables(pieces).combine_chunks()
    pieces.clear()
    return whole


def _tables(folder: Path, names: Iterable[str], columns: list[str]) -> Iterator[pa.Table]:
    for name in names:
        with pq.ParquetFile(folder / name) as file:
            for batch in file.iter_batches(ROWS_PER_GROUP, columns=columns, use_threads=False):
                yield pa.Table.from_batches([batch])


def _describe(path: Path) -> dict[str, Any]:
    rows = pq.read_metadata(path).num_rows
    return {
        "name": path.name,
        "rows": rows,
        "bytes": path.stat().st_size,
        "sha256": sha256_file(path),
    }
