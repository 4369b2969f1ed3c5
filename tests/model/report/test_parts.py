"""The parts that pages are made of."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from manifests.errors import UserError
from model.explain.names import truth_name
from model.explain.strata import strata
from model.explain.tables import read_table
from model.protocols import PROTOCOLS, evaluate
from model.protocols.inputs import Detections, GroundTruths
from model.report import reading
from model.report.examples import Kind, read_examples
from model.report.listing import image_figures, list_pages, worst_images
from model.report.marks import image_marks, label_size
from model.report.markup import partners, said
from model.report.outcomes import OUTCOMES, TRUTHS
from model.report.places import gallery_page, image_page
from model.report.reading import Evaluation, ImageRows, by_image, open_evaluation
from model.report.standing import Figures, Standing, read_standing
from model.report.where import where


@pytest.fixture(params=[2, 4096])
def rows_at_a_time(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Tables are walked in batches of so many rows; what is read must not depend on it."""
    monkeypatch.setattr(reading, "_ROWS", request.param)
    return int(request.param)


@pytest.mark.usefixtures("rows_at_a_time")
def test_examples_are_the_worst_of_all_rows(planted: Path) -> None:
    evaluation = open_evaluation(planted)
    most = 1
    found = read_examples(evaluation, most)
    for kind, gallery in found.items():
        p, size = kind.protocol, "height" if kind.side == TRUTHS else "score"
        mine = [
            row
            for row in pq.read_table(planted / f"{kind.side}.parquet").to_pylist()
            if row[f"{p}_outcome"] == kind.outcome
        ]
        assert gallery.total == len(mine)
        first = "best_iou" if kind.outcome == "matched" else f"{p}_credit"
        mine.sort(key=lambda r: (r[first] or 0.0, -r[size], r["image_id"], r["index"]))
        told = [(example.image_id, example.index) for example in gallery.examples]
        assert told == [(row["image_id"], row["index"]) for row in mine[:most]]


@pytest.mark.usefixtures("rows_at_a_time")
def test_where_is_what_the_strata_of_the_whole_tables_are(planted: Path) -> None:
    tables = [read_table(planted, name) for name in ("truths", "detections")]
    for protocol in PROTOCOLS:
        whole = strata(tables[0], tables[1], protocol)
        parts = where(open_evaluation(planted), protocol)
        told = [
            (each.key, b.name, b.ground_truths, b.detections, b.recall, b.precision, b.hmean)
            for each in parts
            for b in each.bins
        ]
        wanted = [
            (s.quantity, s.bin, s.ground_truths, s.detections, s.recall, s.precision, s.hmean)
            for s in whole
        ]
        assert [row[:4] for row in told] == [row[:4] for row in wanted]
        for mine, theirs in zip(told, wanted, strict=True):
            assert mine[4:] == pytest.approx(theirs[4:])


@pytest.mark.usefixtures("rows_at_a_time")
def test_rows_of_an_image_are_found_together(planted: Path) -> None:
    groups = list(by_image(open_evaluation(planted)))
    sizes = {group.name: (len(group.truths), len(group.detections)) for group in groups}
    assert sizes["alpha/train/img_2"] == (3, 3)
    assert sizes["alpha/train/img_4"] == (0, 0)
    assert sizes["beta/test/img_0"] == (2, 4)
    for group in groups:
        assert {r["image_id"] for r in group.truths + group.detections} <= {group.name}


@pytest.mark.parametrize("truths", [0, 1, 2])
@pytest.mark.parametrize("found", [0, 1, 2])
def test_figures_of_an_image_are_the_protocols(truths: int, found: int) -> None:
    box = np.array([[0, 0, 9, 9], [50, 50, 99, 99]], float)
    ours = GroundTruths(box[:truths], np.ones(truths, bool), ("a",) * truths)
    score = evaluate("iou", {"x": ours}, {"x": Detections(box[:found])}).per_image["x"]
    hits = min(truths, found)
    figures = Figures(*(np.array([float(n)]) for n in (hits, truths, hits, found)))
    wanted = (score.precision, score.recall, score.hmean)
    assert image_figures(figures, 0) == pytest.approx(wanted)
    told = (figures.precision[0], figures.recall[0], figures.hmean[0])
    assert told == pytest.approx(wanted)


def standing_of(images: int) -> Standing:
    """Images of no ground truth; every second one has a detection, which makes its hmean 0."""
    zeros, bad = np.zeros(images), np.arange(images) % 2.0
    counts = {
        side: {"iou": np.zeros((images, len(outcomes)), np.int64)}
        for side, outcomes in OUTCOMES.items()
    }
    ids = [f"a/test/{k:03}" for k in range(images)]
    return Standing(ids, {"iou": Figures(zeros, zeros, zeros, bad)}, counts)


