"""The commands of README and docs are ones that the project has, with options that they have.

Examples in Python are run where the packages they are about are tested; here every line of a block
that begins with ``python -m`` or ``make`` is parsed as the command itself would.
"""

import argparse
import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from model.explain.names import detection_name, truth_name
from tests.conftest import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PACKAGES = ("manifests", "pipelines", "validation", "model")
TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)
NUMBER = re.compile(r"\bN\b")


def commands(text: str) -> Iterator[list[str]]:
    """The words of each command of a page's blocks: comments, brackets and dots left out, the
    first of what may be chosen taken."""
    for block in BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            line = re.sub(r"\s#.*", "", line).strip()
            if several := re.fullmatch(r"(python -m \w+) (\S+\|\S+) \.\.\.", line):
                for name in several[2].split("|"):
                    yield [*several[1].split(), name, "--help"]
            elif re.match(r"(python -m|make) ", line):
                yield shlex.split(plain(line))


def plain(line: str) -> str:
    """A synopsis as one of the commands it stands for."""
    line = re.sub(r"(?<=\S)\[\S*?\]", "", line)  # IMAGE_ID[#REGION]
    line = NUMBER.sub("2", line.replace("[", " ").replace("]", " ").replace("...", " "))
    line = line.replace("key=value", "lines.min_score=0.7").replace("Beam options", "")
    return " ".join(re.split(r"\|", word)[0] for word in line.split(" "))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_commands_are_known(page: Path) -> None:
    for words in commands(page.read_text()):
        if words[0] == "make":
            assert words[1] in TARGET.findall((ROOT / "Makefile").read_text()), words
        elif words[2] in PACKAGES:
            parse(words[2], words[3:])
        elif words[2] == "pytest":
            assert all((ROOT / word).exists() for word in words if word.startswith("tests/")), words
        elif words[2].startswith("apache_beam."):
            assert find_spec(words[2]), words
        else:
            assert (ROOT / f"{words[2].replace('.', '/')}.py").is_file(), words


def test_the_pages_have_commands() -> None:
    found = [words for page in PAGES for words in commands(page.read_text())]
    assert len(found) > 50
    assert {words[2] for words in found if words[0] == "python"} >= set(PACKAGES)


def parse(package: str, words: list[str]) -> None:
    parser: argparse.ArgumentParser = import_module(f"{package}.__main__").build_parser()
    told, left = io.StringIO(), [""]
    try:
        with contextlib.redirect_stderr(told), contextlib.redirect_stdout(io.StringIO()):
            left = parser.parse_known_args(words)[1]
    except SystemExit as ended:
        if not ended.code:  # --help
            return
        pytest.fail(f"python -m {package} {shlex.join(words)}: {told.getvalue()}")
    # Beam, and nothing else, takes what a parser of ours does not know.
    assert not left or package == "pipelines", (words, left)


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README_CN.md"], ids=lambda path: path.name)
def test_one_of_a_thing_is_told_as_the_program_tells_it(page: Path) -> None:
    assert not re.findall(
        r"(?<![\d.,])1 (?:shards|images|pictures|lines|settings)\b(?!/)", page.read_text()
    )


def test_the_walk_calls_regions_and_detections_what_the_program_calls_them() -> None:
    """By the names that ``explain`` takes and the pages of an evaluation show."""
    page = (ROOT / "docs" / "architecture.md").read_text()
    region = "icdar15/train/img_36#4"
    assert f"ground truth {truth_name(region, 3)} ({region})" in page
    found = re.findall(r"\bdetection (\S+?)[,:]? *(?:IoU|score|$)", page, re.MULTILINE)
    assert set(found) == {detection_name(1)}
