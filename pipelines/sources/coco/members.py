"""One member of a file in the form of COCO: an image, an annotation or links, into the spool."""

from typing import Any

from manifests.vocabulary import Kind, Reason
from pipelines.jsonfields import read_size
from pipelines.jsonstream import Member, Repeated
from pipelines.lines import shorten
from pipelines.spool import ListedImage, Spool, misplaced

ALL = "all"
"""What the spool calls the split of every image: a file is one split, whatever is in it."""


def take(spool: Spool, member: Member) -> None:
    """See ``pipelines.spool.Take``."""
    add = {
        "images": _take_image,
        "imgs": _take_image,
        "annotations": _take_annotation,
        "anns": _take_annotation,
        "imgToAnns": Spool.add_links,
    }
    if member.section not in add:
        _refuse_misplaced(spool, member)
    elif member.key or member.value:
        add[member.section](spool, member)


def _refuse_misplaced(spool: Spool, member: Member) -> None:
    """The regions of some pictures would be missing, and these learnt as background."""
    if spool.damage is None and misplaced(member):
        section = shorten(member.section)
        detail = f"annotations stand in {section}, and are read from `annotations` or `anns` alone"
        spool.break_off(detail, member.line)


def _take_image(spool: Spool, member: Member) -> None:
    value = member.value if isinstance(member.value, dict) else {}
    name, key = value.get("file_name"), _id(value.get("id"))
    fault = None
    if isinstance(value, Repeated):
        fault = "a key stands in it twice"
    elif key is None:
        fault = "it has no id"
    elif not isinstance(name, str) or not name:
        fault = "it has no file_name"
    name = name if isinstance(name, str) else ""
    key = f"{member.section}/{member.key} without an id" if key is None else key
    size = read_size(value.get("width"), value.get("height"))
    spool.add_image(member, ListedImage(key, name, name, ALL, fault, size))


def _take_annotation(spool: Spool, member: Member) -> None:
    value = member.value if isinstance(member.value, dict) else {}
    image = _id(value.get("image_id"))
    if image is None:
        detail = "it does not say which image it belongs to"
        spool.refuse(Kind.REGION, Reason.BAD_LINE, detail, member.line, member.raw)
    else:
        spool.add_annotation(member, _id(value.get("id")) or "", image)


def _id(value: Any) -> str | None:
    """An id as text; None where it is none."""
    whole = isinstance(value, int | str) and not isinstance(value, bool)
    return str(value) if whole and value != "" else None
