"""Any polygon as four corners."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.exports.writer import as_quadrilateral


def test_four_points_stay_as_they_are() -> None:
    quad = [5.0, 0, 0, 5, 5, 10, 10, 5]
    assert as_quadrilateral(quad) == (quad, False)


@given(st.integers(-44, 44), st.integers(20, 90), st.integers(5, 15))
def test_a_rectangle_with_more_points_is_found_again(angle: int, wide: int, high: int) -> None:
    points = np.array([[0, 0], [wide / 2, 0], [wide, 0], [wide, high], [0, high]], dtype=float)
    radians = math.radians(angle)
    turn = np.array(
        [[math.cos(radians), -math.sin(radians)], [math.sin(radians), math.cos(radians)]]
    )
    turned = points @ turn.T + 100
    corners, changed = as_quadrilateral(turned.ravel().tolist())
    assert changed
    found = np.array(corners).reshape(-1, 2)
    expected = turned[[0, 2, 3, 4]]
    far = np.linalg.norm(found[:, None] - expected[None], axis=2)
    assert far.min(axis=0) == pytest.approx(0, abs=0.02)
    assert found[0].sum() == pytest.approx(found.sum(axis=1).min())
