"""Addresses of the report's pages, relative to its folder."""

from manifests.pages.words import slug
from model.report.examples import Kind

INDEX = "index.html"


def where_page(protocol: str) -> str:
    """Of the figures by quantity."""
    return f"where-{protocol}.html"


def images_page(protocol: str, number: int = 1) -> str:
    """Of the list of images; pages are counted from 1."""
    return f"images-{protocol}{f'.{number}' if number > 1 else ''}.html"


def gallery_page(kind: Kind) -> str:
    """Of the examples of an outcome."""
    return f"{kind.side}-{kind.outcome}-{kind.protocol}.html"


def image_page(image_id: str) -> str:
    """Of one image."""
    return f"images/{slug(image_id)}.html"


def image_by(image_id: str, protocol: str, label: str = "") -> str:
    """An image's page as a link of a protocol opens it: with the outcomes by that one, at the row
    of ``label`` where it is given. report.js reads the protocol, and without scripts the place is
    that protocol's cell of the row."""
    return f"{image_page(image_id)}#{label or 'image'}~{protocol}"
