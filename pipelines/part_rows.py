"""The rows of one part of a manifest, converted or taken over, with what they were made of."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from manifests import schema
from manifests.ledger import Ledger
from manifests.raw import container, file_uri, read_bytes
from manifests.storage.address import Root
from manifests.writing import Part, write_tables
from pipelines.convert import Converted
from pipelines.incremental.remember import Counts, note, write_notes
from pipelines.incremental.reuse import Kept
from pipelines.source import Entry, Problem

Row = dict[str, Any]


class Reader:
    """Reads files for one image, each once. ``failed``: whether the system could not."""

    def __init__(self, root: Root) -> None:
        self.root, self.failed = root, False
        self._content: dict[str, bytes] = {}

    def read(self, uri: str) -> bytes:
        """The bytes of a URI. Raises what ``manifests.raw.read_bytes`` raises."""
        if uri not in self._content:
            try:
                self._content[uri] = read_bytes(self.root, uri)
            except OSError:
                self.failed = True
                raise
        return self._content[uri]


@dataclass
class PartRows:
    """What came of the items of a chunk so far. ``notes``: what is to be remembered of each
    image; ``sources``: what was read of each archive or folder; the counts: see ``Counts``."""

    seen: Ledger = field(default_factory=Ledger)
    images: list[Row] = field(default_factory=list)
    refusals: list[Row] = field(default_factory=list)
    sources: dict[str, list[str]] = field(default_factory=dict)
    facts: Counter[str] = field(default_factory=Counter)
    notes: list[Row] = field(default_factory=list)
    unread: int = 0
    converted: int = 0
    taken: int = 0

    def add_converted(self, item: Entry | Problem, out: Converted, failed: bool = False) -> None:
        """Add what an item was converted to. ``failed``: a file of it could not be read."""
        images = [image.row() for image in out.images]
        refusals = [refusal.row() for refusal in out.refusals]
        self._add(item, images, refusals, out.seen, out.read, out.facts)
        self.unread += failed
        self.converted += isinstance(item, Entry)

    def add_kept(self, item: Kept) -> None:
        """Add an image of the last manifest."""
        seen = Ledger(images_seen=1, regions_seen=item.regions_seen)
        self._add(item.entry, [item.image], item.refusals, seen, item.read, item.facts)
        self.taken += 1

    def write(self, folder: Path, index: int) -> Part:
        """Write the part below ``folder``, and what is to be remembered of it beside it."""
        counts = Counts(self.unread, self.converted, self.taken)
        write_notes(folder, index, self.notes, counts, self.sources)
        return write_tables(
            folder,
            index,
            pa.Table.from_pylist(self.images, schema.IMAGES),
            pa.Table.from_pylist(self.refusals, schema.QUARANTINE),
            self.seen,
            dict(self.facts),
        )

    def _add(
        self,
        item: Entry | Problem,
        images: Sequence[Row],
        refusals: Sequence[Row],
        seen: Ledger,
        read: Sequence[tuple[str, str]],
        facts: Mapping[str, int],
    ) -> None:
        if isinstance(item, Entry) and images:
            place = (len(self.refusals), len(refusals))
            self.notes.append(note(item, place, seen.regions_seen, facts, read))
        self.seen.add(seen)
        self.images += images
        self.refusals += refusals
        self.facts.update(facts)
        for uri, digest in read:
            self.sources.setdefault(container(uri), []).append(f"{uri} {digest}")
        if isinstance(item, Entry) and item.elements is not None and item.annotation_uri:
            self.sources.setdefault(file_uri(item.annotation_uri), [])
