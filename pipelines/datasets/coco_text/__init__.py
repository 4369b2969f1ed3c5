"""COCO-Text v2: polygons in the pictures of MS COCO train2014, all in one JSON file.

``cocotext.v2.json``, plain or in ``cocotext.v2.zip``, beside ``train2014/``::

    {"cats": {}, "info": {...},
     "anns": {"192133": {"mask": [126.4, 428.8, 132.8, 429.6, 132.8, 449.6, 125.6, 449.6],
                         "bbox": [125.6, 428.8, 7.2, 20.8], "class": "machine printed",
                         "image_id": 64, "id": 192133, "area": 138.88, "language": "english",
                         "legibility": "legible", "utf8_string": "ST"}},
     "imgs": {"64": {"id": 64, "set": "train", "width": 640, "height": 480,
                     "file_name": "COCO_train2014_000000000064.jpg"}},
     "imgToAnns": {"64": [192133]}}

``mask`` is the outline, ``bbox`` (left, top, width, height) stands in where there is none. Other
releases write legibility and language as numbers. One region may cover a whole area of illegible
text. Pictures without an annotation are background that nobody looked through, so the set is not
exhaustive.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from manifests.vocabulary import Kind, Reason
from pipelines.datasets.coco_text.annotation import read_annotation
from pipelines.datasets.coco_text.members import SPLITS, take
from pipelines.indexed import by_file_name, entries, read_elements
from pipelines.leftovers import left_over
from pipelines.source import Entry, Label, Problem
from pipelines.spool import Spool, open_spool
from pipelines.tree import RawFile, RawTree

FILE = "cocotext.v2.json"


@dataclass(frozen=True)
class CocoText:
    """See ``pipelines.source.Dataset``."""

    id: str = "coco_text"
    title: str = "COCO-Text v2"
    version: int = 1
    splits: tuple[str, ...] = SPLITS
    exhaustive: bool = False
    source: str = "https://bgshih.github.io/cocotext/"

    def missing(self, tree: RawTree, split: str) -> str | None:
        """See ``pipelines.source.Dataset``. Annotations without pictures count as there."""
        fault = ""
        for file in tree.named(FILE)[:1]:
            spool = _spool(tree, file)
            if spool.count(split):
                return None
            damage = f" ({spool.damage})" if spool.damage else ""
            fault = f"{file.uri} lists no image of the set {split!r}{damage}; "
        return (
            f"{fault}get cocotext.v2.zip from {self.source} (train and val) and "
            f"train2014.zip from https://cocodataset.org/#download and put them, packed or "
            f"unpacked, into {tree.folder}{tree.not_read()}"
        )

    def index(self, tree: RawTree, split: str) -> Iterator[Entry | Problem]:
        """See ``pipelines.source.Dataset``."""
        file, *others = tree.named(FILE)
        spool = _spool(tree, file)
        yield from entries(spool.records(split), by_file_name(tree.files))
        if split == next((name for name in self.splits if spool.count(name)), split):
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


DATASET = CocoText()
