"""COCO's average precision: by hand, and as pycocotools reads it from files."""

import contextlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from model.explain.coco import average_precision
from model.protocols.inputs import Detections, GroundTruths

WORD, OTHER, FAR = (0, 0, 99, 19), (0, 100, 99, 119), (300, 300, 399, 319)


def truths(boxes: list, texts: list[str] | None = None) -> GroundTruths:
    return GroundTruths.from_texts(np.array(boxes).reshape(-1, 4), texts or ["x"] * len(boxes))


def ap(ours: GroundTruths, found: list, scores: list[float]) -> dict:
    return average_precision({"a": ours}, {"a": Detections(found)}, {"a": np.array(scores)})


def test_a_case_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    """Found are: one exactly (.9), a false one (.8), the other (.7): precision is 1 up to a recall
    of .5, where 51 of the 101 recalls are, and 2/3 beyond."""
    got = ap(truths([WORD, OTHER]), [WORD, FAR, OTHER], [0.9, 0.8, 0.7])
    expected = (51 * 1 + 50 * 2 / 3) / 101
    assert got["ap50"] == got["ap75"] == pytest.approx(expected)
    assert got["ap"] == pytest.approx(expected)
    assert capsys.readouterr().out == ""


def test_loose_boxes_lose_at_the_higher_thresholds() -> None:
    """An IoU of .7 counts at .5, .55, .6, .65 and .7: half of the ten."""
    got = ap(truths([WORD]), [(0, 0, 69, 19)], [0.9])
    assert got["ap50"] == pytest.approx(1)
    assert got["ap75"] == 0
    assert got["ap"] == pytest.approx(0.5)


def test_dont_care_neither_gains_nor_loses() -> None:
    got = ap(
        truths([WORD, OTHER], ["x", "###"]), [OTHER, (10, 100, 40, 119), WORD], [0.9, 0.8, 0.7]
    )
    assert got["ap"] == pytest.approx(1)


def test_nothing_to_find_has_no_figure_and_nothing_found_has_zero() -> None:
    assert ap(truths([WORD], ["###"]), [WORD], [0.9])["ap"] is None
    assert ap(truths([]), [], [])["ap50"] is None
    assert ap(truths([WORD]), [], [])["ap"] == 0
    assert average_precision({}, {}, {})["ap"] is None
    assert average_precision({"a": truths([WORD])}, {}, {})["ap"] == 0


def test_detections_beyond_cocos_limit_are_told() -> None:
    many = [FAR] * 120
    got = ap(truths([WORD]), [*many, WORD], [0.9] * 120 + [0.1])
    assert (got["max_detections"], got["beyond"], got["ap"]) == (100, 21, 0)


def test_it_is_what_pycocotools_says_of_the_same_in_files(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    ours, lines, scores, annotations, results = {}, {}, {}, [], []
    for image in range(1, 13):
        low = rng.integers(0, 300, (6, 2))
        boxes = np.concatenate([low, low + rng.integers(10, 90, (6, 2))], axis=1)
        found = np.clip(boxes + rng.integers(-6, 7, (6, 4)), 0, None)
        texts = ["###" if rng.random() < 0.2 else "x" for _ in boxes]
        name = f"img_{image:02d}"
        ours[name], lines[name] = truths(boxes, texts), Detections(found)
        scores[name] = rng.random(6)
        for box, text in zip(boxes.tolist(), texts, strict=True):
            size = [box[2] - box[0] + 1, box[3] - box[1] + 1]
            annotations.append(
                {"id": len(annotations) + 1, "image_id": image, "category_id": 1,
                 "bbox": [*box[:2], *size], "area": size[0] * size[1],
                 "iscrowd": int(text == "###")}
            )  # fmt: skip
        for box, score in zip(found.tolist(), scores[name], strict=True):
            bbox = [*box[:2], box[2] - box[0] + 1, box[3] - box[1] + 1]
            results.append({"image_id": image, "category_id": 1, "bbox": bbox, "score": score})
    images = [{"id": image} for image in range(1, 13)]
    dataset = {"info": {}, "images": images, "annotations": annotations,
               "categories": [{"id": 1, "name": "text"}]}  # fmt: skip
    (tmp_path / "gt.json").write_text(json.dumps(dataset))
    (tmp_path / "dt.json").write_text(json.dumps(results))
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(tmp_path / "gt.json"))
        theirs = COCOeval(coco, coco.loadRes(str(tmp_path / "dt.json")), "bbox")
        theirs.evaluate(), theirs.accumulate(), theirs.summarize()
    got = average_precision(ours, lines, scores)
    assert [got["ap"], got["ap50"], got["ap75"]] == pytest.approx(theirs.stats[:3].tolist())
    assert 0.05 < got["ap"] < 0.95
