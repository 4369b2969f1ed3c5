"""Resizing by taps, against OpenCV."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.export.taps import both_axes, taps
from model.transforms import fit, resize_image
from tests.model.export.small import picture

SIDES = st.integers(1, 150)


def by_taps(image: npt.NDArray[np.uint8], width: int, height: int) -> npt.NDArray[np.float64]:
    """The picture on an input, its padding 0."""
    rows, columns = both_axes(fit(image.shape[1], image.shape[0], width, height))
    low = np.einsum("ot,otwc->owc", rows.weights, image[rows.index])
    both = np.einsum("pt,optc->opc", columns.weights, low[:, columns.index])
    return np.asarray(np.rint(both) * (rows.inside[:, None] & columns.inside)[..., None])


@given(SIDES, SIDES, SIDES, SIDES)
def test_no_pixel_is_more_than_one_step_from_opencv(
    width: int, height: int, wide: int, high: int
) -> None:
    image = picture(width, height, width + height)
    wanted = resize_image(image, fit(width, height, wide, high), fill=(0, 0, 0))
    assert np.abs(by_taps(image, wide, high) - wanted).max() <= 1


@given(SIDES, SIDES, st.booleans())
def test_weights_sum_to_one_and_stay_in_the_picture(length: int, resized: int, area: bool) -> None:
    table = taps(length, resized, resized + 3, area and resized < length)
    assert table.index.min() >= 0
    assert table.index.max() < length
    np.testing.assert_allclose(table.weights[:resized].sum(axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(np.flatnonzero(table.inside), np.arange(resized))


def test_a_picture_of_the_inputs_size_is_itself() -> None:
    table = taps(5, 5, 5, area=False)
    np.testing.assert_array_equal(table.index, np.arange(5)[:, None])
    np.testing.assert_array_equal(table.weights, np.ones((5, 1)))


@pytest.mark.parametrize(
    ("area", "wanted"),
    [
        # Spans 0 to 2.5 and 2.5 to 5.
        (True, [[0.4, 0.4, 0.2, 0, 0], [0, 0, 0.2, 0.4, 0.4]]),
        # Centres at 1.25 and 3.75; those of the pixels around stand at 0.5, 1.5 and 3.5, 4.5.
        (False, [[0.25, 0.75, 0, 0, 0], [0, 0, 0, 0.75, 0.25]]),
    ],
)
def test_weights_of_five_pixels_that_become_two(area: bool, wanted: list[list[float]]) -> None:
    table = taps(5, 2, 2, area)
    found = np.zeros((2, 5))
    for row, (index, weight) in enumerate(zip(table.index, table.weights, strict=True)):
        np.add.at(found[row], index, weight)
    np.testing.assert_allclose(found, wanted, atol=1e-6)
