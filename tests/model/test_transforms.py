"""Fitting images and polygons into the network's input, and the way back."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.transforms import FILL, fit, resize_image, resize_polygons, restore_polygons

sides = st.integers(1, 5000)


@given(sides, sides)
def test_the_picture_lies_in_the_input_and_keeps_its_aspect_ratio(width: int, height: int) -> None:
    fitted = fit(width, height, 960, 576)
    assert 1 <= fitted.resized_width <= 960 and 1 <= fitted.resized_height <= 576
    scale = min(960 / width, 576 / height)
    assert abs(fitted.resized_width - max(width * scale, 1)) <= 0.5
    assert abs(fitted.resized_height - max(height * scale, 1)) <= 0.5
    assert fitted.origin == (0, 0)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (720, 1280), (333, 77), (960, 576)])
def test_one_side_fills_the_input(width: int, height: int) -> None:
    fitted = fit(width, height, 960, 576)
    assert fitted.resized_width == 960 or fitted.resized_height == 576


@pytest.mark.parametrize("arguments", [(0, 5, 9, 9), (5, 5, 0, 9)])
def test_what_cannot_be_fitted_is_an_error(arguments: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="cannot fit"):
        fit(*arguments)


placements = st.tuples(st.integers(0, 50), st.integers(0, 50))


@given(
    sides,
    sides,
    placements,
    st.lists(st.tuples(st.floats(-9, 5e3), st.floats(-9, 5e3)), min_size=3),
)
def test_polygons_come_back(
    width: int, height: int, origin: tuple[int, int], points: list[tuple[float, float]]
) -> None:
    fitted = replace(fit(width, height, 960, 576), left=origin[0], top=origin[1])
    (back,) = restore_polygons(resize_polygons([np.array(points)], fitted), fitted)
    assert np.allclose(back, points, rtol=1e-12, atol=1e-9)


def test_the_image_border_lands_on_the_border_of_the_picture() -> None:
    fitted = fit(333, 77, 960, 576)
    corner = np.array([[0, 0], [333, 0], [333, 77]])
    (resized,) = resize_polygons([corner], fitted)
    assert np.allclose(resized[2], [fitted.resized_width, fitted.resized_height])


@pytest.mark.parametrize("factor", [2, 3])
def test_pixels_and_polygons_scale_alike(factor: int) -> None:
    image = np.zeros((36, 60, 3), dtype=np.uint8)
    image[6:30, 12:48] = 255
    fitted = fit(60, 36, 60 * factor, 36 * factor)
    (box,) = resize_polygons([np.array([[12, 6], [48, 6], [48, 30]])], fitted)
    bright = np.argwhere(resize_image(image, fitted)[..., 0] > 127)
    assert bright.min(axis=0).tolist() == box[0, ::-1].tolist()
    assert (bright.max(axis=0) + 1).tolist() == box[2, ::-1].tolist()


def test_shrinking_averages_so_that_thin_strokes_remain() -> None:
    image = np.zeros((160, 160, 3), dtype=np.uint8)
    image[:, ::8] = 255
    small = resize_image(image, fit(160, 160, 20, 20))
    assert (small == 32).all()


def test_padding_is_at_the_right_and_bottom_in_the_given_colour() -> None:
    image = np.full((10, 30, 3), 200, dtype=np.uint8)
    output = resize_image(image, fit(30, 10, 60, 60))
    assert output.shape == (60, 60, 3) and output.dtype == np.uint8
    assert (output[:20] == 200).all()
    assert (output[20:] == FILL).all()
    assert (resize_image(image, fit(30, 10, 60, 60), fill=(1, 2, 3))[59, 59] == (1, 2, 3)).all()


@pytest.mark.parametrize("shape", [(10, 31, 3), (10, 30), (10, 30, 4)])
def test_an_image_of_another_size_is_an_error(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected a"):
        resize_image(np.zeros(shape, dtype=np.uint8), fit(30, 10, 60, 60))
