"""ICDAR 2011 born-digital: escapes, thin boxes, every kind of picture."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from manifests.images import decode
from manifests.raw import read_bytes
from manifests.vocabulary import Reason
from pipelines.counts import published_counts
from pipelines.datasets.icdar11 import DATASET, sample
from pipelines.samples import page_rng
from pipelines.samples.pages import draw_page
from pipelines.source import Entry
from pipelines.tree import RawTree
from tests.pipelines.datasets.readers import (
    as_entry,
    as_problem,
    facts_of,
    read_facts,
    read_items,
    read_labels,
    read_tree,
)


@pytest.mark.parametrize(
    ("line", "polygon", "text"),
    [
        ('158, 128, 411, 181, "Footpath"', (158, 128, 412, 128, 412, 182, 158, 182), "Footpath"),
        ('15, 70, 47, 79, "H3C®,"', (15, 70, 48, 70, 48, 80, 15, 80), "H3C®,"),
        (r'12, 67, 183, 103, "RATES\""', (12, 67, 184, 67, 184, 104, 12, 104), 'RATES"'),
        ('144, 256, 144, 264, "¦"', (144, 256, 145, 256, 145, 265, 144, 265), "¦"),
        ('1, 2, 3, 4, " "', (1, 2, 4, 2, 4, 5, 1, 5), " "),
        ('1, 2, 3, 4, " Free"', (1, 2, 4, 2, 4, 5, 1, 5), " Free"),
        ('1, 2, 3, 4, "#1"', (1, 2, 4, 2, 4, 5, 1, 5), "#1"),
        (r'1, 2, 3, 4, "C:\\"', (1, 2, 4, 2, 4, 5, 1, 5), "C:\\"),
        ('1, 2, 3, 4, ""', (1, 2, 4, 2, 4, 5, 1, 5), None),
    ],
)
def test_lines(line: str, polygon: tuple[float, ...], text: str | None) -> None:
    (label,) = read_labels(DATASET, f"{line}\r\n".encode())
    assert (label.polygon, label.text, label.ignore, label.raw) == (polygon, text, None, line)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('9, 2, 3, 4, "inside out"', Reason.BAD_COORDINATES),
        ('1, 9, 3, 4, "inside out"', Reason.BAD_COORDINATES),
        ('1, 2, 3, "three numbers"', Reason.BAD_COORDINATES),
        ("1, 2, 3", Reason.BAD_LINE),
        ('1, 2, 3, 4, "cut of', Reason.BAD_LINE),
        (r'1, 2, 3, 4, "cut of\"', Reason.BAD_LINE),
        ("1, 2, 3, 4, bare", Reason.BAD_LINE),
    ],
)
def test_broken_lines(line: str, reason: Reason) -> None:
    problem = as_problem(*read_items(DATASET, line.encode()))
    assert (problem.reason, problem.raw, problem.line) == (reason, line, 1)


def test_gif_pictures_do_not_vanish(tmp_path: Path) -> None:
    """A version in public use leaves GIFs out and says nothing."""
    images = tmp_path / "icdar11" / "Challenge1_Training_Task12_Images"
    texts = tmp_path / "icdar11" / "Challenge1_Training_Task1_GT"
    images.mkdir(parents=True)
    texts.mkdir()
    buffer = io.BytesIO()
    Image.new("P", (9, 9)).save(buffer, "GIF")
    (images / "img_7.gif").write_bytes(buffer.getvalue())
    (texts / "gt_img_7.txt").write_bytes(b'1, 1, 4, 4, "Go"\r\n')
    (entry,) = DATASET.index(RawTree(tmp_path, "icdar11"), "train")
    assert entry == Entry(
        "img_7",
        "icdar11/Challenge1_Training_Task12_Images/img_7.gif",
        "icdar11/Challenge1_Training_Task1_GT/gt_img_7.txt",
    )
    labels = read_tree(DATASET, tmp_path, "train")
    assert [label.text for label in labels["img_7"]] == ["Go"]


def test_sample_pictures_of_every_kind_show_what_was_drawn(tmp_path: Path) -> None:
    """Palette, CMYK, RGBA, transparency and EXIF rotation all decode to the page that was drawn."""
    sample.make(tmp_path / "icdar11", {"train": 12}, seed=3)
    formats = set()
    for item in DATASET.index(RawTree(tmp_path, "icdar11"), "train"):
        entry = as_entry(item)
        index = int(entry.stem.removeprefix("img_")) - 1
        rng = page_rng(3, "icdar11", "train", index)
        texts = sample.SPECIAL[index] if index < len(sample.SPECIAL) else ()
        drawn = draw_page(rng, sample.STYLE, texts).pixels.astype(float)
        picture = decode(read_bytes(tmp_path, str(entry.image_uri)))
        assert picture.pixels.shape == drawn.shape
        assert np.abs(picture.pixels - drawn).mean() < 8, entry.stem
        formats.add((picture.format, picture.mode))
    assert {("GIF", "P"), ("PNG", "P"), ("PNG", "RGBA"), ("JPEG", "CMYK")} <= formats


def test_real_training_set(shared: Path) -> None:
    labels = read_tree(DATASET, shared / "raw", "train")
    assert len(labels) == 410
    regions = [label for each in labels.values() for label in each]
    assert len(regions) == 4_227
    assert not [label for label in regions if label.ignore]
    sizes = [(p[2] - p[0], p[5] - p[1]) for p in (label.polygon for label in regions)]
    assert sum(1.0 in size for size in sizes) == 23
    texts = [str(label.text) for label in regions]
    assert sum("," in text for text in texts) == 81
    assert sum(not text.isascii() for text in texts) == 118
    assert texts.count(" ") == 2
    published = published_counts("icdar11", "train", 410)
    assert published is not None
    counted = read_facts(DATASET, shared / "raw", "train")
    assert published["facts"] == {name: counted[name] for name in published["facts"]}
    entries = DATASET.index(RawTree(shared / "raw", "icdar11"), "train")
    assert sum(str(as_entry(entry).image_uri).endswith(".gif") for entry in entries) == 10


def test_a_quote_that_is_escaped_is_a_fact() -> None:
    assert facts_of(DATASET, rb'1, 1, 50, 30, "RATES\""') == {"escaped_quotes"}
    assert facts_of(DATASET, rb'1, 1, 50, 30, "C:\\temp"') == set()
    assert facts_of(DATASET, rb'1, 1, 50, 30, "RATES"') == set()
