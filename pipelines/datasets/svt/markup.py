"""The XML of SVT, read without entities, network or external definitions."""

from collections.abc import Iterator

from lxml import etree

from manifests.geometry import polygon_from_xywh
from manifests.vocabulary import Reason
from pipelines.indexed import Record
from pipelines.lines import LineError, parse_number
from pipelines.source import Element, Label

_SIDES = ("x", "y", "width", "height")


class XmlError(ValueError):
    """A file that is not well-formed XML; ``line``: where it stops being so."""

    def __init__(self, detail: str, line: int | None) -> None:
        super().__init__(detail)
        self.line = line


def read_records(uri: str, data: bytes) -> Iterator[Record]:
    """The images of a file, in its order. Raises XmlError.

    ``#<image name>`` is added to the URI. An image without a name is a record without one.
    """
    root = _parse(data)
    for image in root.iter("image"):
        name = (image.findtext("imageName") or "").strip()
        rectangles = tuple(_elements(image))
        yield Record(name, f"{uri}#{name}", rectangles, image.sourceline)


def read_rectangle(element: Element) -> Label:
    """One ``taggedRectangle``. Raises LineError."""
    try:
        node = _parse(element.raw.encode())
    except XmlError as error:
        raise LineError(Reason.BAD_LINE, str(error)) from error
    x, y, width, height = (_number(node, side) for side in _SIDES)
    if width < 0 or height < 0:
        raise LineError(Reason.BAD_COORDINATES, "negative width or height")
    return Label(
        number=element.number,
        polygon=polygon_from_xywh(x, y, width, height),
        text=_text(node) or None,
        raw=element.raw,
        line=element.line,
    )


def _number(node: etree._Element, side: str) -> float:
    value = node.get(side)
    if value is None:
        raise LineError(Reason.BAD_LINE, f"no attribute {side!r}")
    return parse_number(value)


def _text(node: etree._Element) -> str:
    tag = node.find("tag")
    if tag is None:
        return ""
    if len(tag):
        raise LineError(Reason.BAD_LINE, "the text holds markup or an entity")
    return tag.text or ""


def _elements(image: etree._Element) -> Iterator[Element]:
    for number, node in enumerate(image.iter("taggedRectangle"), 1):
        raw = etree.tostring(node, encoding="unicode", with_tail=False)
        yield Element(str(number), raw, node.sourceline)


def _parse(data: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise XmlError(f"not well-formed XML: {error}", error.lineno) from error
