"""Sizes, tilts and counts against arithmetic on single regions."""

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.quantities import COLUMNS, IMAGE_QUANTITIES, REGION_QUANTITIES, measure, tilts
from manifests.reading import open_manifest
from tests.builders import make_image, publish_manifest


def turned(degrees: float, points: np.ndarray) -> list[float]:
    angle = math.radians(degrees)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return [float(value) for value in (points @ turn.T).ravel()]


QUAD = np.array([[0, 0], [40, 0], [40, 10], [0, 10]], dtype=np.float64)
LINE = np.array([[0, 0], [20, -1], [40, 0], [40, 10], [20, 9], [0, 10]], dtype=np.float64)


@given(st.floats(-44.9, 44.9), st.integers(0, 3), st.booleans(), st.sampled_from([0, 90, 180]))
def test_the_tilt_does_not_depend_on_corner_direction_or_quarter(
    degrees: float, first: int, reverse: bool, quarter: int
) -> None:
    points = np.roll(QUAD[::-1] if reverse else QUAD, first, axis=0)
    (found,) = tilts(pa.array([turned(degrees + quarter, points)]))
    assert found == pytest.approx(degrees, abs=1e-6)


@given(st.floats(-44.9, 44.9))
def test_the_tilt_of_other_polygons_is_that_of_their_axis(degrees: float) -> None:
    (found,) = tilts(pa.array([turned(degrees, LINE)]))
    assert found == pytest.approx(degrees, abs=1e-6)


def test_polygons_of_several_sizes_keep_their_order() -> None:
    shapes = [turned(10, QUAD), turned(-20, LINE), turned(30, LINE), turned(100, QUAD), [1.0, 2.0]]
    found = tilts(pa.array(shapes))
    assert found[:4] == pytest.approx([10, -20, 30, 10])
    assert math.isnan(found[4])


def test_tilt_is_of_the_longest_side_to_the_nearest_axis() -> None:
    level = [0, 0, 10, 0, 10, 5, 0, 5]
    tall = [0, 0, 5, 0, 5, 10, 0, 10]
    falling = [0, 0, 100, 10, 98, 30, -2, 20]
    odd = [0, 0, 1]
    found = tilts(pa.array([level, tall, falling, odd, []], pa.list_(pa.float32())))
    assert found[:2].tolist() == [0, 0]
    assert found[2] == pytest.approx(np.degrees(np.arctan2(10, 100)), abs=1e-4)
    assert np.isnan(found[3:]).all()


def test_every_quantity_is_measured_once_a_region_or_image(tmp_path: Path) -> None:
    images = [make_image("alpha", "train", k, regions=k) for k in range(4)]
    publish_manifest(tmp_path, images)
    manifest = open_manifest(tmp_path, "alpha", "train")
    (batch,) = manifest.batches("images", COLUMNS)
    found = measure(batch)
    assert set(found) == {*REGION_QUANTITIES, *IMAGE_QUANTITIES}
    regions = [region for image in images for region in image.regions]
    assert found["regions"].tolist() == [0, 1, 2, 3]
    assert found["width"] == pytest.approx([80] * len(regions))
    assert found["height"] == pytest.approx([22] * len(regions))
    assert found["aspect"] == pytest.approx([80 / 22] * len(regions))
    assert found["text_length"].tolist() == [len(region.text or "") for region in regions]
    assert found["tilt"] == pytest.approx([math.degrees(math.atan2(4, 158))] * len(regions))
    assert set(found["image_width"]) == {640.0}
