"""The picture of the house and the walk beside it say the same, and what the code says."""

import re
from xml.etree import ElementTree

from pipelines.datasets.icdar15 import parse_line
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text()
PICTURE = ROOT / "docs" / "pictures" / "house.svg"
SVG = "{http://www.w3.org/2000/svg}"


def texts(kind: str) -> list[str]:
    """The texts of one class in the picture."""
    tree = ElementTree.parse(PICTURE)
    return [text.text or "" for text in tree.iter(f"{SVG}text") if text.get("class") == kind]


def test_the_rooms_are_the_packages() -> None:
    names = texts("name")
    assert len(names) == 4 and all((ROOT / name / "__init__.py").is_file() for name in names)


def test_every_folder_of_the_picture_is_described() -> None:
    for path in texts("path"):
        if path.startswith("DATA/"):
            assert f"\n{path}/" in PAGE, path


def test_the_stations_are_those_of_the_walk() -> None:
    walk = re.findall(r"^### (\d+)\. ", PAGE, re.MULTILINE)
    assert walk == [str(number) for number in range(1, 9)]
    # The legend repeats the first.
    assert sorted(texts("number")) == sorted([*walk, "1"])


def test_the_picture_is_readable_in_light_and_dark_without_a_network() -> None:
    source = PICTURE.read_text()
    assert "prefers-color-scheme: dark" in source
    assert re.findall(r"https?://[^\"]+", source) == ["http://www.w3.org/2000/svg"]


def test_pictures_of_the_page_are_there() -> None:
    shown = re.findall(r"\]\((pictures/[^)]+)\)", PAGE)
    assert len(shown) == 2 and all((ROOT / "docs" / path).is_file() for path in shown)


def test_the_parser_says_what_the_page_says() -> None:
    lines = PAGE.splitlines()
    raw = next(line for line in lines if line.endswith(",$2,960"))
    assert repr(parse_line(raw)) in lines


def test_files_that_the_walk_names_are_there() -> None:
    for name in re.findall(r"`((?:pipelines|model|validation)/\w[\w/.]*)`", PAGE):
        assert (ROOT / name).exists(), name
