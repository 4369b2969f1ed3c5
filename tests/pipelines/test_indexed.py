"""Records: what an image is called."""

from pathlib import PurePosixPath

import pytest

from manifests.vocabulary import Kind, Reason
from pipelines.convert import convert
from pipelines.datasets.svt import DATASET
from pipelines.indexed import Record, entries
from pipelines.source import Element, Entry


@pytest.mark.parametrize(
    "name", ["a.jpg", "a", ".a", "a.", "a.b.c", "..", ".", "", "x/a.jpg", "x\\a.jpg", "x/", "x/."]
)
def test_a_record_is_named_as_a_path_would_be(name: str) -> None:
    path = PurePosixPath(name.replace("\\", "/"))
    record = Record(name, "", ())
    assert (record.file_name, record.stem) == (path.name, PurePosixPath(path.name).stem)


def test_an_image_whose_picture_is_missing_is_refused_with_its_line() -> None:
    record = Record("a.jpg", "svt/train.xml#a.jpg", (Element("1", "<a/>", 5),), line=3)
    (entry,) = entries([record], lambda record: None)
    assert isinstance(entry, Entry)
    refusals = convert(DATASET, "train", entry, lambda uri: b"").refusals
    assert [(it.kind, it.source_line) for it in refusals] == [(Kind.REGION, 5), (Kind.IMAGE, 3)]
    assert refusals[1].reason is Reason.IMAGE_MISSING


def test_the_line_of_a_list_is_none_of_a_picture() -> None:
    entry = Entry("a", "svt/img/a.jpg", "svt/train.xml#a.jpg", (), line=3)
    (refusal,) = convert(DATASET, "train", entry, lambda uri: b"no picture").refusals
    assert (refusal.source_uri, refusal.source_line) == ("svt/img/a.jpg", None)
