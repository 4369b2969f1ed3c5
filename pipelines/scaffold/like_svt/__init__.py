"""newset: FILL IN what it is, in a line.

One XML file for each split, ``train.xml`` and ``test.xml``, beside the pictures::

    <images>
      <image file="train_1.jpg">
        <box x="375" y="253" width="236" height="75">LIVING</box>
      </image>
    </images>

FILL IN where your files differ: change the example above, the names in markup.py, and sample.py,
which writes such files; the contract test compares them.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from manifests.raw import ARCHIVE_ERRORS, error_text
from manifests.vocabulary import Kind, Reason
from pipelines.datasets.svt.markup import XmlError
from pipelines.indexed import Record, by_file_name, entries, read_elements
from pipelines.leftovers import left_over
from pipelines.scaffold.like_svt.markup import read_box, read_records
from pipelines.source import Entry, Label, Problem
from pipelines.tree import RawFile, RawTree


@dataclass(frozen=True)
class NewSet:
    """See ``pipelines.source.Dataset``."""

    id: str = "newset"
    title: str = "FILL IN the name as pages say it"
    version: int = 1  # one more whenever a change here changes what comes out
    splits: tuple[str, ...] = ("train", "test")
    exhaustive: bool = True  # False where text stands in the pictures that nobody labelled
    source: str = "https://example.org/FILL-IN-where-to-get-it"

    def missing(self, tree: RawTree, split: str) -> str | None:
        """See ``pipelines.source.Dataset``. Annotations without pictures count as there."""
        if tree.named(f"{split}.xml"):
            return None
        return (
            f"get {split}.xml and its pictures from {self.source} and put them, packed or "
            f"unpacked, into {tree.folder}{tree.not_read()}"
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
        yield from read_elements(entry, read_box)

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
    except XmlError:
        raise
    except ARCHIVE_ERRORS as error:
        raise XmlError(error_text(error), None) from error


def _records(items: list[Record | Problem]) -> Iterator[Record]:
    return (item for item in items if isinstance(item, Record))


DATASET = NewSet()
