"""What a dataset's folder must provide, and the records it speaks in.

A dataset is a package ``pipelines.datasets.<id>`` whose ``DATASET`` has the methods of ``Dataset``.
``index`` lists what there is, image by image, without opening a picture; ``labels`` reads one
image's annotation. Whatever either of them sees they yield: as a label, or as a problem. Silence is
how regions get lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from manifests.geometry import Polygon
from manifests.vocabulary import Granularity, IgnoreReason, Kind, Reason
from pipelines.tree import RawTree

Size = tuple[int, int]
"""(width, height) in pixels."""


@dataclass(frozen=True, slots=True)
class Element:
    """One annotation element of a file that holds many images.

    ``number``: its place in the region id; ``line``: of the file, from 1; ``raw``: as it stood.
    """

    number: str
    raw: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One image as the index of a source lists it.

    ``stem`` becomes the last part of ``image_id``; where it cannot, the image is refused and its
    regions with it. ``image_uri`` is None where the picture is not
    there, ``annotation_uri`` where no annotation is. ``elements``: the annotation itself, for
    sources that keep many images in one file; None where ``annotation_uri`` names its own file.
    ``size``: of the picture as the index tells it; None where it does not. ``complete``: False
    where another annotation of this picture was refused, and its regions with it. ``line``: where
    the file that lists the image does so, from 1; None where a file is all of its annotation.
    """

    stem: str
    image_uri: str | None
    annotation_uri: str | None
    elements: tuple[Element, ...] | None = None
    size: Size | None = None
    complete: bool = True
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something refused: becomes a quarantine row.

    ``kind`` decides what is counted: an image (one more image seen), a region (one more region
    seen), or a file (neither). ``stem``: of the image concerned, where one is.
    """

    kind: Kind
    reason: Reason
    detail: str
    uri: str
    stem: str | None = None
    line: int | None = None
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """One region as the parser reads it.

    ``number``: its place in the region id, unique within the image (the source line, or the id of
    the element). ``polygon``: x, y in turn, half-open pixels (see ``manifests.geometry``), not
    clipped, not repaired. ``text``: exact; None where the source gives no transcription.
    ``drawn_on``: the size of the picture as the annotation tells it; where the picture has another,
    its coordinates mean other places and the region is refused.
    """

    number: str
    polygon: Polygon
    text: str | None
    raw: str
    line: int | None = None
    ignore: IgnoreReason | None = None
    granularity: Granularity = Granularity.WORD
    language: str | None = None
    script: str | None = None
    drawn_on: Size | None = None


class Dataset(Protocol):
    """One dataset. ``version`` rises when a change of the parser changes its rows."""

    @property
    def id(self) -> str:
        """Its name, part of every image id."""
        ...

    @property
    def title(self) -> str:
        """Its name as pages say it."""
        ...

    @property
    def version(self) -> int:
        """Of the parser."""
        ...

    @property
    def splits(self) -> tuple[str, ...]:
        """Some of train, val and test."""
        ...

    @property
    def exhaustive(self) -> bool:
        """False where text may stand in a picture that nobody labelled."""
        ...

    def missing(self, tree: RawTree, split: str) -> str | None:
        """None where the split's files are there; else what to get, from where, and where to put
        it: a sentence for the person at the keyboard."""
        ...

    def index(self, tree: RawTree, split: str) -> Iterator[Entry | Problem]:
        """Every image of a split, by stem, each stem once; with problems wherever they are seen.

        Never holds annotations or pictures in memory.
        """
        ...

    def labels(self, entry: Entry, content: bytes | None) -> Iterator[Label | Problem]:
        """Every region of one image, in source order. ``content``: the bytes of the annotation
        file where the entry has no elements. A file that cannot be read as its format at all is
        one Problem of kind IMAGE."""
        ...
