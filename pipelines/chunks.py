"""Chunks: the unit of work. An index is cut into files of entries, each converted on its own.

What travels between workers is a chunk's path, never its rows; so a runner's shuffle stays small
whatever the dataset's size.
"""

import itertools
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from manifests.ledger import Ledger
from manifests.raw import container, file_uri, read_bytes
from manifests.records import Image, Refusal
from manifests.storage.address import parse_root
from manifests.storage.mirror import bring_file
from manifests.storage.sending import send
from manifests.vocabulary import Kind, Reason
from manifests.writing import Part, write_part
from pipelines.convert import convert
from pipelines.facts import Fact
from pipelines.jobs import Chunk, SplitJob, note_chunks
from pipelines.source import Dataset, Element, Entry, Problem

CHUNK_IMAGES = 64


def write_chunks(job: SplitJob, items: Iterable[Entry | Problem]) -> Iterator[Chunk]:
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


def read_chunk(chunk: Chunk) -> Iterator[Entry | Problem]:
    """The items of a chunk file."""
    bring_file(chunk.path)
    with chunk.path.open(encoding="ascii") as file:
        for line in file:
            yield _decode(json.loads(line))


def convert_chunk(chunk: Chunk, dataset: Dataset, facts: Sequence[Fact] = ()) -> Part:
    """Convert every item of a chunk into one part of the manifest; count ``facts`` on the way."""
    root = parse_root(chunk.job.raw)
    seen = Ledger()
    images: list[Image] = []
    refusals: list[Refusal] = []
    sources: dict[str, list[str]] = {}
    counts: Counter[str] = Counter()
    for item in read_chunk(chunk):
        out = convert(dataset, chunk.job.split, item, lambda uri: read_bytes(root, uri), facts)
        seen.add(out.seen)
        counts.update(out.facts)
        images += out.images
        refusals += out.refusals
        for uri, digest in out.read:
            sources.setdefault(container(uri), []).append(f"{uri} {digest}")
        if isinstance(item, Entry) and item.elements is not None and item.annotation_uri:
            sources.setdefault(file_uri(item.annotation_uri), [])
    folder = chunk.job.folder
    folder.mkdir(parents=True, exist_ok=True)
    part = write_part(folder, chunk.index, images, refusals, seen, sources, dict(counts))
    for name in (part.images, part.quarantine):
        send(folder / name)
    return part


def _encode(item: Entry | Problem) -> dict[str, Any]:
    """As JSON has it. Not ``asdict``, which copies all it finds and takes ten times as long."""
    value = {name: getattr(item, name) for name in item.__slots__}
    if isinstance(item, Entry) and item.elements is not None:
        value["elements"] = [[it.number, it.raw, it.line] for it in item.elements]
    return {"type": type(item).__name__, **value}


def _decode(value: dict[str, Any]) -> Entry | Problem:
    if value.pop("type") == "Problem":
        kind, reason = Kind(value.pop("kind")), Reason(value.pop("reason"))
        return Problem(kind, reason, **value)
    elements = value.pop("elements")
    if elements is not None:
        elements = tuple(Element(*element) for element in elements)
    size = value.pop("size")
    return Entry(**value, elements=elements, size=tuple(size) if size else None)
