"""Datasets that keep the annotations of many images in one file: records to entries."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from manifests.identity import is_name
from manifests.records import printable
from manifests.vocabulary import Kind, Reason
from pipelines.lines import LineError
from pipelines.source import Element, Entry, Label, Problem, Size
from pipelines.tree import RawFile, RawFiles


@dataclass(frozen=True, slots=True)
class Record:
    """One image as the file lists it. ``name``: of its picture; ``uri``: of the record itself;
    ``raw``: as it stood, where the name says too little; ``identifier``: the stem, where it is
    another than the file name's; ``size``: see ``pipelines.source.Entry``."""

    name: str
    uri: str
    elements: tuple[Element, ...]
    line: int | None = None
    raw: str | None = None
    identifier: str | None = None
    size: Size | None = None

    @property
    def file_name(self) -> str:
        """The name without folders."""
        return file_name(self.name)

    @property
    def stem(self) -> str:
        """What names the image: the file name without its last suffix, unless told otherwise."""
        if self.identifier is not None:
            return self.identifier
        name = self.file_name
        dot = name.rfind(".")
        return name[:dot] if 0 < dot < len(name) - 1 else name


def file_name(name: str) -> str:
    """The name of a picture, as a file lists it, without folders."""
    if "/" not in name and "\\" not in name and name != ".":
        return name  # nearly always, and a path is costly to make
    return PurePosixPath(name.replace("\\", "/")).name


FindPicture = Callable[[Record], RawFile | None]
"""The picture of a record; None where it is not there."""


def by_file_name(files: RawFiles) -> FindPicture:
    """The picture of a record's file name, whatever folder it stands in; of two with one name the
    first by path."""
    return lambda record: files.picture(record.file_name)


def entries(records: Iterable[Record], find: FindPicture) -> Iterator[Entry | Problem]:
    """Records, which come sorted by stem, as entries; those that cannot be one as problems."""
    for stem, group in itertools.groupby(records, lambda record: record.stem):
        first, *others = group
        if not is_name(stem):
            for record in (first, *others):
                detail = f"{printable(record.name)!r} has characters that an identifier cannot have"
                yield from refuse(record, Reason.BAD_NAME, detail)
            continue
        picture = find(first)
        uri, whole = picture.uri if picture else None, not any(it.elements for it in others)
        yield Entry(stem, uri, first.uri, first.elements, first.size, whole, first.line)
        for record in others:
            detail = f"{record.name} is listed a second time; the first was kept"
            yield from refuse(record, Reason.IMAGE_DUPLICATE_NAME, detail)


def refuse(record: Record, reason: Reason, detail: str) -> Iterator[Problem]:
    """An image and all its regions as problems."""
    stem = record.stem if is_name(record.stem) else None
    raw = record.name if record.raw is None else record.raw
    yield Problem(Kind.IMAGE, reason, detail, record.uri, stem, record.line, raw)
    for element in record.elements:
        yield Problem(
            Kind.REGION,
            Reason.IMAGE_REFUSED,
            f"its image was refused: {detail}",
            record.uri,
            stem,
            element.line,
            element.raw,
        )


def read_elements(entry: Entry, parse: Callable[[Element], Label]) -> Iterator[Label | Problem]:
    """Every element of an entry as a label, or, where ``parse`` raises LineError, as a problem."""
    for element in entry.elements or ():
        try:
            yield parse(element)
        except LineError as error:
            uri = entry.annotation_uri or entry.stem
            yield Problem(
                Kind.REGION,
                error.reason,
                error.detail,
                uri,
                entry.stem,
                element.line,
                element.raw,
            )
