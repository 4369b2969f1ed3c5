"""newset: FILL IN what it is, in a line.

One ``newset.json`` for all splits, plain or in a .zip, anywhere beside the pictures::

    {"imgs": {"64": {"id": 64, "set": "train", "file_name": "train_64.jpg"}},
     "anns": {"7": {"id": 7, "image_id": 64, "polygon": [126.4, 428.8, 132.8, 429.6, 132.8, 449.6],
                    "text": "STOP", "ignore": 0}}}

FILL IN where your file differs: change the example above, what is taken from an image and from an
annotation (members.py), and sample.py, which writes such a file; the contract test compares them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from manifests.vocabulary import Kind, Reason
from pipelines.indexed import by_file_name, entries, read_elements
from pipelines.leftovers import left_over
from pipelines.scaffold.like_coco_text.members import SPLITS, read_annotation, take
from pipelines.source import Entry, Label, Problem
from pipelines.spool import Spool, open_spool
from pipelines.tree import RawFile, RawTree

FILE = "newset.json"


@dataclass(frozen=True)
class NewSet:
    """See ``pipelines.source.Dataset``."""

    id: str = "newset"
    title: str = "FILL IN the name as pages say it"
    version: int = 1  # one more whenever a change here changes what comes out
    splits: tuple[str, ...] = SPLITS
    exhaustive: bool = True  # False where text stands in the pictures that nobody labelled
    source: str = "https://example.org/FILL-IN-where-to-get-it"

    def missing(self, tree: RawTree, split: str) -> str | None:
        """See ``pipelines.source.Dataset``. Annotations without pictures count as there."""
        if any(_spool(tree, file).count(split) for file in tree.named(FILE)[:1]):
            return None
        return (
            f"get {FILE} and the pictures from {self.source} and put them, packed or unpacked, "
            f"into {tree.folder}{tree.not_read()}"
        )

    def index(self, tree: RawTree, split: str) -> Iterator[Entry | Problem]:
        """See ``pipelines.source.Dataset``."""
        file, *others = tree.named(FILE)
        spool = _spool(tree, file)
        yield from entries(spool.records(split), by_file_name(tree.files))
        if split != next((name for name in self.splits if spool.count(name)), split):
            return  # what belongs to no split is told once, by the first
        yield from spool.problems()
        for other in others:
            detail = f"{file.uri} is the same file of the set and was used"
            yield Problem(Kind.FILE, Reason.ANNOTATION_DUPLICATE_NAME, detail, other.uri)
        named = (file, *others)
        yield from left_over(tree, lambda it: it in named or spool.shows(it, tree.files))

    def labels(self, entry: Entry, content: bytes | None) -> Iterator[Label | Problem]:
        """See ``pipelines.source.Dataset``."""
        yield from read_elements(entry, read_annotation)


def _spool(tree: RawTree, file: RawFile) -> Spool:
    return open_spool(tree.root, file.uri, take)


DATASET = NewSet()
