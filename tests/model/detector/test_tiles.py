"""Tiles: every cell once, a line over a border is one line, and a picture that fits is not cut."""

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import Detector, TileSettings
from model.anchors import STRIDE
from model.config import load_config
from model.detector.tiles import joined, tiles_of, tiling
from tests.model.plain_preset import PLAIN

NETWORK = load_config(PLAIN, ["network.input_width=160", "network.input_height=96"]).network
SIZES = st.integers(1, 900)


@given(
    width=SIZES, height=SIZES, scale=st.sampled_from([0.3, 1.0, 1.7]), overlap=st.integers(0, 90)
)
def test_tiles_cover_the_picture_and_overlap(
    width: int, height: int, scale: float, overlap: int
) -> None:
    cut = tiling(width, height, NETWORK, TileSettings(scale, overlap, most=10**6))
    assert len(cut) == len(list(cut))
    for starts, tile, size in (
        (cut.lefts, cut.columns, cut.placed.input_width),
        (cut.tops, cut.rows, cut.placed.input_height),
    ):
        assert starts[0] == 0
        assert (starts[-1] + tile) * STRIDE == size
        # A tile of six rows overlaps by five at most.
        wanted = min(-(-overlap // STRIDE), tile - 1)
        assert all(one + tile - other >= wanted for one, other in pairwise(starts))
    assert cut.placed.resized_width <= cut.placed.input_width
    assert cut.placed.resized_height <= cut.placed.input_height


@given(width=SIZES, height=SIZES, overlap=st.integers(0, 90))
def test_every_cell_comes_from_one_tile_far_from_its_borders(
    width: int, height: int, overlap: int
) -> None:
    cut = tiling(width, height, NETWORK, TileSettings(1.0, overlap, most=10**6))
    rows, columns = cut.placed.input_height // STRIDE, cut.placed.input_width // STRIDE
    # Each tile answers with where its cells lie on the large grid, and how far from its border.
    row, column = np.mgrid[: cut.rows, : cut.columns]

    def answers() -> object:
        for left, top in cut:
            place = np.stack([row + top, column + left], axis=2).astype(np.float32)
            yield place[..., :1], place[:, :, None], place[..., 1:]

    found = joined(answers(), cut)  # type: ignore[arg-type]
    assert found.scores.shape == (rows, columns, 1)
    np.testing.assert_array_equal(found.scores[..., 0], np.mgrid[:rows, :columns][0])
    np.testing.assert_array_equal(
        found.vertical[:, :, 0], np.moveaxis(np.mgrid[:rows, :columns], 0, 2)
    )
    assert found.placed == cut.placed


def test_a_picture_that_fits_is_not_cut() -> None:
    cut = tiling(160, 96, NETWORK, TileSettings())
    assert len(cut) == 1
    assert cut == tiling(160, 96, NETWORK, None)
    # The input enlarges a small picture; tiles never see it smaller than that.
    assert tiling(80, 40, NETWORK, TileSettings()).placed.scale == (2, 2)
    assert len(tiling(161, 96, NETWORK, TileSettings())) == 2


def test_a_picture_is_not_cut_into_more_tiles_than_allowed() -> None:
    free = tiling(4000, 3000, NETWORK, TileSettings(overlap=32, most=10**6))
    bound = tiling(4000, 3000, NETWORK, TileSettings(overlap=32, most=50))
    assert len(free) > 1000
    assert 30 < len(bound) <= 50
    assert tiling(4000, 3000, NETWORK, TileSettings(most=1)) == tiling(4000, 3000, NETWORK, None)
    assert len(tiling(40_000, 1, NETWORK, TileSettings(most=20))) <= 20


def test_pixels_of_tiles_are_those_of_the_picture() -> None:
    image = np.random.default_rng(0).integers(0, 256, (150, 333, 3), dtype=np.uint8)
    cut = tiling(333, 150, NETWORK, TileSettings(1.0, 32))
    for (left, top), tile in zip(cut, tiles_of(image, cut), strict=True):
        assert tile.shape == (96, 160, 3)
        part = image[top * 16 : top * 16 + 96, left * 16 : left * 16 + 160]
        np.testing.assert_array_equal(tile[: part.shape[0], : part.shape[1]], part)


@pytest.mark.parametrize(
    "wrong", [{"scale": 0}, {"scale": float("nan")}, {"overlap": -1}, {"most": 0}]
)
def test_settings_that_cannot_be(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="tiles: "):
        replace(TileSettings(), **wrong)  # type: ignore[arg-type]


def test_tiling_a_picture_that_fits_changes_nothing(lite: Detector, sign: np.ndarray) -> None:
    tiled = Detector(lite.predictor, TileSettings())
    assert tiled.detect(sign) == lite.detect(sign)


def test_lines_over_the_borders_of_tiles_are_whole(lite: Detector, sign: np.ndarray) -> None:
    # A sheet of 2 x 2 tiles: one word across each border, and one in the middle of a tile.
    small = np.ascontiguousarray(sign[90:160, 40:300])
    sheet = np.tile(sign[:1, :1], (550, 1100, 1))
    places = [(420, 40), (60, 245), (450, 250), (700, 420)]
    for left, top in places:
        sheet[top : top + 70, left : left + 260] = small
    tiled = Detector(lite.predictor, TileSettings(overlap=160))
    assert len(tiling(1100, 550, lite.predictor.config.network, tiled.tile)) == 4
    found = tiled.detect(sheet)
    for left, top in places:
        here = [
            line.box
            for line in found
            if left < (line.box[0] + line.box[2]) / 2 < left + 260
            and top < (line.box[1] + line.box[3]) / 2 < top + 70
        ]
        # EXIT from 20 to 105, market from 108 to 239.
        spans = sorted((round(box[0] - left), round(box[2] - left)) for box in here)
        np.testing.assert_allclose(spans, [(18, 105), (108, 239)], atol=9)
    assert len(found) == 8


def test_small_text_in_a_large_picture_is_found_in_tiles(lite: Detector, sign: np.ndarray) -> None:
    sheet = np.tile(sign[:1, :1], (360, 2400, 1))
    sheet[200:312, 700:900] = cv2.resize(sign, (200, 112), interpolation=cv2.INTER_AREA)
    assert len(lite.detect(sheet)) == 0
    found = Detector(lite.predictor, TileSettings()).detect(sheet)
    assert len(found) > 0
    assert all(715 < line.box[0] < line.box[2] < 795 for line in found)


def test_batches_of_tiles_find_the_same(lite: Detector, sign: np.ndarray) -> None:
    sheet = np.tile(sign, (1, 2, 1))
    tiled = Detector(lite.predictor, TileSettings())
    one, many = tiled.detect(sheet), next(tiled.detect_many([sheet], batch=2))
    assert len(one) == len(many) == 4
    for line, same in zip(one, many, strict=True):
        np.testing.assert_allclose(line.polygon, same.polygon, atol=0.05)
