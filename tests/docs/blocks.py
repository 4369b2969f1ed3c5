"""The blocks of README and docs, and the commands in them."""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from tests.conftest import ROOT

PAGES = ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
PACKAGES = ("manifests", "pipelines", "validation", "model")
_FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_PROGRAMS = (
    "build/|curl|deploy/|docker|echo|export|for|grep|kubectl|make|mkdir|msrun|mv|pip|python|source|"
    "textlines|unzip"
)
_COMMAND = re.compile(rf"^(?:{_PROGRAMS})(?<=/)?\S*(?: |$)")
"""What begins like this is typed into a shell; a program that is new on the pages is added here."""


@dataclass(frozen=True)
class Block:
    """A fenced block: where it stands (page, line counted from 1), its language, its text."""

    page: str
    line: int
    language: str
    text: str
    kind: str
    """python, yaml, shell, output (right below a shell block), or layout: none of these."""

    @property
    def first(self) -> str:
        return self.text.splitlines()[0].strip()


def blocks(page: str) -> Iterator[Block]:
    """Those of one page, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    before, end = "", 0
    for found in _FENCED.finditer(text):
        content = textwrap.dedent(found[3])
        beside = not text[end : found.start()].strip()
        before = kind_of(found[2], content, before if beside else "")
        yield Block(page, text.count("\n", 0, found.start()) + 1, found[2], content, before)
        end = found.end()


def kind_of(language: str, text: str, before: str) -> str:
    """What a block is; ``before``: the kind of the one right above, empty where none is."""
    if language in ("python", "yaml"):
        return language
    if language == "sh" or _COMMAND.match(text):
        return "shell"
    return "output" if before == "shell" else "layout"


def commands(block: Block) -> list[str]:
    """The commands of a shell block: lines joined where they go on, comments left out."""
    text = re.sub(r"(^|\s)#\s.*$", "", block.text, flags=re.MULTILINE).replace("\\\n", " ")
    if text.startswith("for "):
        return [text.strip()]
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]
