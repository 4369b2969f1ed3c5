"""Facts: counted of what is read, whatever becomes of it."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from manifests.geometry import polygon_from_xywh
from manifests.reading import open_manifest
from manifests.vocabulary import IgnoreReason, Kind, Reason
from pipelines.chunks import convert_chunk, write_chunks
from pipelines.convert import convert
from pipelines.counts import published_counts
from pipelines.datasets import find_datasets
from pipelines.facts import (
    GENERAL,
    Annotation,
    Fact,
    count_facts,
    describe_facts,
    find_facts,
    label_fact,
    size,
)
from pipelines.jobs import SplitJob
from pipelines.normalize import publish_split
from pipelines.source import Entry, Label, Problem
from pipelines.steady import note_stamps
from pipelines.tree import RawTree
from tests.pipelines import toys

ENTRY = Entry("x", "toy/x.png", "toy/x.txt")
STRAY = Problem(Kind.FILE, Reason.STRAY_FILE, "why", "toy/Thumbs.db")
REGIONS = label_fact("regions", "regions", lambda label: True)
STRAYS = Fact("strays", "strays", lambda annotation: int(isinstance(annotation.item, Problem)))


def label(width: float, height: float, text: str | None = "w", ignore: bool = False) -> Label:
    reason = IgnoreReason.MARKED if ignore else None
    return Label("1", polygon_from_xywh(5, 5, width, height), text, "raw", ignore=reason)


@pytest.mark.parametrize(
    ("region", "facts"),
    [
        (label(17, 9), set()),
        (label(16, 9), {"wide_16_or_less"}),
        (label(16.5, 8), {"high_8_or_less"}),
        (label(17, 17.5), {"taller_than_wide"}),
        (label(17, 17), set()),
        (label(1, 40), {"wide_16_or_less", "one_pixel_thick", "taller_than_wide"}),
        (label(40, 1), {"high_8_or_less", "one_pixel_thick"}),
        (label(40, 1.5), {"high_8_or_less"}),
        (label(40, 20, "$5,000"), {"text_with_comma"}),
        (label(40, 20, "CAFÉ"), {"text_not_ascii"}),
        (label(40, 20, None), {"care_without_text"}),
        (label(40, 20, None, ignore=True), set()),
        (Label("1", (), "w", "raw"), set()),
    ],
)
def test_facts_of_a_region(region: Label, facts: set[str]) -> None:
    counted = count_facts(GENERAL, Annotation(ENTRY, (region, STRAY, region), b""))
    assert {name for name, count in counted.items() if count} == facts
    assert {counted[name] for name in facts} <= {2}


def test_the_size_is_that_of_the_bounds() -> None:
    assert size(Label("1", (0, 3, 10, -1, 4, 7), None, "")) == (10, 8)


@pytest.mark.parametrize(
    ("annotation", "count"),
    [
        (Annotation(ENTRY, (), b""), 1),
        (Annotation(Entry("x", None, "f#x", ())), 1),
        (Annotation(ENTRY, (), None), 0),  # could not be read
        (Annotation(ENTRY, (STRAY,), b"?"), 0),  # holds something, if nothing to be used
        (Annotation(STRAY), 0),
    ],
)
def test_an_empty_annotation_is_one_that_was_read(annotation: Annotation, count: int) -> None:
    assert count_facts(GENERAL, annotation)["images_without_regions"] == count


@pytest.mark.parametrize("picture", [toys.png(), b"no picture", None])
def test_facts_do_not_depend_on_the_picture(picture: bytes | None) -> None:
    files = {"toy/x.txt": b"1 1 40 20 a\nbad\n1 1 40 20 b\n", "toy/x.png": picture}
    entry = ENTRY if picture else Entry("x", None, "toy/x.txt")
    out = convert(toys.Toy(), "train", entry, files.__getitem__, [REGIONS, STRAYS])  # type: ignore[arg-type]
    assert out.facts == {"regions": 2, "strays": 0}
    assert convert(toys.Toy(), "train", STRAY, {}.__getitem__, [REGIONS, STRAYS]).facts == {
        "regions": 0,
        "strays": 1,
    }


def test_an_annotation_of_its_own_comes_with_its_bytes() -> None:
    files = {"toy/x.txt": b"\xef\xbb\xbf", "toy/x.png": toys.png()}
    marked = Fact("bytes", "bytes", lambda annotation: len(annotation.content or b""))
    out = convert(toys.Toy(), "train", ENTRY, files.__getitem__, [marked])
    assert out.facts == {"bytes": 3}


def test_the_manifest_sums_its_chunks_and_a_retried_one_counts_once(
    raw: Path, data: Path, tmp_path: Path
) -> None:
    """Two chunks of 64 and 7 images; the fixture ``data`` is what a runner makes of them."""
    dataset, facts = find_datasets()["icdar13"], find_facts("icdar13")
    job = SplitJob(str(raw), "icdar13", "train", str(tmp_path))
    entries = open_manifest(data, "icdar13", "train")
    told = entries.info["source_facts"]
    assert told["one_pixel_thick"] == {"title": "regions one pixel thick or less", "count": 69}
    assert told["wide_16_or_less"]["count"] == 69
    assert told["high_8_or_less"]["count"] == 0
    assert told["images_without_regions"]["count"] == 1
    assert list(told) == [fact.name for fact in facts]

    tree = RawTree(raw, "icdar13")
    note_stamps(job.folder, tree.files)
    chunks = list(write_chunks(job, dataset.index(tree, "train")))
    first = convert_chunk(chunks[0], dataset, facts)
    again = convert_chunk(chunks[0], dataset, facts)
    assert first == again and first.facts["one_pixel_thick"] == 63
    publish_split(job, [convert_chunk(chunks[1], dataset, facts), again], [0, 1], tmp_path / "data")
    mine = open_manifest(tmp_path / "data", "icdar13", "train")
    assert mine.info == entries.info


def test_facts_are_no_part_of_the_fingerprint(raw: Path, data: Path, tmp_path: Path) -> None:
    dataset = find_datasets()["icdar13"]
    job = SplitJob(str(raw), "icdar13", "train", str(tmp_path))
    tree = RawTree(raw, "icdar13")
    note_stamps(job.folder, tree.files)
    chunks = write_chunks(job, dataset.index(tree, "train"))
    parts = [convert_chunk(chunk, dataset) for chunk in chunks]
    publish_split(job, parts, [0, 1], tmp_path / "data")
    mine = open_manifest(tmp_path / "data", "icdar13", "train")
    other = open_manifest(data, "icdar13", "train")
    assert mine.fingerprint == other.fingerprint
    assert mine.info["source_facts"] != other.info["source_facts"]


def test_what_is_said_of_a_fact_has_its_words() -> None:
    assert describe_facts([REGIONS, STRAYS], {"regions": 3}) == {
        "regions": {"title": "regions", "count": 3},
        "strays": {"title": "strays", "count": 0},
    }


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module of ICDAR 2011's own facts, to be changed."""
    module = importlib.import_module("pipelines.datasets.icdar11.facts")
    monkeypatch.setattr(module, "FACTS", (REGIONS,))
    yield module


def test_a_folder_adds_facts_and_may_not_take_a_name_twice(
    own: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_facts("icdar11") == (*GENERAL, REGIONS)
    assert find_facts("svt") == GENERAL
    monkeypatch.setattr(own, "FACTS", (label_fact("text_with_comma", "?", lambda it: True),))
    with pytest.raises(TypeError, match="two facts are called text_with_comma"):
        find_facts("icdar11")


def test_of_editions_that_of_the_images_seen_tells() -> None:
    whole = published_counts("coco_text", "train", 53_686)
    assert whole is not None and whole["regions"] == 201_126
    assert "43,686 and 10,000" in whole["source"]
    assert published_counts("coco_text", "train", 43_686) == {
        "images": 43_686,
        "source": "COCO-Text, download page",
    }
    assert published_counts("coco_text", "train", 5) == published_counts("coco_text", "train", 0)
    assert published_counts("icdar11", "nowhere", 5) is None
