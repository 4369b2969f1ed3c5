import json
from pathlib import Path

import numpy as np
import pytest

from manifests.errors import UserError
from model.protocols import PROTOCOLS, evaluate
from model.protocols.inputs import Detections, GroundTruths
from model.submission import read_ground_truth, read_submission

WORD = GroundTruths.from_texts([[0, 0, 99, 9]], ["word"])
FOUND = Detections(np.array([[0, 0, 99, 9]]))


def test_official_scores_are_reproduced(shared: Path) -> None:
    """Every case the official evaluation scripts were run on, to 1e-12."""
    folder = shared / "eval"
    cases = json.loads((folder / "golden.json").read_text())["cases"]
    assert {case["protocol"] for case in cases} == set(PROTOCOLS)
    for case in cases:
        gt = read_ground_truth(folder / case["gt"])
        score = evaluate(case["protocol"], gt, read_submission(folder / case["submission"], gt))
        ours = [score.precision, score.recall, score.hmean]
        official = [case["precision"], case["recall"], case["hmean"]]
        np.testing.assert_allclose(ours, official, rtol=0, atol=1e-12, err_msg=str(case))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_image_without_detections_counts_as_one_with_none(protocol: str) -> None:
    missing = evaluate(protocol, {"a": WORD, "b": WORD}, {"a": FOUND})
    empty = evaluate(protocol, {"a": WORD, "b": WORD}, {"a": FOUND, "b": Detections(np.array([]))})
    assert missing == empty
    assert (missing.recall, missing.precision, missing.images) == (0.5, 1.0, 2)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_false_alarm_on_an_empty_image_costs_precision(protocol: str) -> None:
    empty = GroundTruths.from_texts([], [])
    score = evaluate(protocol, {"a": WORD, "b": empty}, {"a": FOUND, "b": FOUND})
    assert (score.recall, score.precision) == (1.0, 0.5)
    assert (score.per_image["b"].recall, score.per_image["b"].precision) == (1.0, 0.0)


def test_detections_of_an_unknown_image_are_an_error() -> None:
    with pytest.raises(UserError, match="first 'b'"):
        evaluate("iou", {"a": WORD}, {"b": FOUND})


def test_an_unknown_protocol_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(UserError, match="use one of deteval, icdar2013, iou"):
        evaluate("tedeval", {"a": WORD}, {})


def test_protocols_say_which_shapes_they_take() -> None:
    gt = {"a": GroundTruths.from_texts([[0, 0, 9, 0, 9, 9, 0, 9]], ["word"])}
    for name, protocol in PROTOCOLS.items():
        if protocol.takes_quadrilaterals:
            assert evaluate(name, gt, {}).ground_truths == 1
        else:
            with pytest.raises(UserError, match=f"{name}, image 'a'"):
                evaluate(name, gt, {})
