"""Every fault of shape is found where it was planted, and a sound region gives no finding."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.validation.labelled import WORD_BOX, Label, box, published, regions, told
from validation.checks import shapes
from validation.checks.shapes import CODES, find, find_in_split

BOW_TIE = (10.0, 10.0, 70.0, 30.0, 70.0, 10.0, 10.0, 30.0)
REVERSED = (10.0, 10.0, 10.0, 30.0, 70.0, 30.0, 70.0, 10.0)
SOUND = [Label()] * 200


def found(*labels: Label) -> list[tuple[str, str]]:
    return told(list(find_in_split("alpha", "train", [regions(labels, SOUND)])))


@pytest.mark.parametrize(
    ("label", "code"),
    [
        (Label((10, 10, 50, 30, 90, 50)), "no_area"),
        (Label((10, 10, 50, 30, 90, 50, 30, 20)), "no_area"),
        (Label(BOW_TIE), "self_crossing"),
        (Label((10, 10, 70, 10, 20, 30, 40, 0, 60, 30)), "self_crossing"),
        (Label(REVERSED), "counter_clockwise"),
        (box(-1.5, 10, 70, 30), "outside_picture"),
        (box(10, 470, 70, 481.5), "outside_picture"),
        (box(10, 10, 11, 30), "one_pixel_thick"),
        (box(10, 10, 30, 11), "one_pixel_thick"),
        (Label((10, 10, 70, 10, 70, 30)), "three_points"),
    ],
)
def test_a_planted_fault_is_found(label: Label, code: str) -> None:
    assert found(Label(), label) == [(code, "img_0#2")]
    assert code in {c.code for c in CODES}


@pytest.mark.parametrize(
    "label",
    [
        Label(),
        Label((10, 10, 70, 20, 68, 45, 8, 35)),
        Label((10, 10, 40, 14, 70, 10, 70, 30, 40, 34, 10, 30)),
        Label((10, 10, 70, 10, 70, 30, 70, 30, 10, 30)),  # a point twice
        box(-1, -1, 641, 481),
        box(10, 10, 11.01, 30),
    ],
)
def test_a_sound_region_is_none(label: Label) -> None:
    assert found(label) == []


def test_it_says_by_how_much_and_where_to_look() -> None:
    (finding,) = find_in_split("alpha", "train", [regions([Label(), box(600, 10, 652, 30)])])
    assert (finding.value, finding.threshold) == (12.0, 1.0)
    assert "12.0 px beyond the right of a picture of 640x480 px" in finding.message
    assert finding.image_id == "alpha/train/img_0"
    assert finding.source_uri == "alpha/train_gt/gt_img_0.txt"
    assert finding.source_line == 2


def test_many_reversed_regions_are_one_finding_of_the_split() -> None:
    half = regions([Label(REVERSED)] * 5, [Label(WORD_BOX)] * 5)
    (finding,) = find_in_split("alpha", "train", [half, half])
    assert (finding.code, finding.value, finding.image_id) == ("no_winding", 0.5, None)
    assert "10 of 20" in finding.message


def test_more_reversed_regions_than_a_person_can_look_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "MOST_REVERSED", 1)
    assert found(Label(REVERSED), Label(REVERSED)) == [("no_winding", "-")]


def test_a_corpus_is_walked(tmp_path: Path) -> None:
    manifest = published(tmp_path, [Label()], [], [Label(BOW_TIE)])
    assert told(list(find(SimpleNamespace(manifests=(manifest,))))) == [
        ("self_crossing", "img_2#1")
    ]


def test_no_regions() -> None:
    assert list(find_in_split("alpha", "train", [])) == []
    assert found() == []
    assert list(find_in_split("alpha", "train", [regions([])])) == []
