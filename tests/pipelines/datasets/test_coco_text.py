"""COCO-Text's annotations: polygons, legibility, codes."""

from typing import Any

import pytest

from manifests.vocabulary import IgnoreReason, Kind, Reason
from pipelines.datasets.coco_text import DATASET
from pipelines.facts import Annotation, count_facts, find_facts
from pipelines.source import Element, Entry, Label, Problem
from tests.pipelines.datasets.coco_annotation import raw
from tests.pipelines.datasets.readers import as_label, as_problem, read_element


def test_a_legible_word() -> None:
    assert read_element(DATASET, raw()) == Label(
        number="7",
        polygon=(126.4, 428.8, 132.8, 429.6, 132.8, 449.6, 125.6, 449.6),
        text="ST",
        raw=raw(),
        line=3,
        language="english",
    )


@pytest.mark.parametrize(
    ("changes", "text", "ignore"),
    [
        ({"utf8_string": ""}, None, None),
        ({"legibility": "illegible", "utf8_string": ""}, None, IgnoreReason.ILLEGIBLE),
        ({"legibility": "illegible"}, "ST", IgnoreReason.ILLEGIBLE),
        ({"legibility": 0}, "ST", None),
        ({"legibility": 1}, "ST", IgnoreReason.ILLEGIBLE),
        ({"utf8_string": "CAFÉ, 5#"}, "CAFÉ, 5#", None),
        ({"utf8_string": None}, None, None),
    ],
)
def test_illegible_text_is_dont_care(
    changes: dict[str, Any], text: str | None, ignore: IgnoreReason | None
) -> None:
    label = as_label(read_element(DATASET, raw(**changes)))
    assert (label.text, label.ignore) == (text, ignore)


@pytest.mark.parametrize(
    ("given", "language"),
    [
        ("english", "english"),
        ("not english", "not english"),
        ("na", None),
        (0, "english"),
        (1, "not english"),
        (2, None),
    ],
)
def test_languages(given: Any, language: str | None) -> None:
    assert as_label(read_element(DATASET, raw(language=given))).language == language


def test_outlines() -> None:
    triangle = [-0.7, 242.6, -1.9, 270.1, 12, 250]
    assert as_label(read_element(DATASET, raw(mask=triangle))).polygon == tuple(triangle)
    boxed = (125.6, 428.8, 132.8, 428.8, 132.8, 449.6, 125.6, 449.6)
    for nothing in ([], None):
        assert as_label(read_element(DATASET, raw(mask=nothing))).polygon == pytest.approx(boxed)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mask": [1, 2, 3, 4]}, Reason.BAD_COORDINATES),
        ({"mask": [1, 2, 3, 4, 5, 6, 7]}, Reason.BAD_COORDINATES),
        ({"mask": [1, 2, 3, 4, 5, float("nan")]}, Reason.BAD_COORDINATES),
        ({"mask": [1, 2, 3, 4, 5, float("inf")]}, Reason.BAD_COORDINATES),
        ({"mask": [1, 2, 3, 4, 5, "6"]}, Reason.BAD_COORDINATES),
        ({"mask": [1, 2, 3, 4, 5, True]}, Reason.BAD_COORDINATES),
        ({"mask": {"x": 1}}, Reason.BAD_COORDINATES),
        ({"mask": None, "bbox": [1, 2, 3]}, Reason.BAD_COORDINATES),
        ({"mask": None, "bbox": [1, 2, -3, 4]}, Reason.BAD_COORDINATES),
        ({"mask": None, "bbox": None}, Reason.BAD_COORDINATES),
        ({"legibility": "maybe"}, Reason.BAD_LINE),
        ({"legibility": 2}, Reason.BAD_LINE),
        ({"legibility": None}, Reason.BAD_LINE),
        ({"language": 7}, Reason.BAD_LINE),
        ({"utf8_string": 5}, Reason.BAD_LINE),
        ({"utf8_string": 0}, Reason.BAD_LINE),
        ({"utf8_string": False}, Reason.BAD_LINE),
        ({"mask": 0}, Reason.BAD_COORDINATES),
        ({"mask": {}}, Reason.BAD_COORDINATES),
        ({"mask": False}, Reason.BAD_COORDINATES),
        ({"mask": [10**400, 2, 3, 4, 5, 6]}, Reason.BAD_COORDINATES),
    ],
)
def test_broken_annotations(changes: dict[str, Any], reason: Reason) -> None:
    problem = as_problem(read_element(DATASET, raw(**changes)))
    assert (problem.kind, problem.reason) == (Kind.REGION, reason)


def test_a_key_twice_is_a_problem() -> None:
    twice = raw()[:-1] + ', "legibility": "illegible"}'
    assert as_problem(read_element(DATASET, twice)).reason is Reason.BAD_LINE


@pytest.mark.parametrize("depth", [40, 900, 100_000])
def test_a_nested_annotation_is_a_problem(depth: int) -> None:
    nested = raw()[:-1] + f', "x": {"[" * depth}{"]" * depth}}}'
    problem = as_problem(read_element(DATASET, nested))
    assert (problem.kind, problem.reason) == (Kind.REGION, Reason.BAD_LINE)


def test_brackets_in_a_text_are_no_nesting() -> None:
    text = '\\"' + "[{" * 50
    assert as_label(read_element(DATASET, raw(utf8_string=text))).text == text


THIN = {"high_8_or_less", "one_pixel_thick"}
SQUARE = [10, 10, 60, 10, 60, 40, 10, 40]


@pytest.mark.parametrize(
    ("changes", "facts"),
    [
        ({}, set()),
        ({"legibility": "illegible", "utf8_string": ""}, {"illegible"}),
        ({"legibility": "illegible"}, {"illegible", "illegible_with_text"}),
        ({"legibility": 1}, {"illegible", "illegible_with_text"}),
        ({"utf8_string": ""}, {"care_without_text"}),
        ({"mask": [10, 10, 60, 10, 60, 40]}, {"three_points"}),
        ({"mask": [-0.7, 10, 60, 10, 60, 40, 10, 40]}, {"negative_coordinates"}),
        ({"mask": [10, 10, 60, 40, 35, 25, 10, 10]}, {"no_area"}),
        ({"mask": [10, 10, 60, 10, 60, 10.9, 10, 10.9]}, THIN | {"thinner_than_a_pixel"}),
        ({"mask": [10, 10, 60, 10, 60, 11, 10, 11]}, THIN),
        ({"mask": [1e300, 10, 60, 10, 60, 40, 10, 40]}, set()),
        ({"mask": [1]}, set()),
    ],
)
def test_facts(changes: dict[str, Any], facts: set[str]) -> None:
    entry = Entry(
        "img_1", None, "set/file#img_1", (Element("7", raw(**{"mask": SQUARE, **changes})),)
    )
    annotation = Annotation(entry, tuple(DATASET.labels(entry, None)))
    counted = count_facts(find_facts("coco_text"), annotation)
    assert {name for name, count in counted.items() if count} == facts


@pytest.mark.parametrize(
    ("reason", "count"), [(Reason.ANNOTATION_DANGLING, 1), (Reason.STRAY_FILE, 0)]
)
def test_what_is_named_but_not_there_is_a_fact(reason: Reason, count: int) -> None:
    problem = Problem(Kind.FILE, reason, "there is no annotation 5", "set/file#/imgToAnns/64")
    counted = count_facts(find_facts("coco_text"), Annotation(problem))
    assert counted["dangling"] == sum(counted.values()) == count
