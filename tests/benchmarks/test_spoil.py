"""Each way of spoiling labels changes what it says, and nothing else."""

import numpy as np

from benchmarks.twin.spoil import dont_care_as_background, dont_care_as_text, upright_boxes
from model.shards import Sample

WORD = np.array([[2, 1], [9, 4], [8, 7], [1, 5]], np.float32)
MARKED = WORD + 10
ITEM = Sample(
    "d/train/a", np.zeros((32, 32, 3), np.uint8), [WORD, MARKED], np.array([True, False]), True
)


def test_dont_care_becomes_text() -> None:
    spoilt = dont_care_as_text(ITEM)
    assert spoilt.care.tolist() == [True, True]
    assert spoilt.polygons is ITEM.polygons
    assert ITEM.care.tolist() == [True, False]


def test_dont_care_becomes_background() -> None:
    spoilt = dont_care_as_background(ITEM)
    assert len(spoilt.polygons) == 1 and (spoilt.polygons[0] == WORD).all()
    assert spoilt.care.tolist() == [True]


def test_polygons_become_the_boxes_around_them() -> None:
    spoilt = upright_boxes(ITEM)
    assert spoilt.polygons[0].tolist() == [[1, 1], [9, 1], [9, 7], [1, 7]]
    assert spoilt.care is ITEM.care
