"""The messages of docs/troubleshooting.md are those of the programs, and its commands are known.

A message there is as it was printed. All texts of the sources are read, with ``{...}`` of an
f-string as a gap, and each message must be one of them word by word: a gap stands for anything
without a space, and ``...`` on the page for what was left out.
"""

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache

import pytest

from tests.conftest import ROOT
from tests.test_docs import TARGET, parse, plain

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("| ").split(" | ")]
    for line in PAGE.splitlines()
    if line.startswith("| `")
]
SOURCES = ("manifests", "pipelines", "validation", "model", "tests/browser.py")
GAP = "\0"
CUT = "..."
FEWEST = 10
"""Characters of a template that must stand in a message for it to be that one."""


@cache
def templates() -> list[list[str]]:
    """The words of every text in the sources, gaps and all."""
    files = [path for name in SOURCES for path in sorted((ROOT / name).rglob("*.py"))]
    files += [ROOT / name for name in SOURCES if name.endswith(".py")]
    return [text.split() for path in files for text in texts(ast.parse(path.read_text()))]


def texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else GAP for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def is_word(said: str, meant: str) -> bool:
    """Whether a printed word is one of a template."""
    pattern = "".join(
        r"\S*" if part == GAP else re.escape(part) for part in re.split(f"({GAP})", meant)
    )
    return re.fullmatch(pattern, said) is not None


def says(template: list[str], message: list[str]) -> bool:
    """Whether a message is a template, from its begin, or its end where the begin was cut."""
    if message[0] == CUT:
        return says(template[len(template) - len(message) + 1 :], message[1:])
    cut = message[-1] == CUT
    words = message[:-1] if cut else message
    same_length = len(words) <= len(template) if cut else len(words) == len(template)
    pairs = list(zip(words, template, strict=False))
    return (
        same_length
        and sum(len(meant.replace(GAP, "")) for _, meant in pairs) >= FEWEST
        and all(is_word(word, meant) for word, meant in pairs)
    )


def messages() -> list[str]:
    return [span for row in ROWS for span in re.findall(r"`([^`]+)`", row[0])]


def test_rows_are_whole() -> None:
    assert len(ROWS) > 40
    assert all(len(row) == 3 for row in ROWS), [row for row in ROWS if len(row) != 3]


@pytest.mark.parametrize("message", messages())
def test_a_program_says_it(message: str) -> None:
    assert any(says(template, message.split()) for template in templates())


def typed() -> list[str]:
    spans = (span for row in ROWS for span in re.findall(r"`([^`]+)`", row[2]))
    return [span for span in spans if span.startswith(("make ", "python -m "))]


@pytest.mark.parametrize("command", sorted(set(typed())))
def test_commands_are_known(command: str) -> None:
    words = shlex.split(plain(command))
    if words[0] == "make":
        assert words[1] in TARGET.findall((ROOT / "Makefile").read_text())
    else:
        parse(words[2], words[3:])


def test_the_comparison_is_strict() -> None:
    template = f"no shards of {GAP} below {GAP}; run it".split()

    def said(message: str) -> bool:
        return says(template, message.split())

    assert said("no shards of 'a' below b; run it")
    assert said("no shards of 'a' below ...") and said("... of 'a' below b; run it")
    assert not said("no shards of 'a' below b; run") and not said("no ...")
    assert not said("no shards from 'a' below b; run it")


def test_no_message_stands_twice() -> None:
    assert len(messages()) == len(set(messages()))
