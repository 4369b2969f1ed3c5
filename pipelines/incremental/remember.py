"""What is to be remembered of every image of a split, noted part by part and joined."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from manifests.identity import Combined
from manifests.storage.mirror import bring_file
from manifests.writing import ROWS_PER_GROUP, Part, joined, read_part_file, regroup
from pipelines.incremental.reuse import entry_key
from pipelines.incremental.state import IMAGES
from pipelines.source import Entry

_COUNTS, _SOURCES = b"counts", b"sources"


@dataclass(frozen=True)
class Counts:
    """Of a part or a split: items of which a file could not be read, entries converted, images
    taken over."""

    unread: int = 0
    converted: int = 0
    taken: int = 0


def note(
    entry: Entry,
    refused: tuple[int, int],
    regions_seen: int,
    facts: Mapping[str, int],
    read: Iterable[tuple[str, str]],
) -> dict[str, Any]:
    """A row of ``IMAGES``. ``refused``: its first row of quarantine within the part, how many."""
    return {
        "stem": entry.stem,
        "key": entry_key(entry),
        "refused_from": refused[0],
        "refused": refused[1],
        "regions_seen": regions_seen,
        "facts": json.dumps({name: count for name, count in sorted(facts.items()) if count}),
        "read": [{"uri": uri, "sha256": digest} for uri, digest in read],
    }


@dataclass(frozen=True)
class Joined:
    """The notes of all parts: a file of ``IMAGES``, what they counted together, and of each archive
    or folder, by URI, what was read in it."""

    path: Path
    counts: Counts
    sources: Mapping[str, Combined]


def write_notes(
    folder: Path,
    index: int,
    notes: Sequence[dict[str, Any]],
    counts: Counts,
    sources: Mapping[str, Sequence[str]],
) -> None:
    """Write the notes of one part beside it. ``sources``: of each archive or folder, by URI, the
    URIs and digests read in it."""
    told = {_COUNTS: asdict(counts), _SOURCES: sources}
    about = {key: json.dumps(value).encode() for key, value in told.items()}
    table = pa.Table.from_pylist(list(notes), IMAGES).replace_schema_metadata(about)
    pq.write_table(table, notes_file(folder, index))


def join_notes(folder: Path, parts: Iterable[Part]) -> Joined:
    """Join the notes below ``folder`` of all parts."""
    path = folder / "notes.parquet"
    every: list[Counts] = []
    sources: dict[str, Combined] = {}
    with pq.ParquetWriter(path, IMAGES, compression="zstd") as writer:
        for pieces in regroup(_tables(folder, parts, every, sources), ROWS_PER_GROUP, IMAGES):
            writer.write_table(joined(pieces))
    counts = Counts(*(sum(column) for column in zip(*map(astuple, every), strict=True)))
    return Joined(path, counts, sources)


def _tables(
    folder: Path, parts: Iterable[Part], every: list[Counts], sources: dict[str, Combined]
) -> Iterator[pa.Table]:
    """The notes of each part, in order; what else they tell is added to ``every``, ``sources``."""
    before = 0
    for part in sorted(parts, key=lambda part: part.index):
        path = notes_file(folder, part.index)
        bring_file(path)
        with pq.ParquetFile(path) as file:
            table = file.read(use_threads=False)
        about = table.schema.metadata
        every.append(Counts(**json.loads(about[_COUNTS])))
        for name, read in json.loads(about[_SOURCES]).items():
            combined = sources.setdefault(name, Combined())
            for text in read:
                combined.add(text)
        yield _moved(table, before)
        before += len(read_part_file(folder / part.quarantine))


def _moved(table: pa.Table, rows: int) -> pa.Table:
    place = table.schema.get_field_index("refused_from")
    moved = pc.add(table["refused_from"], pa.scalar(rows, pa.int64()))
    return table.set_column(place, IMAGES.field("refused_from"), moved).cast(IMAGES)


def notes_file(folder: Path, index: int) -> Path:
    """Where the notes of a part stand."""
    return folder / f"part-{index:06d}.notes.parquet"
