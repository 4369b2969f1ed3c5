"""What a detector saw against the labels, on layouts small enough to do by hand."""

import numpy as np
import pytest

from manifests.geometry import polygon_from_box
from model.inspection.comparing import Seen, contrasts, expected, unlabelled, unseen
from model.inspection.geometry import Placed


def box(*sides: float) -> np.ndarray:
    return np.array(polygon_from_box(*sides)).reshape(4, 2)  # type: ignore[call-arg]


LINE = box(100, 100, 200, 120)


def seen(
    *lines: np.ndarray, score: float = 0.99, proposals: int = 6, glimpses: object = ()
) -> Seen:
    return Seen(
        np.array(lines, np.float32).reshape(-1, 4, 2),
        np.full(len(lines), score, np.float32),
        np.full(len(lines), proposals, np.float32),
        np.array(glimpses, np.float32).reshape(-1, 4),
    )


@pytest.mark.parametrize(
    ("regions", "is_bare"),
    [
        ([], True),
        ([box(300, 100, 400, 120)], True),
        ([box(100, 100, 119, 120)], True),
        ([box(100, 100, 121, 120)], False),
        ([box(100, 100, 111, 120), box(189, 100, 200, 120)], False),
        ([box(90, 90, 210, 130)], False),
        ([np.array([[100, 100], [200, 120], [200, 100], [100, 120]])], False),
    ],
)
def test_a_line_that_lies_on_nothing_labelled(regions: list[np.ndarray], is_bare: bool) -> None:
    assert unlabelled(seen(LINE), regions).tolist() == [is_bare]


def test_a_line_must_be_believed() -> None:
    assert unlabelled(seen(LINE, score=0.9), []).tolist() == [False]
    assert unlabelled(seen(LINE, proposals=2), []).tolist() == [False]
    assert unlabelled(seen(), [LINE]).tolist() == []


@pytest.mark.parametrize(
    ("found", "blind"),
    [
        (seen(), True),
        (seen(box(300, 100, 400, 120)), True),
        (seen(glimpses=[[100, 100, 109, 120]]), True),
        (seen(glimpses=[[100, 100, 111, 120]]), False),
        (seen(glimpses=[[100, 100, 106, 120], [150, 100, 156, 120]]), False),
        (seen(glimpses=[[100, 100, 109, 120], [100, 100, 109, 120]]), True),
        (seen(box(190, 90, 300, 130), glimpses=[[100, 100, 109, 120]]), False),
    ],
)
def test_a_region_of_which_there_is_no_sign(found: Seen, blind: bool) -> None:
    assert unseen(found, [LINE]).tolist() == [blind]
    assert unseen(found, []).tolist() == []


@pytest.mark.parametrize(
    "spiked",
    [
        [100, 140, 200, 100, 100, 100, 150, 100],
        [100, 100, 200, 100, 200, 140, 200, 141, 200, 140, 100, 140],
        [100, 100, 200, 140, 100, 140, 200, 100],
    ],
)
@pytest.mark.parametrize("found", [seen(), seen(box(100, 100, 200, 140))])
def test_an_outline_with_a_spike_is_an_outline(spiked: list[float], found: Seen) -> None:
    polygon = np.array(spiked, np.float64).reshape(-1, 2)
    assert unseen(found, [polygon]).tolist() == [not len(found.quads)]


def test_what_can_be_expected() -> None:
    placed = Placed(
        width=np.array([40.0, 40, 20, 12, 40, 0]),
        height=np.array([20.0, 7, 30, 10, 20, np.nan]),
        slices=np.array([3, 3, 2, 1, 3, 0]),
        unreached=np.zeros(6, dtype=int),
    )
    tilt = np.array([-20.0, 0, 0, 0, 25, 0])
    assert expected(placed, tilt).tolist() == [True, False, False, False, False, False]


def test_contrast_is_that_inside_the_region() -> None:
    pixels = np.zeros((50, 100, 3), np.uint8)
    pixels[10:20, 10:20] = 200
    pixels[10:20, 20:30] = (0, 0, 100)
    regions = [box(10, 10, 20, 20), box(5.5, 10.2, 15, 19), box(20, 10, 40, 20), box(-9, 60, 0, 70)]
    assert contrasts(regions, pixels).tolist() == pytest.approx([0, 200, 11.4, 0])
    assert len(contrasts([], pixels)) == 0
