"""One member of COCO-Text's file: an image, an annotation or a list of links, into the spool."""

from manifests.vocabulary import Kind, Reason
from pipelines.indexed import Record
from pipelines.jsonstream import Member, Repeated
from pipelines.lines import shorten
from pipelines.spool import ListedImage, Spool, misplaced

SPLITS = ("train", "val", "test")


def take(spool: Spool, member: Member) -> None:
    """See ``pipelines.spool.Take``."""
    add = {"imgs": _take_image, "anns": _take_annotation, "imgToAnns": Spool.add_links}
    if member.section not in add:
        for _ in range(misplaced(member)):
            detail = f"it stands in {shorten(member.section)}; annotations are read from anns"
            raw = member.raw if member.key else None  # of a list it is the list, each time
            spool.refuse(Kind.REGION, Reason.BAD_LINE, detail, member.line, raw)
    elif member.key or member.value:
        add[member.section](spool, member)


def _take_image(spool: Spool, member: Member) -> None:
    value = member.value if isinstance(member.value, dict) else {}
    name, split = value.get("file_name"), value.get("set")
    fault = None
    if not isinstance(name, str):
        fault, name = "no file name", ""
    elif isinstance(value, Repeated):
        fault = "a key stands in it twice"
    elif split not in SPLITS:
        fault = f"its set is {shorten(split)}, none of {', '.join(SPLITS)}"
    stem = Record(name, "", ()).stem
    spool.add_image(member, ListedImage(member.key, name, stem, str(split), fault))


def _take_annotation(spool: Spool, member: Member) -> None:
    key = member.key
    image = member.value.get("image_id") if isinstance(member.value, dict) else None
    if not isinstance(image, int | str):
        detail = f"annotation {key} does not say which image it belongs to"
        spool.refuse(Kind.REGION, Reason.BAD_LINE, detail, member.line, member.raw)
    elif spool.has_annotation(key):
        detail = f"a second annotation with the number {key}; the first was kept"
        spool.refuse(Kind.REGION, Reason.ANNOTATION_DUPLICATE_NAME, detail, member.line, member.raw)
    else:
        spool.add_annotation(member, key, str(image))
