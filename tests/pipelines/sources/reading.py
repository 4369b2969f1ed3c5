"""A dataset of one's own read in full, without Beam; the ledger closes every time."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from manifests.ledger import Ledger, recount
from manifests.raw import read_bytes
from manifests.records import Image, Refusal
from manifests.vocabulary import Kind, Reason
from manifests.writing import images_table, quarantine_table
from pipelines.convert import convert
from pipelines.sources.definition import Source, locate
from pipelines.sources.own import OwnDataset
from pipelines.tree import RawTree
from tests.pipelines import toys


@dataclass
class Read:
    """What came out of a source."""

    images: list[Image] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    seen: Ledger = field(default_factory=Ledger)

    @property
    def regions(self) -> dict[str, list[Any]]:
        """Regions by the last part of the image's id."""
        return {image.image_id.rpartition("/")[2]: list(image.regions) for image in self.images}

    @property
    def texts(self) -> dict[str, list[str | None]]:
        return {stem: [region.text for region in found] for stem, found in self.regions.items()}

    @property
    def reasons(self) -> list[tuple[Kind, Reason]]:
        return [(row.kind, row.reason) for row in self.refusals]


def read(kind: str, images: Path, annotations: Path, exhaustive: bool = True) -> Read:
    source = Source("mine", kind, "train", "", "", exhaustive)
    root, source = locate(source, images, annotations)
    dataset, out = OwnDataset(Source.from_key(source.key)), Read()
    for item in dataset.index(RawTree(root, "mine"), "train"):
        made = convert(dataset, "train", item, lambda uri: read_bytes(root, uri))
        out.images += made.images
        out.refusals += made.refusals
        out.seen.add(made.seen)
    recount([images_table(out.images)], [quarantine_table(out.refusals)], out.seen)
    return out


def put(folder: Path, *names: str, content: bytes | None = None) -> Path:
    """Pictures of 100 x 50 pixels, or other files, of these names."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(toys.png() if content is None else content)
    return folder


def put_json(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
    return path
