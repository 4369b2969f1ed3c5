"""Bins part what the protocol counts: nothing twice, nothing lost."""

from pathlib import Path

import pytest

from model.explain.rows import explain_evaluation
from model.explain.strata import BINS, POSITIONS, QUANTITIES, UNKNOWN, Stratum, strata
from model.protocols import PROTOCOLS
from tests.model.explain.evaluations import SIZE, evaluation_of, found, region

ONE, TWO = "alpha/test/img_1", "beta/test/img_2"


def of(protocol: str, images: dict, lines: dict) -> dict[tuple[str, str], Stratum]:
    tables = explain_evaluation(evaluation_of(images, lines)).tables
    found = strata(tables["truths"], tables["detections"], protocol)
    assert len({(one.quantity, one.bin) for one in found}) == len(found)
    return {(one.quantity, one.bin): one for one in found}


IMAGES = {
    ONE: [
        region(ONE, 1, (10, 10, 110, 30), "word"),
        region(ONE, 2, (300, 200, 340, 240), "a"),
        region(ONE, 3, (500, 400, 620, 470), None),
        region(ONE, 4, (10, 400, 110, 420), "###"),
    ],
    TWO: [region(TWO, 1, (10, 10, 110, 30), "longer text of many words")],
}
LINES = {
    ONE: found((10, 10, 110, 30), (300, 100, 305, 300), (10, 400, 110, 420)),
    TWO: found((10, 10, 60, 30), (60, 10, 110, 30)),
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_quantity_adds_up_to_the_protocols_totals(protocol: str) -> None:
    score = evaluation_of(IMAGES, LINES).scores[protocol]
    cells = of(protocol, IMAGES, LINES)
    for quantity in QUANTITIES:
        mine = [one for (name, _), one in cells.items() if name == quantity]
        assert sum(one.ground_truths for one in mine) == score.ground_truths
        credit = sum(one.recall_credit for one in mine)
        assert credit == pytest.approx(score.recall * score.ground_truths)
        if quantity == "text_length":
            assert {one.detections for one in mine} == {None}
            continue
        assert sum(one.detections or 0 for one in mine) == score.detections
        credit = sum(one.precision_credit or 0 for one in mine)
        assert credit == pytest.approx(score.precision * score.detections)


def test_recall_is_of_truths_and_precision_of_detections_in_the_bin() -> None:
    cells = of("deteval", IMAGES, LINES)
    low = cells["height", "16 to 32"]
    assert (low.ground_truths, low.recall_credit) == (2, 1.8)
    assert (low.detections, low.precision_credit) == (3, 2.6)
    assert low.recall == pytest.approx(0.9)
    assert low.precision == pytest.approx(2.6 / 3)
    tall = cells["height", "128 and more"]
    assert (tall.ground_truths, tall.recall, tall.hmean) == (0, None, None)
    assert (tall.detections, tall.precision) == (1, 0.0)
    assert cells["dataset", "alpha"].ground_truths == 3
    assert cells["dataset", "beta"].recall == 0.8
    assert cells["text_length", UNKNOWN].ground_truths == 1
    assert cells["text_length", "up to 1"].ground_truths == 1
    assert cells["text_length", "17 and more"].recall == 0.8
    assert ("height", UNKNOWN) not in cells
    assert cells["brightness", "100 to 150"].ground_truths == 4
    assert cells["brightness", "50 to 100"].detections == 4


def test_positions_are_a_grid_over_the_picture() -> None:
    width, height = SIZE
    regions, places = [], []
    for number, name in enumerate(POSITIONS):
        row, column = divmod(number, 3)
        x, y = width * (column + 0.5) / 3, height * (row + 0.5) / 3
        places.append((name, x, y))
        regions.append(region(ONE, number, (x - 5, y - 5, x + 5, y + 5)))
    cells = of("iou", {ONE: regions}, {})
    assert [cells["position", name].ground_truths for name, _, _ in places] == [1] * 9


def test_a_value_on_an_edge_is_in_the_upper_bin() -> None:
    regions = [region(ONE, 1, (0, 0, 64, 8)), region(ONE, 2, (0, 100, 32, 132))]
    cells = of("iou", {ONE: regions}, {})
    assert cells["height", "8 to 16"].ground_truths == 1
    assert cells["height", "32 to 64"].ground_truths == 1
    assert cells["aspect", "8 and more"].ground_truths == 1
    assert cells["aspect", "1 to 2"].ground_truths == 1


def test_tilt_counts_either_way() -> None:
    slanted = region(ONE, 1, (0, 0, 100, 40))
    slanted["polygon"] = [0, 17.6, 100, 0, 100, 20, 0, 37.6]  # 10 degrees upwards
    cells = of("iou", {ONE: [slanted]}, {})
    assert cells["tilt", "5 to 10"].ground_truths == 1


def test_names_and_edges_fit() -> None:
    for bins in BINS.values():
        assert len(bins.names) == len(bins.edges) + 1
        assert list(bins.edges) == sorted(bins.edges)


def test_dont_care_alone_leaves_empty_bins(tmp_path: Path) -> None:
    cells = of("iou", {ONE: [region(ONE, 1, (0, 0, 64, 8), "###")]}, {})
    assert {one.ground_truths for one in cells.values()} == {0}
    assert {one.hmean for one in cells.values()} == {None}
