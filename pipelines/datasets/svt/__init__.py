"""Street View Text: boxes around the words of a lexicon, all images of a split in one XML file.

``train.xml`` and ``test.xml`` beside ``img/``::

    <image>
      <imageName>img/14_03.jpg</imageName>
      <address>341 Southwest 10th Avenue Portland OR</address>
      <lex>LIVING,ROOM,THEATERS</lex>
      <Resolution x="1280" y="880"/>
      <taggedRectangles>
        <taggedRectangle height="75" width="236" x="375" y="253"><tag>LIVING</tag></taggedRectangle>
      </taggedRectangles>
    </image>

Boxes are top left corner and size. Only words of the lexicon are labelled, in upper case: what
stands in a picture without a label may be text all the same, so the set is not exhaustive.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from manifests.geometry import polygon_from_xywh
from manifests.vocabulary import Kind, Reason
from pipelines.datasets.svt.markup import XmlError, read_element, read_records
from pipelines.indexed import entries, pictures_by_name
from pipelines.leftovers import unclaimed
from pipelines.lines import LineError, parse_number
from pipelines.source import Element, Entry, Label, Problem
from pipelines.tree import RawFile, RawTree

_SIDES = ("x", "y", "width", "height")


@dataclass(frozen=True)
class Svt:
    """See ``pipelines.source.Dataset``."""

    id: str = "svt"
    title: str = "Street View Text"
    version: int = 1
    splits: tuple[str, ...] = ("train", "test")
    exhaustive: bool = False
    source: str = "http://vision.ucsd.edu/~kai/svt/"

    def missing(self, tree: RawTree, split: str) -> str | None:
        """See ``pipelines.source.Dataset``. Annotations without pictures count as there."""
        if tree.named(f"{split}.xml"):
            return None
        return (
            f"svt {split}: get svt.zip from {self.source} and put it, packed or unpacked, "
            f"into {tree.folder}"
        )

    def index(self, tree: RawTree, split: str) -> Iterator[Entry | Problem]:
        """See ``pipelines.source.Dataset``."""
        pictures = pictures_by_name(tree.files)
        file, *others = tree.named(f"{split}.xml")
        for other in others:
            detail = f"{file.uri} is the same file of the set and was used"
            yield Problem(Kind.FILE, Reason.ANNOTATION_DUPLICATE_NAME, detail, other.uri)
        try:
            records = sorted(read_records(file.uri, tree.read(file)), key=lambda r: r.stem)
        except XmlError as error:
            yield Problem(
                Kind.FILE, Reason.ANNOTATION_UNREADABLE, str(error), file.uri, line=error.line
            )
            records = []
        yield from entries(records, pictures)
        if split == next(name for name in self.splits if not self.missing(tree, name)):
            yield from unclaimed(tree, self._claimed(tree, pictures))

    def labels(self, entry: Entry, content: bytes | None) -> Iterator[Label | Problem]:
        """See ``pipelines.source.Dataset``."""
        for element in entry.elements or ():
            try:
                yield _label(element)
            except LineError as error:
                yield Problem(
                    Kind.REGION,
                    error.reason,
                    error.detail,
                    entry.annotation_uri or entry.stem,
                    entry.stem,
                    element.line,
                    element.raw,
                )

    def _claimed(self, tree: RawTree, pictures: dict[str, RawFile]) -> set[RawFile]:
        """The XML files and every picture that one of them lists."""
        claimed = set(tree.named(*(f"{split}.xml" for split in self.splits)))
        for file in tuple(claimed):
            with contextlib.suppress(XmlError):  # told where its own split is indexed
                names = (record.file_name for record in read_records(file.uri, tree.read(file)))
                claimed.update(pictures[name] for name in names if name in pictures)
        return claimed


def _label(element: Element) -> Label:
    try:
        node = read_element(element.raw)
    except XmlError as error:
        raise LineError(Reason.BAD_LINE, str(error)) from error
    x, y, width, height = (_number(node, side) for side in _SIDES)
    if width < 0 or height < 0:
        raise LineError(Reason.BAD_COORDINATES, "negative width or height")
    return Label(
        number=element.number,
        polygon=polygon_from_xywh(x, y, width, height),
        text=_text(node) or None,
        raw=element.raw,
        line=element.line,
    )


def _number(node: etree._Element, side: str) -> float:
    value = node.get(side)
    if value is None:
        raise LineError(Reason.BAD_LINE, f"no attribute {side!r}")
    return parse_number(value)


def _text(node: etree._Element) -> str:
    tag = node.find("tag")
    if tag is None:
        return ""
    if len(tag):
        raise LineError(Reason.BAD_LINE, "the text holds markup or an entity")
    return tag.text or ""


DATASET = Svt()
