"""Chunks: the unit of work. An index is cut into files of entries, each converted on its own.

What travels between workers is a chunk's path, never its rows; so a runner's shuffle stays small
whatever the dataset's size.
"""

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from manifests.storage.address import parse_root
from manifests.storage.mirror import bring_file
from manifests.storage.sending import send
from manifests.vocabulary import Kind, Reason
from manifests.writing import Part
from pipelines.convert import convert
from pipelines.encoding import decode_entry, encode_entry
from pipelines.facts import Fact
from pipelines.incremental.remember import notes_file
from pipelines.incremental.reuse import Kept
from pipelines.jobs import Chunk, SplitJob, note_chunks
from pipelines.part_rows import PartRows, Reader
from pipelines.source import Dataset, Entry, Problem

CHUNK_IMAGES = 64


Item = Entry | Problem | Kept


def write_chunks(job: SplitJob, items: Iterable[Item]) -> Iterator[Chunk]:
    """Cut an index into chunk files; at least one, so that an empty split is still published."""
    job.folder.mkdir(parents=True, exist_ok=True)
    items = iter(items)
    for index in itertools.count():
        group = list(itertools.islice(items, CHUNK_IMAGES))
        if not group and index:
            note_chunks(job, index)
            return
        chunk = Chunk(job, index)
        lines = "".join(json.dumps(_encode(item)) + "\n" for item in group)
        chunk.path.write_text(lines, encoding="ascii")
        send(chunk.path)
        yield chunk


def read_chunk(chunk: Chunk) -> Iterator[Item]:
    """The items of a chunk file."""
    bring_file(chunk.path)
    with chunk.path.open(encoding="ascii") as file:
        for line in file:
            yield _decode(json.loads(line))


def convert_chunk(chunk: Chunk, dataset: Dataset, facts: Sequence[Fact] = ()) -> Part:
    """Convert every item of a chunk into one part of the manifest; count ``facts`` on the way.

    What is taken over of the last manifest is not converted, unless the bytes of its files differ.
    """
    out = PartRows()
    for item in read_chunk(chunk):
        reader = Reader(parse_root(chunk.job.raw))
        if isinstance(item, Kept) and item.is_same(reader.read):
            out.add_kept(item)
        else:
            entry = item.entry if isinstance(item, Kept) else item
            converted = convert(dataset, chunk.job.split, entry, reader.read, facts)
            out.add_converted(entry, converted, reader.failed)
    chunk.job.folder.mkdir(parents=True, exist_ok=True)
    part = out.write(chunk.job.folder, chunk.index)
    for name in (part.images, part.quarantine):
        send(chunk.job.folder / name)
    send(notes_file(chunk.job.folder, chunk.index))
    return part


def _encode(item: Item) -> dict[str, Any]:
    if isinstance(item, Kept):
        return {"type": "Kept", **vars(item), "entry": encode_entry(item.entry)}
    if isinstance(item, Entry):
        return {"type": "Entry", **encode_entry(item)}
    return {"type": "Problem", **{name: getattr(item, name) for name in item.__slots__}}


def _decode(value: dict[str, Any]) -> Item:
    kind = value.pop("type")
    if kind == "Problem":
        return Problem(Kind(value.pop("kind")), Reason(value.pop("reason")), **value)
    if kind == "Kept":
        read = [(uri, digest) for uri, digest in value.pop("read")]
        return Kept(decode_entry(value.pop("entry")), read=read, **value)
    return decode_entry(value)
