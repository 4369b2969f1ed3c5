"""The XML of newset: its images and their boxes."""

from collections.abc import Iterator

from lxml import etree

from manifests.geometry import polygon_from_xywh
from manifests.vocabulary import Kind, Reason
from pipelines.datasets.svt.markup import XmlError, parse_xml
from pipelines.indexed import Record
from pipelines.lines import LineError, parse_number
from pipelines.source import Element, Label, Problem

_SIDES = ("x", "y", "width", "height")


def read_records(uri: str, data: bytes) -> Iterator[Record | Problem]:
    """The images of a file; and, so that nothing is lost, a problem for whatever else is in it.

    Raises XmlError.
    """
    for node in parse_xml(data):
        if node.tag != "image":
            yield _told(uri, node, "this is no <image>")
            continue
        boxes = [child for child in node if child.tag == "box"]
        yield from (_told(uri, it, "this is no <box>") for it in node if it.tag != "box")
        name = node.get("file", "")
        elements = tuple(
            Element(str(number), _raw(box), box.sourceline) for number, box in enumerate(boxes, 1)
        )
        yield Record(name, f"{uri}#{name}", elements, node.sourceline, None if name else _raw(node))


def read_box(element: Element) -> Label:
    """One box to a region. Raises LineError for one that it cannot read: the region goes to
    quarantine, with its text.

    The polygon is x, y in turn, in half-open pixels of the picture; ``manifests.geometry`` has ways
    there from boxes. Nothing is clipped or repaired here.
    """
    try:
        node = parse_xml(element.raw.encode())
    except XmlError as error:
        raise LineError(Reason.BAD_LINE, str(error)) from error
    if len(node):
        raise LineError(Reason.BAD_LINE, "markup or an entity stands in the text")
    x, y, width, height = (parse_number(node.get(side, "")) for side in _SIDES)
    if width < 0 or height < 0:
        raise LineError(Reason.BAD_COORDINATES, "negative width or height")
    return Label(
        number=element.number,
        polygon=polygon_from_xywh(x, y, width, height),
        text=node.text or None,
        raw=element.raw,
        line=element.line,
    )


def _told(uri: str, node: etree._Element, detail: str) -> Problem:
    # a region seen, if you know that it is one: Kind.REGION
    return Problem(Kind.FILE, Reason.BAD_LINE, detail, uri, line=node.sourceline, raw=_raw(node))


def _raw(node: etree._Element) -> str:
    return str(etree.tostring(node, encoding="unicode", with_tail=False))
