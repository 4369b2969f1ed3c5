"""The JSON files of labelme, one a picture: ``shapes`` with a label and points each::

    {"version": "5.4.1", "flags": {},
     "shapes": [{"label": "Genaxis Theatre", "points": [[377, 117], [465, 130]], "group_id": null,
                 "shape_type": "rectangle", "flags": {"ignore": false}}],
     "imagePath": "img_1.jpg", "imageData": null, "imageHeight": 720, "imageWidth": 1280}

The label is the text. A shape is don't-care where its label is ``###`` or one of its flags
``ignore``, ``difficult`` or ``illegible`` is set. Polygons and rectangles are regions; circles,
lines, points and masks are refused.
"""

import io
import itertools
from collections.abc import Iterator
from pathlib import PurePosixPath

from manifests.raw import split_uri
from manifests.vocabulary import Kind, Reason
from pipelines.jsonfields import read_size
from pipelines.jsonstream import JsonStreamError, Member, decode_member, read_members
from pipelines.lines import MAX_REGIONS, LineError, shorten
from pipelines.source import Element, Entry, Label, Problem
from pipelines.sources.labelme.shape import read_shape

SUFFIX = ".json"
MAX_BYTES = 1 << 26
"""Of one file: it may hold its picture, which has 40 million pixels at most, as text."""


def picture_names(stem: str) -> list[str]:
    """Stems of pictures that an annotation file may be for: labelme gives both one stem."""
    return [stem]


def labels(entry: Entry, content: bytes | None) -> Iterator[Label | Problem]:
    """See ``pipelines.source.Dataset``."""
    if content is None:
        return
    if len(content) > MAX_BYTES:
        detail = f"{len(content)} bytes; a file of labelme has {MAX_BYTES} at most"
        yield _unreadable(entry, detail)
        return
    members: list[Member] = []
    fault: Problem | None = None
    try:
        found = read_members(io.BytesIO(content), lists=True, longest=MAX_BYTES)
        members.extend(itertools.islice(found, MAX_REGIONS))
        if next(found, None) is not None:
            fault = _unreadable(entry, f"it has more than {MAX_REGIONS} shapes")
    except JsonStreamError as error:
        fault = _unreadable(entry, str(error))
    shapes = [member for member in members if member.section == "shapes" and member.key]
    told = {member.section: member.value for member in members if not member.key}
    size = read_size(told.get("imageWidth"), told.get("imageHeight"))
    for number, shape in enumerate(shapes, 1):
        element = Element(str(number), shape.raw, shape.line)
        try:
            yield read_shape(element, size)
        except LineError as error:
            yield _refused(entry, element, error)
    fault = fault or _fault(entry, bool(shapes), content, told.get("imagePath"))
    if fault is not None:
        yield fault


def _fault(entry: Entry, has_shapes: bool, content: bytes, picture: object) -> Problem | None:
    """Why a whole file cannot be used, if so."""
    if not has_shapes and not _lists_no_shape(content):
        return _unreadable(entry, "it has no list `shapes`: no file of labelme")
    if picture is None or entry.image_uri is None:
        return None
    named = PurePosixPath(str(picture).replace("\\", "/")).stem
    if isinstance(picture, str) and named == _stem(entry.annotation_uri or ""):
        return None
    detail = f"its imagePath is {shorten(picture)}: it stands beside another picture than its own"
    return Problem(Kind.IMAGE, Reason.ANNOTATION_DANGLING, detail, entry.annotation_uri or "")


def _lists_no_shape(content: bytes) -> bool:
    """True for a whole file whose ``shapes`` are an empty list, which has no members."""
    try:
        value = decode_member(content.decode("utf-8-sig", "surrogateescape"))
    except RecursionError:  # a level more than its members have, which were read one by one
        return False
    return value.get("shapes") == []


def _stem(uri: str) -> str:
    file, member = split_uri(uri)
    return PurePosixPath(member or file).stem


def _unreadable(entry: Entry, detail: str) -> Problem:
    uri = entry.annotation_uri or entry.stem
    return Problem(Kind.IMAGE, Reason.ANNOTATION_UNREADABLE, detail, uri, entry.stem)


def _refused(entry: Entry, element: Element, error: LineError) -> Problem:
    uri = entry.annotation_uri or entry.stem
    return Problem(
        Kind.REGION, error.reason, error.detail, uri, entry.stem, element.line, element.raw
    )
