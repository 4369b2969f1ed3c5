"""ICDAR 2013: one line format, two separators."""

from pathlib import Path

import pytest

from pipelines.datasets.icdar13 import DATASET
from pipelines.source import Entry
from pipelines.tree import RawTree
from tests.pipelines.datasets.readers import read_labels, read_tree


@pytest.mark.parametrize(
    "line",
    [
        '38 43 920 215 "Tiredness"',
        '38, 43, 920, 215, "Tiredness"',
        '38,43,920,215,"Tiredness"',
        '38\t43\t920\t215\t"Tiredness"',
        ' 38 , 43 , 920 , 215 , "Tiredness" ,',
        '38.0, 43.0, 920.0, 215.0, "Tiredness"',
    ],
)
def test_separators(line: str) -> None:
    (label,) = read_labels(DATASET, f"{line}\n".encode())
    assert label.polygon == (38, 43, 921, 43, 921, 216, 38, 216)
    assert (label.text, label.raw) == ("Tiredness", line)


@pytest.mark.parametrize("text", ["4,000", "0,6", "a b", '""', "'"])
def test_texts(text: str) -> None:
    for separator in (" ", ", "):
        line = separator.join(["176", "155", "488", "226", f'"{text}"'])
        (label,) = read_labels(DATASET, line.encode())
        assert label.text == text


def test_real_test_set_has_four_of_its_pictures(shared: Path) -> None:
    labels = read_tree(DATASET, shared / "raw", "test")
    assert len(labels) == 233
    assert sum(map(len, labels.values())) == 1_095
    entries = list(DATASET.index(RawTree(shared / "raw", "icdar13"), "test"))
    there = [entry.stem for entry in entries if isinstance(entry, Entry) and entry.image_uri]
    assert there == ["img_1", "img_186", "img_26", "img_75"]
