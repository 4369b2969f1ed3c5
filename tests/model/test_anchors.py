"""The grid of anchors."""

import numpy as np

from model.anchors import anchor_grid


def test_grid_has_the_documented_shape_and_type() -> None:
    grid = anchor_grid(36, 60, [11, 16, 23])
    assert grid.shape == (36, 60, 3, 4)
    assert grid.dtype == np.float32


def test_an_anchor_fills_its_column_and_is_centred_on_its_cell() -> None:
    grid = anchor_grid(3, 4, [10, 40])
    assert grid[0, 0, 0].tolist() == [0, 3, 16, 13]
    assert grid[2, 3, 1].tolist() == [48, 20, 64, 60]


def test_neighbouring_columns_share_a_border_and_nothing_else() -> None:
    grid = anchor_grid(2, 5, [16])
    assert (grid[:, 1:, :, 0] == grid[:, :-1, :, 2]).all()


def test_stride_scales_the_grid() -> None:
    assert anchor_grid(2, 2, [8], stride=8)[1, 1, 0].tolist() == [8, 8, 16, 16]
