"""The XML of SVT, read without entities, network or external definitions."""

from collections.abc import Iterator

from lxml import etree

from pipelines.indexed import Record
from pipelines.source import Element


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


def read_element(raw: str) -> etree._Element:
    """One element from its own text, entity references left unresolved."""
    return _parse(raw.encode())


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
