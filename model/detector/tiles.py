"""Large pictures in tiles, so that small text stays large enough to be found.

The picture is scaled once; tiles of the network's input size are cut from it at multiples of the
stride, each overlapping its neighbours. So the cells of all tiles lie on one large grid, on which
every cell takes what the network said of it in the tile where it lies farthest from a cut. From
then on the grid is that of one large picture: proposals are suppressed and lines are built once,
and a line that crosses from tile to tile never knew of them.

A tile is (left, top) in cells of the large grid.
"""

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.anchors import STRIDE
from model.config import NetworkSettings
from model.detector.pixels import Pixels
from model.outputs import Outputs
from model.transforms import Fit, fit, resize_image

Floats = npt.NDArray[np.float32]
Answer = tuple[Floats, ...]


@dataclass(frozen=True)
class TileSettings:
    """How large pictures are cut. Lengths are pixels of the picture as scaled."""

    scale: float = 1.0
    """Scaled over original pixels, of pictures larger than the network's input. Those that it
    holds at this scale are not cut, and scaled as without tiles."""
    overlap: int = 160
    """Of neighbours, at least. Text that is no higher is seen whole by one of them."""
    most: int = 200
    """Tiles of one picture; the scale falls until there are no more."""

    def __post_init__(self) -> None:
        if not 0 < self.scale <= 100:
            raise ValueError(f"tiles: scale must be above 0 and at most 100, not {self.scale:g}")
        if self.overlap < 0 or self.most < 1:
            raise ValueError("tiles: overlap must not be negative, and most 1 at least")


@dataclass(frozen=True)
class Tiling:
    """Where the tiles of one picture lie."""

    placed: Fit
    """The picture on an input that would hold all of it."""
    lefts: tuple[int, ...]
    """Columns of cells at which tiles begin, rising from 0."""
    tops: tuple[int, ...]
    """Rows of cells."""
    columns: int
    """Cells of a tile."""
    rows: int

    def __len__(self) -> int:
        return len(self.lefts) * len(self.tops)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """(left, top) of each tile in cells, row by row."""
        return ((left, top) for top, left in itertools.product(self.tops, self.lefts))


def tiling(
    width: int, height: int, network: NetworkSettings, settings: TileSettings | None
) -> Tiling:
    """Where the tiles of a ``width`` x ``height`` picture lie; one tile without settings, or where
    the input holds the picture at their scale."""
    size = network.input_width, network.input_height
    whole = fit(width, height, *size)
    columns, rows = (side // STRIDE for side in size)
    if settings is None or max(whole.scale) >= settings.scale:
        return Tiling(whole, (0,), (0,), columns, rows)
    scale = settings.scale
    while True:
        cut = _cut(width, height, scale, (columns, rows), math.ceil(settings.overlap / STRIDE))
        if len(cut) <= settings.most:
            return cut
        scale *= 0.95
        if scale <= max(whole.scale):
            return Tiling(whole, (0,), (0,), columns, rows)


def tiles_of(image: Pixels, cut: Tiling) -> Iterator[Pixels]:
    """The network's inputs of a picture, (rows * 16, columns * 16, 3) uint8, in ``cut``'s order."""
    large = resize_image(image, cut.placed)
    for left, top in cut:
        yield large[
            top * STRIDE : (top + cut.rows) * STRIDE, left * STRIDE : (left + cut.columns) * STRIDE
        ]


def joined(answers: Iterable[Answer], cut: Tiling) -> Outputs:
    """What the network says of the whole picture, by what it says of each tile, in ``cut``'s order.

    Of each tile scores (rows, columns, k), vertical and side, as in ``Outputs``, are copied at
    once, so that only one tile's need be held.
    """
    columns, rows = cut.placed.input_width // STRIDE, cut.placed.input_height // STRIDE
    spans = itertools.product(
        _spans(cut.tops, cut.rows, rows), _spans(cut.lefts, cut.columns, columns)
    )
    large: list[Floats] = []
    for ((top, down), (left, across)), answer in zip(spans, answers, strict=True):
        large = large or [np.empty((rows, columns, *a.shape[2:]), a.dtype) for a in answer]
        for whole, part in zip(large, answer, strict=True):
            whole[down, across] = part[_moved(down, -top), _moved(across, -left)]
    scores, vertical, side = large
    return Outputs(scores, vertical, side, cut.placed)


def _cut(width: int, height: int, scale: float, tile: tuple[int, int], overlap: int) -> Tiling:
    """The tiling of a picture at a scale; tile: its columns and rows."""
    across, down = (max(1, round(side * scale)) for side in (width, height))
    cells = [
        max(math.ceil(side / STRIDE), one) for side, one in zip((across, down), tile, strict=True)
    ]
    lefts, tops = (_starts(count, one, overlap) for count, one in zip(cells, tile, strict=True))
    size = cells[0] * STRIDE, cells[1] * STRIDE
    return Tiling(Fit(width, height, across, down, *size), lefts, tops, *tile)


def _starts(cells: int, tile: int, overlap: int) -> tuple[int, ...]:
    """Where tiles of ``tile`` cells begin that cover ``cells`` exactly, evenly, each two sharing
    ``overlap`` cells and more."""
    last = cells - tile
    steps = math.ceil(last / max(1, tile - overlap))
    return tuple(last * step // max(1, steps) for step in range(steps + 1))


def _spans(starts: tuple[int, ...], tile: int, cells: int) -> list[tuple[int, slice]]:
    """Of each tile along one side where it begins, and the cells of the large grid that are its
    own: up to the middle of what it shares with its neighbours."""
    middles = [(one + tile + other) // 2 for one, other in itertools.pairwise(starts)]
    borders = itertools.pairwise([0, *middles, cells])
    return [(start, slice(*own)) for start, own in zip(starts, borders, strict=True)]


def _moved(span: slice, by: int) -> slice:
    return slice(span.start + by, span.stop + by)
