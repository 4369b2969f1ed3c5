"""ICDAR 2015: quadrilaterals, the byte order mark, and what is not don't-care."""

from pathlib import Path

import pytest

from manifests.vocabulary import IgnoreReason, Kind, Reason
from pipelines.counts import published_counts
from pipelines.datasets.icdar15 import DATASET
from pipelines.source import Label
from tests.pipelines.datasets.readers import (
    as_label,
    as_problem,
    facts_of,
    read_facts,
    read_items,
    read_labels,
    read_tree,
)

BOM = b"\xef\xbb\xbf"


def test_first_line_behind_a_byte_order_mark() -> None:
    content = BOM + b"377,117,463,117,465,130,378,130,Genaxis Theatre\r\n"
    (label,) = read_labels(DATASET, content)
    assert label == Label(
        number="1",
        polygon=(377, 117, 463, 117, 465, 130, 378, 130),
        text="Genaxis Theatre",
        raw="377,117,463,117,465,130,378,130,Genaxis Theatre",
        line=1,
    )


@pytest.mark.parametrize(
    "text", ["#05-11", "$5,000", ",", "##", "####", "### ", " ###", "C#", 'SCAN"', "WE´RE"]
)
def test_hash_or_comma_in_a_text_does_not_make_it_dont_care(text: str) -> None:
    """A version in public use takes any ``#`` for don't-care and drops commas before it splits."""
    (label,) = read_labels(DATASET, f"478,239,511,241,511,255,478,253,{text}\n".encode())
    assert (label.text, label.ignore) == (text, None)
    assert label.polygon == (478, 239, 511, 241, 511, 255, 478, 253)


def test_exactly_three_hashes_are_dont_care() -> None:
    (label,) = read_labels(DATASET, b"374,155,409,155,409,170,374,170,###\r\n")
    assert (label.text, label.ignore) == (None, IgnoreReason.MARKED)
    assert label.raw.endswith(",###")


def test_no_text_is_null_and_cared_for() -> None:
    labels = read_labels(DATASET, b"1,1,9,1,9,5,1,5,\n1,1,9,1,9,5,1,5")
    assert [(label.text, label.ignore) for label in labels] == [(None, None)] * 2


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1,2,3,4,5,6,7", Reason.BAD_LINE),
        ("1,2,3,4,5,6,7,word", Reason.BAD_COORDINATES),
        ("1,2,3,4,5,6,7,nan,word", Reason.BAD_COORDINATES),
        ("1,2,3,4,5,6,7,inf,word", Reason.BAD_COORDINATES),
        ("1,2,3,4,5,6,7,1e99,word", Reason.BAD_COORDINATES),
        ("1,2,3,4,5,6,7,,word", Reason.BAD_COORDINATES),
    ],
)
def test_a_broken_line_is_a_problem_and_its_neighbours_stay(line: str, reason: Reason) -> None:
    good = "1,1,9,1,9,5,1,5,word"
    before, broken, after = read_items(DATASET, f"{good}\n{line}\n{good}\n".encode())
    assert as_label(before).line == 1 and as_label(after).line == 3
    problem = as_problem(broken)
    assert (problem.kind, problem.reason, problem.line, problem.raw) == (
        Kind.REGION,
        reason,
        2,
        line,
    )
    assert (problem.stem, problem.uri) == ("img_1", "set/gt_img_1.txt")


def test_real_training_set(shared: Path) -> None:
    labels = read_tree(DATASET, shared / "raw", "train")
    assert len(labels) == 1000
    regions = [label for each in labels.values() for label in each]
    assert len(regions) == 11_886
    assert sum(label.ignore is IgnoreReason.MARKED for label in regions) == 7_418
    texts = [label.text for label in regions if label.text]
    assert sum("," in text for text in texts) == 18
    assert sum("#" in text for text in texts) == 16
    published = published_counts("icdar15", "train", 1000)
    assert published is not None
    counted = read_facts(DATASET, shared / "raw", "train")
    assert published["facts"] == {name: counted[name] for name in published["facts"]}


_LINE = b"1,1,50,1,50,30,1,30,"


@pytest.mark.parametrize(
    ("content", "facts"),
    [
        (_LINE + b"word", set()),
        (b"\xef\xbb\xbf" + _LINE + b"word", {"byte_order_mark"}),
        (_LINE + b"###\n" + _LINE + b"###", {"only_dont_care"}),
        (_LINE + b"###\n" + _LINE + b"word", set()),
        (_LINE + b"#05-11", {"text_with_hash"}),
        (b"", {"images_without_regions"}),
    ],
)
def test_facts(content: bytes, facts: set[str]) -> None:
    assert facts_of(DATASET, content) == facts
