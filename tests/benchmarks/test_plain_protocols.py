"""The plain yardstick of the evaluators gives the matches of ``model``, and they those of it."""

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from benchmarks.corpora import corpus
from benchmarks.plain import protocols as plain
from benchmarks.protocols import main, same
from model.protocols import PROTOCOLS, evaluate
from model.protocols.inputs import Detections, GroundTruths

RECTANGLES = ("deteval", "icdar2013")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_corpus_is_scored_alike(protocol: str) -> None:
    gt, found = corpus(3, 60, upright=protocol in RECTANGLES)
    score, figures = evaluate(protocol, gt, found), plain.evaluate(protocol, gt, found)
    assert same(score, figures)
    assert 0.3 < score.hmean < 0.9
    first = next(name for name, matching in figures.matchings.items() if matching.pairs)
    other = dataclasses.replace(figures.matchings[first], pairs=())
    assert not same(score, figures._replace(matchings={**figures.matchings, first: other}))
    assert not same(score, figures._replace(hmean=figures.hmean + 1e-9))


edge = st.integers(0, 24)
rectangle = st.tuples(edge, edge, edge, edge).map(
    lambda v: [min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]), max(v[1], v[3])]
)
image = st.tuples(
    st.lists(st.tuples(rectangle, st.booleans()), max_size=6), st.lists(rectangle, max_size=6)
)


def images_of(drawn: list[tuple]) -> tuple[dict[str, GroundTruths], dict[str, Detections]]:
    gt, found = {}, {}
    for number, (truths, detections) in enumerate(drawn):
        texts = ["word" if care else "###" for _, care in truths]
        gt[f"{number}"] = GroundTruths.from_texts([shape for shape, _ in truths], texts)
        found[f"{number}"] = Detections(np.array(detections))
    return gt, found


@settings(max_examples=300)
@given(st.lists(image, min_size=1, max_size=4))
def test_rectangles_of_any_images_are_matched_alike(drawn: list[tuple]) -> None:
    gt, found = images_of(drawn)
    for protocol in RECTANGLES:
        assert same(evaluate(protocol, gt, found), plain.evaluate(protocol, gt, found))


point = st.tuples(st.integers(0, 12), st.integers(0, 12))
quad = st.one_of(
    st.lists(point, min_size=4, max_size=4).map(lambda points: [x for p in points for x in p]),
    rectangle.map(lambda r: [r[0], r[1], r[2], r[1], r[2], r[3], r[0], r[3]]),
)
quads = st.tuples(st.lists(st.tuples(quad, st.booleans()), max_size=5), st.lists(quad, max_size=5))


@settings(max_examples=300)
@given(st.lists(quads, min_size=1, max_size=3))
def test_quadrilaterals_of_any_images_are_matched_alike(drawn: list[tuple]) -> None:
    """But for halves, where shapely rounds; those have a test of their own, of exact numbers."""
    gt, found = images_of(drawn)
    for name, truths in gt.items():
        for truth in map(plain.polygon, truths.shapes.tolist()):
            for box in map(plain.polygon, found[name].shapes.tolist()):
                assume(abs(plain.intersection_over_union(truth, box) - 0.5) > 1e-9)
                common = truth.intersection(box).area
                assume(abs(common - box.area / 2) > 1e-9 or common == 0)
    assert same(evaluate("iou", gt, found), plain.evaluate("iou", gt, found))


def test_the_benchmark_prints_a_row_for_each_protocol(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--images", "5", "--repeats", "1"]) == 0
    printed = capsys.readouterr().out
    assert all(f"\n{name}" in printed for name in PROTOCOLS)
    assert "the results are the same" in printed
