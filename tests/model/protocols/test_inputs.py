import numpy as np
import pytest
from numpy.typing import ArrayLike

from manifests.errors import UserError
from model.protocols.inputs import (
    Detections,
    GroundTruths,
    inclusive_rectangles,
    quadrilaterals,
    rectangles,
)


def test_only_the_exact_text_is_dont_care() -> None:
    texts = ["###", "#05-11", "####", " ###", ""]
    gt = GroundTruths.from_texts([[0, 0, 1, 1]] * 5, texts)
    assert gt.care.tolist() == [False, True, True, True, True]
    assert gt.texts == tuple(texts)


def test_arrays_are_copied_and_read_only() -> None:
    given = np.array([[0.0, 0, 9, 9]])
    detections = Detections(given)
    given[0, 2] = 5
    assert detections.shapes.tolist() == [[0, 0, 9, 9]]
    with pytest.raises(ValueError, match="read-only"):
        detections.shapes[0, 0] = 1


@pytest.mark.parametrize("empty", [[], np.empty((0, 4)), np.empty((0, 8))])
def test_nothing_is_an_image_without_boxes(empty: ArrayLike) -> None:
    detections = Detections(np.asarray(empty))
    assert len(detections) == 0
    assert rectangles(detections.shapes).shape == (0, 4)
    assert quadrilaterals(detections.shapes).shape == (0, 4, 2)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([0, 0, 9, 9], "not \\(4,\\)"),
        ([[0, 0, 9]], "not \\(1, 3\\)"),
        ([[0, 0, 9, np.nan]], "not finite"),
        ([[5, 0, 4, 9]], "inside out"),
        ([[0, 5, 9, 4]], "inside out"),
    ],
)
def test_wrong_shapes_are_refused(shapes: ArrayLike, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Detections(np.asarray(shapes))


def test_flags_and_texts_go_with_the_shapes() -> None:
    with pytest.raises(ValueError, match="1 shapes need as many care flags and texts"):
        GroundTruths(np.array([[0, 0, 9, 9]]), np.array([True, False]), ("a",))
    with pytest.raises(ValueError, match="1 shapes need as many care flags and texts"):
        GroundTruths(np.array([[0, 0, 9, 9]]), np.array([True]), ())


def test_the_corners_of_a_rectangle_run_clockwise_from_the_top_left() -> None:
    corners = quadrilaterals(np.array([[1.0, 2, 30, 40]]))
    assert corners.tolist() == [[[1, 2], [30, 2], [30, 40], [1, 40]]]


def test_quadrilaterals_are_no_rectangles() -> None:
    with pytest.raises(UserError, match="protocol iou"):
        rectangles(np.zeros((1, 8)))


def test_half_open_boxes_become_inclusive_whole_pixels() -> None:
    boxes = [[0, 0, 10, 5], [0.4, 0.6, 9.6, 5.4], [3.1, 3.1, 3.2, 3.2]]
    expected = [[0, 0, 9, 4], [0, 1, 9, 4], [3, 3, 3, 3]]
    assert inclusive_rectangles(boxes).tolist() == expected
    assert inclusive_rectangles([]).shape == (0, 4)
