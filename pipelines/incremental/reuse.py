"""Rows of the last manifest in the place of images that are still made of the same files.

An entry of the index and an image of the last manifest are one if the entry is the same to the last
character. Whether its files are the same is told by their stamps; where a stamp is another, by the
bytes. Only images that were kept are taken over: what is refused costs no decoding, or is rare.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from manifests.identity import sha256_bytes, sha256_file
from manifests.raw import ARCHIVE_ERRORS, file_uri
from manifests.reading import read_manifest
from manifests.records import printable
from pipelines.encoding import encode_entry
from pipelines.incremental.state import remembered_images
from pipelines.source import Entry, Problem

Row = dict[str, Any]
_PLAN = "reuse.json"


@dataclass(frozen=True)
class Kept:
    """An image as it came of its entry last time. ``image``, ``refusals``: its rows; ``read``: URI
    and SHA-256 of the files it was made of; ``sure``: none of them can have changed."""

    entry: Entry
    image: Row
    refusals: list[Row]
    regions_seen: int
    facts: dict[str, int]
    read: list[tuple[str, str]]
    sure: bool

    def is_same(self, read: Callable[[str], bytes]) -> bool:
        """Whether its files are what they were, which is looked up where that is not sure."""
        try:
            return self.sure or all(sha256_bytes(read(uri)) == digest for uri, digest in self.read)
        except ARCHIVE_ERRORS:
            return False


def entry_key(entry: Entry) -> str:
    """Digest of an entry of an index, annotation elements included."""
    return sha256_bytes(json.dumps(encode_entry(entry)).encode("ascii"))


@dataclass(frozen=True)
class Reuse:
    """What of a split may be taken over. ``base``: the folder of the manifest, ``manifest``: the
    SHA-256 of its ``manifest.json``; ``state``: the folder of what is remembered of it;
    ``touched``: URIs of files that changed or may have."""

    base: str
    manifest: str
    state: str
    touched: tuple[str, ...]

    def write(self, folder: Path) -> None:
        """Leave it for the worker that indexes the split."""
        (folder / _PLAN).write_text(json.dumps(asdict(self)), encoding="ascii")

    def is_current(self) -> bool:
        """Whether the manifest is still there: a runner may index a split again at any time."""
        path = Path(self.base) / "manifest.json"
        return path.is_file() and sha256_file(path) == self.manifest

    def is_same(self, folder: Path) -> bool:
        """Whether the manifest in a folder says what the last one does."""
        return sha256_file(folder / "manifest.json") == self.manifest

    def untouched_sources(self) -> dict[str, dict[str, Any]]:
        """What the last manifest says of the files and archives that have not changed, by URI."""
        touched = {file_uri(uri) for uri in self.touched}
        sources = read_manifest(Path(self.base)).info["sources"]
        whole = (entry for entry in sources if "files_read" not in entry)
        return {entry["uri"]: entry for entry in whole if entry["uri"] not in touched}


def read_plan(folder: Path) -> Reuse | None:
    """What ``Reuse.write`` left; None where nothing may be taken over."""
    path = folder / _PLAN
    if not path.is_file():
        return None
    value = json.loads(path.read_text(encoding="ascii"))
    plan = Reuse(**{**value, "touched": tuple(value["touched"])})
    return plan if plan.is_current() else None


def take_over(items: Iterable[Entry | Problem], plan: Reuse) -> Iterator[Entry | Problem | Kept]:
    """The items of an index, entries that the last manifest knows with what it has of them.

    Both come by stem and are walked side by side, so that none is held; an entry that is not found
    so is converted again.
    """
    known, touched = _known(plan), frozenset(plan.touched)
    last = next(known, None)
    for item in items:
        if isinstance(item, Problem):
            yield item
            continue
        while last is not None and last[0]["stem"] < item.stem:
            last = next(known, None)
        if last is None or last[0]["stem"] != item.stem or last[0]["key"] != entry_key(item):
            yield item
        else:
            yield _kept(item, *last, touched)


def _known(plan: Reuse) -> Iterator[tuple[Row, Row, list[Row]]]:
    """What is remembered of each image, its row, and the rows of quarantine that came of it."""
    base = read_manifest(Path(plan.base))
    refused = chain.from_iterable(batch.to_pylist() for batch in base.batches("quarantine"))
    place = 0
    for about, image in zip(remembered_images(Path(plan.state)), base.rows(), strict=True):
        skipped = about["refused_from"] - place
        rows = (
            list(islice(refused, skipped, skipped + about["refused"])) if about["refused"] else []
        )
        place += skipped + len(rows) if rows else 0
        yield about, image, rows


def _kept(
    entry: Entry, about: Row, image: Row, refusals: list[Row], touched: Collection[str]
) -> Kept:
    read = [(file["uri"], file["sha256"]) for file in about["read"]]
    sure = not any(printable(uri) in touched for uri, _ in read)
    facts = json.loads(about["facts"])
    return Kept(entry, image, refusals, about["regions_seen"], facts, read, sure)
