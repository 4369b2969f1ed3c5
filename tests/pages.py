"""Looking at pages in tests: their elements, and their text."""

import re
from html.parser import HTMLParser

_VOID = {"meta", "link", "img", "input", "br", "wbr", "hr"}


class Tags(HTMLParser):
    """Elements of a page: (tag, attributes), the text of headings, and whether all is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.all if name == tag]


def words(html: str) -> str:
    """The text of a page, without markup, in single spaces."""
    text = re.sub(r"<(script|style|title)\b.*?</\1>", " ", html, flags=re.DOTALL)
    plain = re.sub(r"<[^>]*>", " ", text)
    for entity, sign in (("&#39;", "'"), ("&#34;", '"'), ("&lt;", "<"), ("&gt;", ">")):
        plain = plain.replace(entity, sign)
    return re.sub(r"\s+([;,.:])(?=\s)", r"\1", re.sub(r"\s+", " ", plain))
