"""Looking at pages in tests: their elements, and their text."""

import itertools
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

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


def dead_addresses(page: Path, tags: Tags) -> list[str]:
    """Addresses of a page that lead to no file beside it, or to no place on it."""
    ids = {attributes.get("id") for _, attributes in tags.all}
    dead = []
    for _, attributes in tags.all:
        for address in filter(None, (attributes.get("src"), attributes.get("href"))):
            target, _, fragment = address.partition("#")
            if address.startswith(("data:", "http")):
                continue
            there = (page.parent / unquote(target)).is_file() if target else fragment in ids
            if not there:
                dead.append(address)
    return dead


def assert_accessible(page: Path, html: str, tags: Tags) -> None:
    """Well formed, one heading above all and no level left out, tables with captions and scopes,
    pictures with words, and neither styles nor scripts in attributes."""
    assert tags.open == [], page
    assert html.startswith("<!DOCTYPE html>")
    assert tags.named("html") == [{"lang": "en"}]
    assert len(tags.named("main")) == len(tags.named("header")) == 1
    assert all("alt" in image for image in tags.named("img"))
    ids = [attributes["id"] for _, attributes in tags.all if "id" in attributes]
    assert len(set(ids)) == len(ids), page
    levels = [int(tag[1]) for tag, _ in tags.all if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels)), (page, levels)
    assert len(tags.named("caption")) == len(tags.named("table"))
    assert all(cell.get("scope") for cell in tags.named("th"))
    assert not [a for _, a in tags.all if "style" in a or any(k.startswith("on") for k in a)]


def words(html: str) -> str:
    """The text of a page, without markup, in single spaces."""
    text = re.sub(r"<(script|style|title)\b.*?</\1>", " ", html, flags=re.DOTALL)
    plain = re.sub(r"<[^>]*>", " ", text)
    for entity, sign in (("&#39;", "'"), ("&#34;", '"'), ("&lt;", "<"), ("&gt;", ">")):
        plain = plain.replace(entity, sign)
    return re.sub(r"\s+([;,.:])(?=\s)", r"\1", re.sub(r"\s+", " ", plain))


def read(folder: Path) -> Iterator[tuple[Path, str, Tags]]:
    """Every page below a folder: its path, its HTML, its elements."""
    for page in sorted(folder.rglob("*.html")):
        html = page.read_text(encoding="utf-8")
        yield page, html, Tags(html)


def text_of(report: Path, page: str) -> str:
    """The text of one of them."""
    return words((report / page).read_text(encoding="utf-8"))
