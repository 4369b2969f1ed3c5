"""One image of a source to one row of a manifest, or to rows of quarantine."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from manifests import geometry, identity, images
from manifests.errors import UserError
from manifests.ledger import Ledger
from manifests.raw import error_text
from manifests.records import Image, Refusal, Region, is_storable
from manifests.vocabulary import Kind, Reason
from pipelines.facts import Annotation, Fact, count_facts
from pipelines.source import Dataset, Entry, Label, Problem

Read = Callable[[str], bytes]
MAX_COORDINATE = 1e6


@dataclass
class Converted:
    """What came of one entry or problem: counts in, rows out, and what was read."""

    seen: Ledger = field(default_factory=Ledger)
    images: list[Image] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    read: list[tuple[str, str]] = field(default_factory=list)
    """(URI, SHA-256) of every file read for it."""
    facts: Counter[str] = field(default_factory=Counter)
    """Counts of ``pipelines.facts``, by name."""


def convert(
    dataset: Dataset, split: str, item: Entry | Problem, read: Read, facts: Sequence[Fact] = ()
) -> Converted:
    """Convert one item of a dataset's index. ``read`` gives the bytes of a URI; ``facts`` are
    counted of what is read, whatever becomes of it."""
    if isinstance(item, Entry):
        conversion = _Conversion(dataset, split, item, read)
        out = conversion.run()
        out.facts.update(count_facts(facts, conversion.annotation()))
        return out
    out = Converted(facts=Counter(count_facts(facts, Annotation(item))))
    out.seen.images_seen = int(item.kind is Kind.IMAGE)
    out.seen.regions_seen = int(item.kind is Kind.REGION)
    out.refusals.append(_refusal(dataset.id, split, item, item.stem))
    return out


class _RefusedError(Exception):
    """The whole image cannot be kept."""

    def __init__(self, reason: Reason, detail: str, uri: str | None) -> None:
        super().__init__(detail)
        self.reason, self.detail, self.uri = reason, detail, uri or ""


class _Conversion:
    """The conversion of one entry; ``out`` is complete whatever step refuses the image."""

    def __init__(self, dataset: Dataset, split: str, entry: Entry, read: Read) -> None:
        self.dataset, self.split, self.entry, self.read = dataset, split, entry, read
        self.found: list[Label | Problem] = []
        self.content: bytes | None = None
        self.out = Converted(seen=Ledger(images_seen=1))
        self.stem = entry.stem if identity.is_name(entry.stem) else None

    def run(self) -> Converted:
        """Read the regions first: they are counted whatever becomes of their image."""
        fault = self._name_fault()
        try:
            self._read_labels()
            if fault is None:
                image_id = identity.image_id(self.dataset.id, self.split, self.entry.stem)
                self.out.images.append(self._image(image_id))
        except _RefusedError as error:
            fault = fault or error
        if fault is not None:
            line = self.entry.line if fault.uri == self.entry.annotation_uri else None
            self._refuse(Problem(Kind.IMAGE, fault.reason, fault.detail, fault.uri, line=line))
            for label in self.labels:
                self._refuse_label(label, Reason.IMAGE_REFUSED, "its image was refused")
        return self.out

    @property
    def labels(self) -> list[Label]:
        """The regions that were read."""
        return [item for item in self.found if isinstance(item, Label)]

    def annotation(self) -> Annotation:
        """What was read, once ``run`` is through."""
        return Annotation(self.entry, tuple(self.found), self.content)

    def _name_fault(self) -> _RefusedError | None:
        if self.stem is not None:
            return None
        detail = f"{self.entry.stem!r} cannot be part of an identifier; rename the file"
        uri = self.entry.image_uri or self.entry.annotation_uri
        return _RefusedError(Reason.BAD_NAME, detail, uri)

    def _read_labels(self) -> None:
        """Collect the labels; refuse what the parser refuses."""
        uri = self.entry.annotation_uri
        if uri is None:
            detail = "no annotation for this picture"
            raise _RefusedError(Reason.ANNOTATION_MISSING, detail, self.entry.image_uri)
        if self.entry.elements is None:
            self.content = self._bytes(uri, Reason.ANNOTATION_UNREADABLE)
        broken: Problem | None = None
        for item in self.dataset.labels(self.entry, self.content):
            self.found.append(item)
            if isinstance(item, Label):
                self.out.seen.regions_seen += 1
            elif item.kind is Kind.IMAGE:
                broken = item
            else:
                self.out.seen.regions_seen += item.kind is Kind.REGION
                self._refuse(item)
        if broken is not None:
            raise _RefusedError(broken.reason, broken.detail, broken.uri)

    def _image(self, image_id: str) -> Image:
        uri = self.entry.image_uri
        if uri is None:
            detail = "the picture that this annotation belongs to is not there"
            raise _RefusedError(Reason.IMAGE_MISSING, detail, self.entry.annotation_uri)
        data = self._bytes(uri, Reason.IMAGE_UNREADABLE)
        try:
            picture = images.examine(data)
        except images.ImageError as error:
            raise _RefusedError(error.reason, error.detail, uri) from error
        regions = self._regions(image_id, picture.width, picture.height)
        return Image(
            image_id=image_id,
            dataset=self.dataset.id,
            split=self.split,
            image_uri=uri,
            image_sha256=self.out.read[-1][1],
            width=picture.width,
            height=picture.height,
            format=picture.format,
            mode=picture.mode,
            annotation_uri=self.entry.annotation_uri or "",
            exhaustive=self.dataset.exhaustive and self._is_complete(),
            regions=regions,
        )

    def _regions(self, image_id: str, width: int, height: int) -> tuple[Region, ...]:
        regions = []
        for label in self.labels:
            fault = _fault_of_numbers(label.polygon)
            if fault is None:
                label = replace(label, polygon=geometry.as_stored(label.polygon))
                fault = _fault(label, width, height)
            if fault is None:
                regions.append(_region(image_id, label))
            else:
                self._refuse_label(label, *fault)
        return tuple(regions)

    def _is_complete(self) -> bool:
        """A picture that lost a region to quarantine has text that nothing labels any more."""
        reasons = (row.reason for row in self.out.refusals)
        return self.entry.complete and all(reason is Reason.OUTSIDE_IMAGE for reason in reasons)

    def _bytes(self, uri: str, reason: Reason) -> bytes:
        try:
            data = self.read(uri)
        except (MemoryError, UserError):  # a store that cannot be asked says nothing of the file
            raise
        except Exception as error:  # a damaged archive member may raise anything
            raise _RefusedError(reason, error_text(error), uri) from error
        self.out.read.append((uri, identity.sha256_bytes(data)))
        return data

    def _refuse(self, problem: Problem) -> None:
        refusal = _refusal(self.dataset.id, self.split, problem, self.stem)
        self.out.refusals.append(refusal)

    def _refuse_label(self, label: Label, reason: Reason, detail: str) -> None:
        uri = self.entry.annotation_uri or ""
        self._refuse(Problem(Kind.REGION, reason, detail, uri, line=label.line, raw=label.raw))


def _fault_of_numbers(polygon: geometry.Polygon) -> tuple[Reason, str] | None:
    """Why numbers are no polygon that could be stored, or None."""
    if len(polygon) < 6 or len(polygon) % 2:
        return Reason.BAD_COORDINATES, f"{len(polygon)} numbers are no polygon"
    if not all(abs(value) <= MAX_COORDINATE for value in polygon):  # no NaN is
        return Reason.BAD_COORDINATES, f"a coordinate is not finite or beyond {MAX_COORDINATE:g}"
    return None


def _fault(label: Label, width: int, height: int) -> tuple[Reason, str] | None:
    """Why a label cannot be a region of a picture of that size, or None."""
    polygon = label.polygon
    if label.drawn_on not in (None, (width, height)):
        drawn = "x".join(map(str, label.drawn_on or ()))
        return Reason.BAD_COORDINATES, f"drawn on {drawn} pixels; the picture has {width}x{height}"
    if geometry.is_degenerate(polygon):
        return Reason.DEGENERATE_POLYGON, "all points lie on one line"
    if geometry.is_outside(polygon, width, height):
        return Reason.OUTSIDE_IMAGE, f"wholly outside the {width}x{height} picture"
    if not all(map(is_storable, (label.text, label.raw, label.language, label.script))):
        return Reason.BAD_LINE, "the text cannot be stored as UTF-8"
    return None


def _region(image_id: str, label: Label) -> Region:
    return Region(
        region_id=identity.region_id(image_id, label.number),
        polygon=label.polygon,
        text=label.text,
        raw=label.raw,
        source_line=label.line,
        ignore_reason=label.ignore,
        granularity=label.granularity,
        language=label.language,
        script=label.script,
    )


def _refusal(dataset: str, split: str, problem: Problem, stem: str | None) -> Refusal:
    return Refusal(
        kind=problem.kind,
        dataset=dataset,
        split=split,
        source_uri=problem.uri,
        reason=problem.reason,
        detail=problem.detail,
        image_id=f"{dataset}/{split}/{stem}" if stem else None,
        source_line=problem.line,
        raw=problem.raw,
    )
