"""A dataset's card, Markdown, as HTML below the headings of its page."""

import mistune
from markupsafe import Markup

from manifests.cards import own_card
from manifests.reading import Manifest

_DEEPER = 2


class _Below(mistune.HTMLRenderer):
    """Headings two levels deeper; no pictures, for the page may load none."""

    def heading(self, text: str, level: int, **_: object) -> str:
        return super().heading(text, min(level + _DEEPER, 6))

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return text


def card(manifest: Manifest) -> Markup | None:
    """The card of the dataset that ``manifest.json`` holds; None where it holds none."""
    text = own_card(manifest)
    return None if text is None else markdown(text)


def markdown(text: str) -> Markup:
    """Markdown as HTML; markup in it is text."""
    render = mistune.create_markdown(renderer=_Below(escape=True), plugins=["table"])
    return Markup(render(text))  # escaped by the renderer
