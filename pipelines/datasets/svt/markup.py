"""The XML of SVT, read without entities, network or external definitions."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from manifests.geometry import polygon_from_xywh
from manifests.vocabulary import Kind, Reason
from pipelines.indexed import Record
from pipelines.lines import LineError, parse_number
from pipelines.source import Element, Label, Problem

MAX_BYTES = 1 << 26
"""Of one file; those of the set have 100 kB, and the tree of one takes ten times its bytes."""
_SIDES = ("x", "y", "width", "height")
_KNOWN = frozenset({"address", "lex", "Resolution", "taggedRectangles"})


class XmlError(ValueError):
    """A file that is not well-formed XML; ``line``: where it stops being so."""

    def __init__(self, detail: str, line: int | None) -> None:
        super().__init__(detail)
        self.line = line


def read_records(uri: str, data: bytes) -> Iterator[Record | Problem]:
    """The images of a file, in its order, and whatever in it is not understood. Raises XmlError.

    ``#<image name>`` is added to the URI. An image without a name is a record without one.
    Namespaces are passed over; case counts.
    """
    reading = _Reading(uri)
    reading.visit(parse_xml(data), None)
    if not reading.images:
        reading.tell(Kind.FILE, "lists no image", None, Reason.ANNOTATION_UNREADABLE)
    yield from reading.problems
    for image in reading.images:
        yield image.record(uri)


@dataclass
class _Image:
    """An ``image`` element while its children are collected."""

    node: etree._Element
    names: list[str] = field(default_factory=list)
    rectangles: list[Element] = field(default_factory=list)

    def record(self, uri: str) -> Record:
        name = self.names[0] if self.names else ""
        raw = None if name else _raw(self.node)
        return Record(name, f"{uri}#{name}", tuple(self.rectangles), self.node.sourceline, raw)


class _Reading:
    """A walk over the elements of a file."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.images: list[_Image] = []
        self.problems: list[Problem] = []

    def visit(self, node: etree._Element, image: _Image | None, told: bool = False) -> None:
        """Take an element and all below it. ``image``: the one that it stands in; ``told``: it
        stands in something that is not understood and was told as a whole."""
        name = _local(node)
        if name == "image":
            image, told = _Image(node), False
            self.images.append(image)
        elif _is_rectangle(node):
            self._take_rectangle(node, image)
            image, told = None, True
        elif image is not None and name == "imageName":
            self._take_name(node, image)
        elif not told and not (name in _KNOWN if image else name == "tagset"):
            self.tell(Kind.FILE, f"<{name}> is not understood here", node)
            image, told = None, True
        for child in node:
            self.visit(child, image, told)

    def tell(
        self,
        kind: Kind,
        detail: str,
        node: etree._Element | None,
        reason: Reason = Reason.BAD_LINE,
    ) -> None:
        line, raw = (None, None) if node is None else (node.sourceline, _raw(node))
        self.problems.append(Problem(kind, reason, detail, self.uri, line=line, raw=raw))

    def _take_rectangle(self, node: etree._Element, image: _Image | None) -> None:
        name = _local(node)
        if image is None:
            self.tell(Kind.REGION, f"this <{name}> stands where none belongs", node)
            return
        if name != "taggedRectangle":
            self.tell(Kind.REGION, f"<{name}> looks like a taggedRectangle, but is none", node)
            return
        number = str(len(image.rectangles) + 1)
        image.rectangles.append(Element(number, _raw(node), node.sourceline))

    def _take_name(self, node: etree._Element, image: _Image) -> None:
        if image.names:
            self.tell(Kind.FILE, f"a second imageName; {image.names[0]!r} was used", node)
        image.names.append("" if len(node) else (node.text or "").strip())


def read_rectangle(element: Element) -> Label:
    """One ``taggedRectangle``. Raises LineError."""
    try:
        node = parse_xml(element.raw.encode())
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
    for child in node:
        if _local(child) != "tag":
            raise LineError(Reason.BAD_LINE, f"<{_local(child)}> is not understood in a rectangle")
    if "".join([node.text or "", *(child.tail or "" for child in node)]).strip():
        raise LineError(Reason.BAD_LINE, "text stands in the rectangle, outside its tag")
    if len(node) > 1:
        raise LineError(Reason.BAD_LINE, f"{len(node)} tags in one rectangle")
    if len(node) and len(node[0]):
        raise LineError(Reason.BAD_LINE, "the text holds markup or an entity")
    return (node[0].text or "") if len(node) else ""


def _is_rectangle(node: etree._Element) -> bool:
    """True for what is meant as a rectangle, whatever its name."""
    named = _local(node).lower() == "taggedrectangle"
    return named or all(side in node.attrib for side in _SIDES)


def _local(node: etree._Element) -> str:
    """The name without its namespace; an entity, which has none, as it stands."""
    return etree.QName(node).localname if isinstance(node.tag, str) else node.text or ""


def _raw(node: etree._Element) -> str:
    return str(etree.tostring(node, encoding="unicode", with_tail=False))


def parse_xml(data: bytes) -> etree._Element:
    """The root element, without entities, network or external definitions. Raises XmlError."""
    if len(data) > MAX_BYTES:
        raise XmlError(f"{len(data)} bytes; the list of a split has {MAX_BYTES} at most", None)
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
