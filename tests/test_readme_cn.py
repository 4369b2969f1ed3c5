"""README_CN.md says what README.md says: the same commands, pages, pictures and figures."""

import re
from itertools import zip_longest

import pytest

from tests.conftest import ROOT

ENGLISH = (ROOT / "README.md").read_text()
CHINESE = (ROOT / "README_CN.md").read_text()
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def code(page: str) -> list[str]:
    """The lines of all blocks without comments, which are translated."""
    lines = [
        re.sub(r"(^|\s)#\s.*", "", line)
        for _, block in BLOCK.findall(page)
        for line in block.splitlines()
    ]
    return [line.rstrip() for line in lines if line.strip()]


def test_the_code_is_the_same() -> None:
    for english, chinese in zip_longest(code(ENGLISH), code(CHINESE)):
        assert english == chinese
    assert len(code(ENGLISH)) > 60


@pytest.mark.parametrize("pattern", [r"\]\(((?!README)[^)]+)\)", r"^(#+) "])
def test_links_pictures_and_headings_are_the_same(pattern: str) -> None:
    english, chinese = (re.findall(pattern, page, re.MULTILINE) for page in (ENGLISH, CHINESE))
    assert sorted(english) == sorted(chinese) and english


def measured(page: str) -> list[list[str]]:
    """The numbers of each row of the last table that are written in digits."""
    rows = [line for line in page.splitlines() if line.startswith("| ") and line.count(" | ") == 2]
    return [sorted(re.findall(r"(?<![\w.])\.?\d[\d,.x]*\d|(?<![\w.])\d\b", row)) for row in rows]


def test_what_was_measured_is_the_same() -> None:
    last = {
        name: [{number for number in row if len(number) > 2} for row in measured(page)[-19:]]
        for name, page in (("english", ENGLISH), ("chinese", CHINESE))
    }
    assert last["english"] == last["chinese"]


def test_each_leads_to_the_other() -> None:
    assert "(README_CN.md)" in ENGLISH[:100] and "(README.md)" in CHINESE[:100]