def test_the_list_has_a_hundred_images_a_page_and_all_of_them() -> None:
    standing = standing_of(205)
    pages = list(list_pages(standing, "iou", 10))
    assert [address for address, _ in pages] == [
        "images-iou.html",
        "images-iou.2.html",
        "images-iou.3.html",
    ]
    assert [len(values["listed"]) for _, values in pages] == [100, 100, 5]
    listed = [each for _, values in pages for each in values["listed"]]
    assert [each.rank for each in listed] == list(range(1, 206))
    assert sorted(each.image_id for each in listed) == standing.ids
    worst = [standing.ids[place] for place in worst_images(standing, 10)]
    assert [each.image_id for each in listed if each.has_picture] == worst
    assert worst == standing.ids[1:20:2]


def test_of_equals_those_that_miss_more_are_worse(planted: Path) -> None:
    standing = read_standing(open_evaluation(planted))
    names = [outcome.name for outcome in OUTCOMES[TRUTHS]]
    missed = standing.outcomes[TRUTHS]["iou"][:, names.index("missed")]
    order = standing.worst("iou")
    keys = [(standing.figures["iou"].hmean[k], -missed[k], standing.ids[k]) for k in order]
    assert keys == sorted(keys) and len(keys) == 6


def test_tables_of_other_images_are_refused(planted: Path, tmp_path: Path) -> None:
    info = json.loads((planted / "evaluation.json").read_text())
    tables = {name: read_table(planted, name) for name in ("images", "truths", "detections")}
    tables["images"] = tables["images"].slice(1)
    for name, table in tables.items():
        pq.write_table(table, tmp_path / f"{name}.parquet")
    evaluation = Evaluation(tmp_path, info)
    with pytest.raises(UserError, match="do not belong together: 'alpha/train/img_0'"):
        read_standing(evaluation)
    with pytest.raises(UserError, match="not of the same images in the same order"):
        list(by_image(evaluation))


def test_labels_stand_inside_the_picture_and_small_marks_on_top() -> None:
    image = {"image_id": "a/test/1", "width": 640, "height": 480}
    boxes = [(-50.0, -50.0, 900.0, 700.0), (600.0, 460.0, 640.0, 480.0), (0.0, 0.0, 9.0, 9.0)]
    rows = [
        {"index": k, "polygon": [x0, y0, x1, y0, x1, y1, x0, y1], "iou_outcome": "missed"}
        | {"region_id": f"a/test/1#{k + 5}"}
        for k, (x0, y0, x1, y1) in enumerate(boxes)
    ]
    odd = {**rows[0], "index": 3, "polygon": [0.0, float("nan")] * 4}
    found = [{**row, "iou_outcome": "background"} for row in rows]
    marks = image_marks(ImageRows(image, [*rows, odd], found), ["iou"])
    assert [mark.label for mark in marks] == ["D0", "T5", "D1", "T6", "D2", "T7"]
    size = label_size(640, 480)
    for mark in marks:
        assert 0 <= mark.x <= 640 - size and size <= mark.y <= 480


def test_a_truth_is_called_by_its_region_where_an_address_takes_the_number() -> None:
    names = [truth_name(f"a/test/1#{number}", 4) for number in ("3", "x-7.b", "a b", "", "é", "~")]
    assert names == ["T3", "Tx-7.b", "T@4", "T@4", "T@4", "T@4"]


def test_texts_are_escaped_set_apart_and_cut() -> None:
    assert said("<b>&", 9) == '<bdi class="said">&lt;b&gt;&amp;</bdi>'
    assert said('a"b<c', 2) == '<bdi class="said" title="a&#34;b&lt;c">a&#34;…</bdi>'
    assert said("\u202ea\x00\n", 20) == '<bdi class="said">\\u202ea\\u0000\\u000a</bdi>'
    assert partners(["D1", "D2"]) == ' <a href="#D1">D1</a> <a href="#D2">D2</a>'


def test_addresses_are_files_of_their_own() -> None:
    assert image_page("icdar15/train/img_1") == "images/icdar15~train~img_1.html"
    assert image_page("a/b/../../x").count("/") == 1
    kinds = [Kind(side, p, o.name) for side in OUTCOMES for p in PROTOCOLS for o in OUTCOMES[side]]
    assert len({gallery_page(kind) for kind in kinds}) == len(kinds)
