"""Made-up proposals, ordered by falling score; all scores are above 0.7."""

import numpy as np

from model.proposals import Proposals

COLUMNS, HEIGHT = 60, 576
"""Of the preset ``full``: columns, and px from top to bottom."""

Row = tuple[float, float, float, float]
"""Column, top, bottom, side offset."""


def page(
    rng: np.random.Generator, count: int, columns: int = COLUMNS, height: int = HEIGHT
) -> Proposals:
    """A page of text, line below line: every slice of a word once, one in ten twice.

    Up to about 1,100 proposals at the line's height of 24 px; more begin again at the top, unless
    the picture is larger.
    """
    rows: list[Row] = []
    while len(rows) < count:
        for base in range(4, height - 20, 24):
            column = 0
            while column < columns:
                length = int(rng.integers(2, 12))
                rows += _word(
                    rng, column, min(length, columns - column), base + rng.normal(0, 1), 16.0, 0.1
                )
                column += length + int(rng.integers(1, 3))
    return _proposals(rng, rows, count)


def clutter(
    rng: np.random.Generator, count: int, columns: int = COLUMNS, height: int = HEIGHT
) -> Proposals:
    """Words of all sizes, slanted, one on the other, and one proposal in ten anywhere."""
    rows: list[Row] = []
    while len(rows) < count:
        tall, first = rng.uniform(8, 40), int(rng.integers(0, columns))
        top = rng.uniform(0, height - tall)
        length = min(int(rng.integers(1, 12)), columns - first)
        rows += _word(rng, first, length, top, tall, 0.5, rng.normal(0, 1))
        if rng.random() < 0.8:
            top = rng.uniform(0, height - 9)
            rows.append((int(rng.integers(0, columns)), top, top + rng.uniform(3, 60), 0.0))
    return _proposals(rng, rows, count)


def _word(
    rng: np.random.Generator,
    first: int,
    length: int,
    start: float,
    height: float,
    twice: float,
    slope: float = 0.0,
) -> list[Row]:
    """A word's proposals, a twentieth of its height off; a share ``twice`` of them is doubled."""
    rows: list[Row] = []
    for step in range(length):
        for _ in range(1 + int(rng.random() < twice)):
            top = start + slope * step + rng.normal(0, 0.05) * height
            nearer = min(-step - 0.5, length - step - 0.5, key=abs)
            side = float(np.clip(nearer + rng.normal(0, 0.2), -2, 2))
            rows.append((first + step, top, top + height * rng.uniform(0.9, 1.1), side))
    return rows


def _proposals(rng: np.random.Generator, rows: list[Row], count: int) -> Proposals:
    table = np.array(rows).reshape(-1, 4)[rng.permutation(len(rows))[:count]]
    score = np.sort(rng.uniform(0.7001, 1.0, count))[::-1].astype(np.float32)
    column, top, bottom, side = table.T
    values = (top.astype(np.float32), bottom.astype(np.float32), score, side.astype(np.float32))
    return Proposals(column.astype(np.int32), *values)
