"""SCUT-FORU English2k, the word subset: boxes of words in pictures from Flickr.

One ``000123.txt`` an image, of the stem of its picture; separators vary, the text may be quoted::

    47,52,210,60,"STREET"
    47, 52, 210, 60, STREET
    47 52 210 60 STREET

Top left corner, WIDTH, HEIGHT, text. Folder names differ between releases, so every picture and
every text file whose stem is a number counts, wherever it stands, except below folders of the
character subset and of the Chinese set. Train and test stand together: as most recipes have it,
numbers up to 1200 are train and the rest is test.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from manifests.geometry import Polygon, polygon_from_xywh
from manifests.images import SUFFIXES
from manifests.vocabulary import Reason
from pipelines.leftovers import unclaimed
from pipelines.lines import LineError, read_labels, take_numbers, unquote
from pipelines.paired import pair, regions_reader
from pipelines.source import Entry, Label, Problem
from pipelines.tree import RawFile, RawTree, SomeFiles

_LAST_OF_TRAIN = 1200
_OTHER_SUBSETS = ("char", "chinese")
_NUMBER = re.compile(r"\d{1,18}\Z", re.ASCII)


def parse_line(line: str) -> tuple[Polygon, str | None]:
    """``x, y, width, height, text``; a text that is not wholly in quotes is taken as it stands.

    Raises LineError.
    """
    (x, y, width, height), rest = take_numbers(line, 4)
    if width < 0 or height < 0:
        raise LineError(Reason.BAD_COORDINATES, "negative width or height")
    try:
        text = unquote(rest)
    except LineError:
        text = rest
    return polygon_from_xywh(x, y, width, height), text


@dataclass(frozen=True)
class ScutForu:
    """See ``pipelines.source.Dataset``."""

    id: str = "scut_foru"
    title: str = "SCUT-FORU English2k, word subset"
    version: int = 1
    splits: tuple[str, ...] = ("train", "test")
    exhaustive: bool = True
    source: str = "https://github.com/HCIILAB/SCUT_FORU_DB_Release"

    def missing(self, tree: RawTree, split: str) -> str | None:
        """See ``pipelines.source.Dataset``. Annotations without pictures count as there."""
        if any(file.suffix == ".txt" for file in _files(tree, split)):
            return None
        return (
            f"get SCUT_FORU_DB_Release.rar from {self.source}, unpack it, and "
            f"put its English2k/word_img and English2k/word_annotation into {tree.folder}"
            f"{tree.not_read()}"
        )

    def index(self, tree: RawTree, split: str) -> Iterator[Entry | Problem]:
        """See ``pipelines.source.Dataset``."""
        files = _files(tree, split)
        images = SomeFiles(files, lambda file: file.suffix != ".txt")
        texts = SomeFiles(files, lambda file: file.suffix == ".txt")
        yield from pair(images, texts, lambda file: file.stem, regions_reader(tree, self.labels))
        if split == next((name for name in self.splits if not self.missing(tree, name)), split):
            yield from unclaimed(tree, _is_wanted)

    def labels(self, entry: Entry, content: bytes | None) -> Iterator[Label | Problem]:
        """See ``pipelines.source.Dataset``."""
        if content is not None:
            yield from read_labels(entry, content, parse_line)


def _files(tree: RawTree, split: str) -> SomeFiles:
    """Pictures and text files of a split."""
    return SomeFiles(tree.files, lambda file: _is_wanted(file) and _split(file) == split)


def _is_wanted(file: RawFile) -> bool:
    above = "/".join(file.path.parts[:-1]).lower()
    if any(name in above for name in _OTHER_SUBSETS):
        return False
    return file.suffix in SUFFIXES | {".txt"} and _NUMBER.match(file.stem) is not None


def _split(file: RawFile) -> str:
    return "train" if int(file.stem) <= _LAST_OF_TRAIN else "test"


DATASET = ScutForu()
