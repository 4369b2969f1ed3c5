"""Datasets of one annotation file an image: pictures and text files, joined by stem.

Every file of a split comes out: as half of an entry, or as a problem.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from manifests.identity import is_name
from manifests.images import SUFFIXES
from manifests.raw import ARCHIVE_ERRORS, error_text, read_bytes
from manifests.records import printable
from manifests.vocabulary import Kind, Reason
from pipelines.halves import Halves
from pipelines.leftovers import first_copies, passed_over, repeated, unclaimed
from pipelines.lines import LineParser, read_labels
from pipelines.source import Entry, Label, Problem
from pipelines.tree import RawFile, RawTree

RegionsReader = Callable[[Problem], Iterable[Problem]]
"""From the problem of a file that was passed over to the problems of its regions."""

LabelsReader = Callable[[Entry, bytes | None], Iterable[Label | Problem]]
"""See ``pipelines.source.Dataset.labels``."""

StemOf = Callable[[RawFile], str | None]
"""The stem of a picture or annotation file; None where it is a stray file."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the files of one split are: names of folders, or of .zip archives without suffix."""

    images: str
    annotations: str


@dataclass(frozen=True)
class PairedDataset:
    """A dataset whose splits are a folder of pictures and a folder of ``gt_<stem>.txt`` each.

    ``parse``: one line to polygon and text. ``source``: where to get the archives.
    """

    id: str
    title: str
    version: int
    source: str
    layouts: Mapping[str, Layout]
    parse: LineParser
    exhaustive: bool = True
    prefix: str = "gt_"

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of the splits."""
        return tuple(self.layouts)

    def missing(self, tree: RawTree, split: str) -> str | None:
        """See ``pipelines.source.Dataset``. Annotations without pictures count as there."""
        layout = self.layouts[split]
        if tree.within(layout.annotations):
            return None
        wanted = [layout.annotations]
        if not tree.within(layout.images):
            wanted.insert(0, layout.images)
        names = " and ".join(f"{name}.zip" for name in wanted)
        return (
            f"get {names} from {self.source} and put {'them' if wanted[1:] else 'it'}, packed or "
            f"unpacked, into {tree.folder}"
            f"{tree.not_read()}"
        )

    def index(self, tree: RawTree, split: str) -> Iterator[Entry | Problem]:
        """See ``pipelines.source.Dataset``."""
        layout = self.layouts[split]
        images, texts = tree.within(layout.images), tree.within(layout.annotations)
        yield from pair(images, texts, self._annotation_stem, regions_reader(tree, self.labels))
        if split == next((name for name in self.splits if not self.missing(tree, name)), None):
            folders = [name for each in self.layouts.values() for name in _folders(each)]
            yield from unclaimed(tree, tree.within(*folders).is_wanted)

    def labels(self, entry: Entry, content: bytes | None) -> Iterator[Label | Problem]:
        """See ``pipelines.source.Dataset``."""
        if content is not None:
            yield from read_labels(entry, content, self.parse)

    def _annotation_stem(self, file: RawFile) -> str | None:
        if file.suffix != ".txt" or not file.stem.startswith(self.prefix):
            return None
        return file.stem.removeprefix(self.prefix)


def _folders(layout: Layout) -> tuple[str, str]:
    return (layout.images, layout.annotations)


def image_stem(file: RawFile) -> str | None:
    """The stem of a picture; None where the file is none (by its suffix), or hidden."""
    return file.stem if file.suffix in SUFFIXES and file.path.name[0] != "." else None


def pair(
    images: Iterable[RawFile],
    annotations: Iterable[RawFile],
    annotation_stem: StemOf,
    regions: RegionsReader,
    picture_stem: StemOf = image_stem,
) -> Iterator[Entry | Problem]:
    """Join pictures and annotation files by stem: problems first, then entries by stem.

    The files come by path, and are walked twice. ``annotation_stem``: the stem that an annotation
    file is for; None where it is a stray file. ``picture_stem``: likewise of a picture.
    ``regions``: what an annotation file holds that was passed over for another. Of two files with
    one stem the first by path is kept. A stem that cannot be part of an identifier is an entry all
    the same: converting it refuses the image and each of its regions.
    """
    halves, lost = Halves(), set()
    yield from _refused(images, picture_stem, Kind.IMAGE, halves, lambda picture: ())
    for item in _refused(annotations, annotation_stem, Kind.FILE, halves, regions):
        if item.reason is not Reason.ANNOTATION_DUPLICATE_NAME or item.kind is Kind.REGION:
            lost.add(item.stem)  # what a second file holds, or that nobody can tell what
        yield item
    for stem, image, text in halves:
        yield Entry(stem, image, text, complete=stem not in lost)


def _refused(
    files: Iterable[RawFile],
    stem_of: StemOf,
    kind: Kind,
    halves: Halves,
    regions: RegionsReader,
) -> Iterator[Problem]:
    """Files into ``halves``; those that are refused as problems. ``kind`` is what a second one of a
    stem counts as."""
    yield from passed_over(files)
    for file in first_copies(files):
        stem = stem_of(file)
        if stem is None:
            detail, uri = "not a file of this set", printable(file.uri)
            yield Problem(Kind.FILE, Reason.STRAY_FILE, detail, uri)
            continue
        yield from repeated([file])
        first = halves.add(kind, stem, file.uri)
        if first is not None:
            problem = _duplicate(file, first, stem, kind)
            yield from (problem, *regions(problem))


def regions_reader(tree: RawTree, labels: LabelsReader) -> RegionsReader:
    """Every region of an annotation file that was passed over, as a problem of its own."""

    def read(file: Problem) -> Iterator[Problem]:
        try:
            content = read_bytes(tree.root, file.uri)
        except ARCHIVE_ERRORS as error:
            reason = Reason.ANNOTATION_UNREADABLE
            yield replace(file, reason=reason, detail=error_text(error))
            return
        for item in labels(Entry(file.stem or "", None, file.uri), content):
            if isinstance(item, Label):
                yield replace(file, kind=Kind.REGION, line=item.line, raw=item.raw)
            else:
                kind = Kind.REGION if item.kind is Kind.REGION else Kind.FILE
                yield replace(item, kind=kind, stem=file.stem)

    return read


def _duplicate(file: RawFile, kept: str, stem: str, kind: Kind) -> Problem:
    image = kind is Kind.IMAGE
    reason = Reason.IMAGE_DUPLICATE_NAME if image else Reason.ANNOTATION_DUPLICATE_NAME
    detail = f"{printable(kept)} has the same stem and was kept"
    return Problem(kind, reason, detail, file.uri, stem if is_name(stem) else None)
