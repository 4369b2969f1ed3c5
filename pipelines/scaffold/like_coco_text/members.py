"""The members of newset's file: images and annotations."""

from manifests.vocabulary import IgnoreReason, Kind, Reason
from pipelines.indexed import Record
from pipelines.jsonfields import read_flag, read_numbers, read_object
from pipelines.jsonstream import Member, Repeated
from pipelines.lines import LineError, shorten
from pipelines.source import Element, Label
from pipelines.spool import ListedImage, Spool

SPLITS = ("train", "val")


def take(spool: Spool, member: Member) -> None:
    """One member of the file, ``{section: {key: value}}``, into the spool. A file with lists for
    sections is opened with ``lists=True``, and the key is then a place in the list."""
    if member.section == "imgs":
        _take_image(spool, member)
    elif member.section == "anns":
        _take_annotation(spool, member)


def _take_image(spool: Spool, member: Member) -> None:
    """An image with a ``fault`` is refused, and its regions with it."""
    value = member.value if isinstance(member.value, dict) else {}
    name, split = value.get("file_name"), value.get("set")
    fault = None
    if not isinstance(name, str):
        fault, name = "no file name", ""
    elif isinstance(value, Repeated):
        fault = "a key stands in it twice"
    elif split not in SPLITS:
        fault = f"its set is {split!r}, none of {', '.join(SPLITS)}"
    stem = Record(name, "", ()).stem
    spool.add_image(member, ListedImage(member.key, name, stem, str(split), fault))


def _take_annotation(spool: Spool, member: Member) -> None:
    """Nothing is dropped: what cannot be used is refused, and so becomes a row of quarantine."""
    image = member.value.get("image_id") if isinstance(member.value, dict) else None
    if not isinstance(image, int | str):
        detail, reason = "it does not say which image it belongs to", Reason.BAD_LINE
    elif spool.has_annotation(member.key):
        detail, reason = "its number stands twice", Reason.ANNOTATION_DUPLICATE_NAME
    else:
        spool.add_annotation(member, member.key, str(image))
        return
    spool.refuse(Kind.REGION, reason, detail, member.line, member.raw)


def read_annotation(element: Element) -> Label:
    """One annotation to a region. Raises LineError for one that it cannot read: the region goes to
    quarantine, with its text.

    The polygon is x, y in turn, in half-open pixels of the picture; ``manifests.geometry`` has ways
    there from boxes. Nothing is clipped or repaired here.
    """
    value = read_object(element.raw)
    text = value.get("text")
    if text is not None and not isinstance(text, str):
        raise LineError(Reason.BAD_LINE, f"text is {shorten(text)}")
    ignored = read_flag("ignore", value.get("ignore"))
    return Label(
        number=element.number,
        polygon=read_numbers("polygon", value.get("polygon")),
        text=text or None,
        raw=element.raw,
        line=element.line,
        ignore=IgnoreReason.MARKED if ignored else None,
    )
