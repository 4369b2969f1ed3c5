"""A dataset of one's own: what a definition says, as a ``pipelines.source.Dataset``."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType

from manifests.errors import UserError
from pipelines.leftovers import stray, unusable
from pipelines.paired import StemOf, pair, regions_reader
from pipelines.places import Places
from pipelines.source import Entry, Label, Problem
from pipelines.sources import coco, labelme, rrc
from pipelines.sources.definition import Source
from pipelines.sources.names import Finder, identifier, is_picture
from pipelines.temporary import to_bytes
from pipelines.tree import RawFile, RawTree, SomeFiles

_PAIRED: dict[str, ModuleType] = {"labelme": labelme, "rrc": rrc}
VERSION = 1
"""Rises when a change of any of the readers changes its rows."""


@dataclass(frozen=True)
class OwnDataset:
    """See ``pipelines.source.Dataset``. One split; its trees are those that its source names."""

    source: Source
    version: int = VERSION

    @property
    def id(self) -> str:
        """The name that its owner gave it."""
        return self.source.name

    @property
    def title(self) -> str:
        """For the report."""
        return f"{self.source.name} (own data, read as {self.source.format})"

    @property
    def splits(self) -> tuple[str, ...]:
        """The one split that the source is."""
        return (self.source.split,)

    @cached_property
    def exhaustive(self) -> bool:
        """As its owner says."""
        return self.source.exhaustive

    def missing(self, tree: RawTree, split: str) -> str | None:
        """See ``pipelines.source.Dataset``. Looked at where the definition is read."""
        return None

    def index(self, tree: RawTree, split: str) -> Iterator[Entry | Problem]:
        """See ``pipelines.source.Dataset``. Raises UserError where nothing is there to read."""
        pictures = RawTree(tree.root, self.source.images)
        annotations = RawTree(tree.root, self.source.annotations)
        if not any(map(is_picture, pictures.files)):
            raise UserError(f"no picture below {pictures.folder}{pictures.not_read()}")
        if self.source.format == "coco":
            yield from coco.index(pictures, annotations)
            yield from unusable(pictures.unusable)
        else:
            yield from _index_paired(_PAIRED[self.source.format], pictures, annotations, self)

    def labels(self, entry: Entry, content: bytes | None) -> Iterator[Label | Problem]:
        """See ``pipelines.source.Dataset``."""
        read = {"coco": coco.labels, "labelme": labelme.labels, "rrc": rrc.labels}
        yield from read[self.source.format](entry, content)


def _index_paired(
    reader: ModuleType, pictures: RawTree, annotations: RawTree, dataset: OwnDataset
) -> Iterator[Entry | Problem]:
    """A file an image; everything that is neither is told by folder."""
    images = SomeFiles(pictures.files, is_picture)
    texts = SomeFiles(annotations.files, lambda file: file.suffix == reader.SUFFIX)
    if not texts:
        raise UserError(
            f"no {reader.SUFFIX} file below {annotations.folder}{annotations.not_read()}; "
            f"{dataset.source.format} has one for each picture"
        )
    yield from pair(
        images,
        texts,
        _annotation_stem(reader, images),
        regions_reader(pictures, dataset.labels),
        lambda picture: identifier(picture.path),
    )
    told = Places()
    for file in itertools.chain(images, texts):
        told.add(to_bytes(file.uri))
    every = itertools.chain(pictures.files, annotations.files)
    others = (file for file in every if told.add(to_bytes(file.uri)))
    yield from stray(others, "are neither picture nor annotation")
    never = {item.uri: item for item in (*pictures.unusable, *annotations.unusable)}
    yield from unusable(never.values())


def _annotation_stem(reader: ModuleType, images: SomeFiles) -> StemOf:
    """The stem of the picture that a file is for; where there is none, of its own path."""
    finder = Finder(images, lambda path: path.stem)

    def stem(file: RawFile) -> str:
        names = reader.picture_names(file.path.stem)
        picture = finder.find(file.path.parent, names)
        return identifier(picture.path if picture else file.path.with_name(names[0] + file.suffix))

    return stem
