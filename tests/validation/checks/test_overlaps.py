"""Pairs of one image: duplicates, near-duplicates and containment, against all pairs by hand."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from manifests.vocabulary import Granularity
from tests.validation.labelled import Label, box, published, regions, told
from validation import pairs
from validation.checks.overlaps import find, find_in
from validation.pairs import overlapping


def found(*labels: Label) -> list[tuple[str, str]]:
    return told(list(find_in(regions([box(400, 400, 450, 420)], labels))))


SAME = box(10, 10, 110, 50)


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (box(10, 10, 110, 50), "duplicate_region"),
        (Label((110, 50, 10, 50, 10, 10, 110, 10)), "duplicate_region"),
        (box(10, 10, 110, 51, text="other"), "duplicate_region"),
        (box(10, 10, 110, 60), "near_duplicate_region"),
        (box(25, 10, 125, 50), "near_duplicate_region"),
        (box(10, 10, 110, 51, care=False), "duplicate_region"),
        (box(20, 20, 60, 40), "contained_region"),
        (box(20, 20, 60, 40, care=False), "contained_region"),
        (box(20, 20, 60, 40, granularity=Granularity.LINE), "contained_region"),
    ],
)
def test_a_planted_pair_is_found(second: Label, code: str) -> None:
    assert found(SAME, second) == [(code, "img_1#2")]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (SAME, box(110, 10, 210, 50)),
        (SAME, box(40, 10, 140, 50)),
        (SAME, box(90, 20, 130, 40)),
        (box(10, 10, 110, 50, care=False), box(10, 10, 110, 50, care=False)),
        (box(10, 10, 110, 50, care=False), box(20, 20, 60, 40)),
        (box(10, 10, 110, 50, granularity=Granularity.LINE), box(20, 20, 60, 40)),
        (box(10, 10, 110, 50, granularity=Granularity.LINE), SAME),
        (SAME, box(20, 20, 60, 40, granularity=Granularity.CHARACTER)),
        (SAME, box(11, 11, 109, 49, granularity=Granularity.CHARACTER)),
    ],
)
def test_a_sound_pair_is_none(first: Label, second: Label) -> None:
    assert found(first, second) == []


def test_the_inner_region_is_named_whichever_comes_first() -> None:
    (finding,) = find_in(regions([box(20, 20, 60, 40, text="in"), SAME]))
    assert finding.region_id == "alpha/train/img_0#1"
    assert finding.other_region_id == "alpha/train/img_0#2"
    assert finding.message == "100.0% of #1 'in' lies in #2 'word'"


def test_the_iou_is_that_of_the_polygons_not_of_their_boxes() -> None:
    """Two triangles of one box that share a quarter of it."""
    triangles = Label((0, 0, 40, 0, 40, 40)), Label((0, 0, 40, 0, 0, 40))
    found = overlapping(regions(triangles), np.ones(2, bool), 0.4)
    assert found.iou.tolist() == pytest.approx([1 / 3])
    assert found.inside.tolist() == pytest.approx([0.5])


def test_a_bow_tie_is_its_two_lobes() -> None:
    bow_tie = Label((0, 0, 40, 40, 40, 0, 0, 40))
    found = overlapping(regions([bow_tie, box(0, 0, 40, 40)]), np.ones(2, bool), 0.5)
    assert found.iou.tolist() == pytest.approx([0.5])


def test_regions_of_other_images_are_no_pair() -> None:
    assert list(find_in(regions([SAME], [SAME], [], [SAME]))) == []


def test_a_region_of_absurd_size_disturbs_no_other_image() -> None:
    far = box(-1e30, 10, 1e30, 50)
    found = find_in(regions([SAME, far], [SAME, SAME], [SAME, box(2e6, 10, 3e6, 50)]))
    assert told(list(found)) == [("contained_region", "img_0#1"), ("duplicate_region", "img_1#2")]


_SIDE = st.floats(-30, 30, width=32)
_BOXES = st.lists(
    st.tuples(_SIDE, _SIDE, st.floats(0.5, 30, width=32), st.floats(0.5, 30, width=32)), max_size=7
)


@given(st.lists(_BOXES, min_size=1, max_size=4), st.sampled_from([1, 3, 1000]))
def test_no_pair_is_missed(
    images: list[list[tuple[float, float, float, float]]], at_once: int
) -> None:
    labels = [[box(x, y, x + w, y + h) for x, y, w, h in boxes] for boxes in images]
    some = regions(*labels)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs, "PAIRS_AT_ONCE", at_once)
        found = overlapping(some, np.ones(len(some), bool), 0.3)
    got = dict(
        zip(zip(found.first.tolist(), found.other.tolist(), strict=True), found.iou, strict=True)
    )
    wanted = _all_pairs(some.points.reshape(-1, 4, 2), some.owner.tolist())
    sure = {pair for pair, (share, _) in wanted.items() if share > 0.3001}
    assert sure <= set(got) <= {pair for pair, (share, _) in wanted.items() if share > 0.2999}
    for pair, iou in got.items():
        assert iou == pytest.approx(wanted[pair][1], abs=1e-6)


def _all_pairs(
    corners: np.ndarray, owner: Sequence[int]
) -> dict[tuple[int, int], tuple[float, float]]:
    shapes = [shapely.Polygon(c) for c in corners]
    result = {}
    for i, one in enumerate(shapes):
        for j in range(i + 1, len(shapes)):
            if owner[i] == owner[j]:
                common = one.intersection(shapes[j]).area
                smaller = min(one.area, shapes[j].area)
                iou = common / (one.area + shapes[j].area - common)
                result[i, j] = (common / smaller, iou)
    return result


def test_a_corpus_is_walked(tmp_path: Path) -> None:
    manifest = published(tmp_path, [SAME], [], [SAME, SAME])
    assert told(list(find(SimpleNamespace(manifests=(manifest,))))) == [
        ("duplicate_region", "img_2#2")
    ]
