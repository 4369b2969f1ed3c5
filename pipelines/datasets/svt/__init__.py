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

from manifests.raw import ARCHIVE_ERRORS, error_text
from manifests.vocabulary import Kind, Reason
from pipelines.datasets.svt.markup import XmlError, read_records, read_rectangle
from pipelines.indexed import Record, by_file_name, entries, read_elements
from pipelines.leftovers import left_over
from pipelines.source import Entry, Label, Problem
from pipelines.tree import RawFile, RawTree


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
            f"get svt.zip from {self.source} and put it, packed or unpacked, into {tree.folder}"
            f"{tree.not_read()}"
        )

    def index(self, tree: RawTree, split: str) -> Iterator[Entry | Problem]:
        """See ``pipelines.source.Dataset``."""
        file, *others = tree.named(f"{split}.xml")
        for other in others:
            detail = f"{file.uri} is the same file of the set and was used"
            yield Problem(Kind.FILE, Reason.ANNOTATION_DUPLICATE_NAME, detail, other.uri)
        try:
            items = _read(tree, file)
        except XmlError as error:
            reason = Reason.ANNOTATION_UNREADABLE
            yield Problem(Kind.FILE, reason, str(error), file.uri, line=error.line)
            items = []
        yield from (item for item in items if isinstance(item, Problem))
        records = sorted(_records(items), key=lambda record: record.stem)
        yield from entries(records, by_file_name(tree.files))
        if split == next((name for name in self.splits if not self.missing(tree, name)), split):
            yield from left_over(tree, self._claimed(tree).__contains__)

    def labels(self, entry: Entry, content: bytes | None) -> Iterator[Label | Problem]:
        """See ``pipelines.source.Dataset``."""
        yield from read_elements(entry, read_rectangle)

    def _claimed(self, tree: RawTree) -> set[RawFile]:
        """The XML files and every picture that one of them lists."""
        claimed = set(tree.named(*(f"{split}.xml" for split in self.splits)))
        for file in tuple(claimed):
            with contextlib.suppress(XmlError):  # told where its own split is indexed
                names = (record.file_name for record in _records(_read(tree, file)))
                claimed.update(filter(None, map(tree.files.picture, names)))
        return claimed


def _read(tree: RawTree, file: RawFile) -> list[Record | Problem]:
    """Raises XmlError, also where the file cannot be read at all."""
    try:
        return list(read_records(file.uri, tree.read(file)))
    except ARCHIVE_ERRORS as error:
        if isinstance(error, XmlError):
            raise
        raise XmlError(error_text(error), None) from error


def _records(items: list[Record | Problem]) -> Iterator[Record]:
    return (item for item in items if isinstance(item, Record))


DATASET = Svt()
