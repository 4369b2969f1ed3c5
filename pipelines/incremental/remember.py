"""What is to be remembered of every image of a split, noted part by part and joined."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from manifests.storage.mirror import bring_file
from manifests.writing import Part, read_part_file
from pipelines.incremental.reuse import entry_key
from pipelines.incremental.state import IMAGES, publish_handed_over
from pipelines.source import Entry

_COUNTS = b"counts"


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


def write_notes(folder: Path, index: int, notes: Sequence[dict[str, Any]], counts: Counts) -> None:
    """Write the notes of one part beside it."""
    about = {_COUNTS: json.dumps(asdict(counts)).encode()}
    table = pa.Table.from_pylist(list(notes), IMAGES).replace_schema_metadata(about)
    pq.write_table(table, notes_file(folder, index))


def remember(folder: Path, parts: Iterable[Part], manifest: Path) -> Counts:
    """Join the notes below ``folder`` of all parts, and publish the state that was handed over
    there, if any, as that of ``manifest``; what the parts counted together."""
    path = folder / "notes.parquet"
    counts = _join(folder, sorted(parts, key=lambda part: part.index), path)
    publish_handed_over(folder, path, manifest / "manifest.json", counts.unread)
    return counts


def _join(folder: Path, parts: Iterable[Part], path: Path) -> Counts:
    every, before = [], 0
    with pq.ParquetWriter(path, IMAGES, compression="zstd") as writer:
        for part in parts:
            bring_file(notes_file(folder, part.index))
            table = pq.read_table(notes_file(folder, part.index))
            every.append(Counts(**json.loads(table.schema.metadata[_COUNTS])))
            writer.write_table(_moved(table, before))
            before += len(read_part_file(folder / part.quarantine))
    return Counts(*(sum(column) for column in zip(*map(astuple, every), strict=True)))


def _moved(table: pa.Table, rows: int) -> pa.Table:
    place = table.schema.get_field_index("refused_from")
    moved = pc.add(table["refused_from"], pa.scalar(rows, pa.int64()))
    return table.set_column(place, IMAGES.field("refused_from"), moved).cast(IMAGES)


def notes_file(folder: Path, index: int) -> Path:
    """Where the notes of a part stand."""
    return folder / f"part-{index:06d}.notes.parquet"
