"""Text lines from chains of proposals."""

import numpy as np
import pytest

from model.lines import LineSettings, build_lines
from model.proposals import Proposals

KEEP_ALL = LineSettings(min_aspect=0, min_score=0, min_proposals=1)


def proposals(rows: list[tuple[float, ...]]) -> Proposals:
    """Rows of column, top, bottom, and optionally score and side offset."""
    padded = [row + (1.0, np.nan)[len(row) - 3 :] for row in rows]
    arrays = [np.array([row[i] for row in padded], dtype=np.float32) for i in range(5)]
    return Proposals(arrays[0].astype(np.int32), *arrays[1:])


def level(columns: range, score: float = 1.0) -> list[tuple[float, ...]]:
    return [(c, 10.0, 30.0, score) for c in columns]


def test_a_level_line() -> None:
    lines = build_lines(proposals(level(range(2, 6))))
    assert np.allclose(lines.quads, [[[32, 10], [96, 10], [96, 30], [32, 30]]])
    assert lines.boxes.tolist() == [[32, 10, 96, 30]]
    assert lines.scores.tolist() == [1]
    assert lines.members.tolist() == [0, 0, 0, 0]
    assert [a.dtype.name for a in vars(lines).values()] == ["float32"] * 3 + ["int32"]


def test_a_slanted_line_follows_its_proposals() -> None:
    rows = [(c, 10 + 4 * c, 34 + 4 * c) for c in range(6)]
    (quad,) = build_lines(proposals(rows), KEEP_ALL).quads
    # At column centres 8 + 16 c, so 2 higher and lower at the ends of the first and last column.
    assert np.allclose(quad, [[0, 8], [96, 32], [96, 56], [0, 32]])


def test_top_and_bottom_may_converge() -> None:
    rows = [(c, 10 + 2 * c, 50 - 2 * c) for c in range(5)]
    (quad,) = build_lines(proposals(rows), KEEP_ALL).quads
    assert np.allclose(quad, [[0, 9], [80, 19], [80, 41], [0, 51]])


def test_fits_that_would_cross_are_made_parallel() -> None:
    rows = [(0, 0, 20, 1, -2.0), (1, 2, 18), (2, 4, 18, 1, 2.0)]
    (quad,) = build_lines(proposals(rows), KEEP_ALL).quads
    assert np.allclose(quad[3, 1] - quad[0, 1], quad[2, 1] - quad[1, 1])
    steep = [(0, 0, 40), (1, 6, 36), (2, 10, 31), (3, 13, 28, 1, 2.0)]
    (quad,) = build_lines(proposals(steep), KEEP_ALL).quads
    assert np.allclose(quad[3, 1] - quad[0, 1], np.mean([40, 30, 21, 15]), atol=1e-4)
    assert np.allclose(quad[2, 1] - quad[1, 1], np.mean([40, 30, 21, 15]), atol=1e-4)


def test_two_proposals_make_a_parallelogram_and_one_a_box() -> None:
    (quad,) = build_lines(proposals([(0, 10, 30), (1, 14, 36)]), KEEP_ALL).quads
    # Centres 20 and 25: the line through them rises 5 in 16 px; mean height 21.
    assert np.allclose(quad, [[0, 7], [32, 17], [32, 38], [0, 28]])
    (quad,) = build_lines(proposals([(3, 10, 30)]), KEEP_ALL).quads
    assert np.allclose(quad, [[48, 10], [64, 10], [64, 30], [48, 30]])


def test_side_offsets_place_the_ends() -> None:
    rows = [(2, 10, 30, 1, -0.75), (3, 10, 30, 1, -1.75), (4, 10, 30, 1, 0.25)]
    (quad,) = build_lines(proposals(rows)).quads
    assert quad[:, 0].tolist() == [28, 76, 76, 28]
    kept = LineSettings(refine_sides=False)
    (quad,) = build_lines(proposals(rows), kept).quads
    assert quad[:, 0].tolist() == [32, 80, 80, 32]


@pytest.mark.parametrize(
    ("first", "last", "ends"),
    [
        (np.nan, np.nan, (32, 80)),
        (0.4, -0.4, (46.4, 65.6)),
        (0.6, -0.6, (32, 80)),
        (-5.0, 5.0, (8, 104)),
        (-1.5, np.nan, (16, 80)),
    ],
)
def test_offsets_that_cannot_be_believed_leave_the_column_border(
    first: float, last: float, ends: tuple[float, float]
) -> None:
    rows = [(2, 10, 30, 1, first), (3, 10, 30), (4, 10, 30, 1, last)]
    (quad,) = build_lines(proposals(rows), LineSettings(split_at_sides=False)).quads
    assert np.allclose([quad[0, 0], quad[1, 0]], ends)


@pytest.mark.parametrize(("side", "ends"), [(-0.25, (36, 48)), (0.25, (32, 44)), (0, (40, 41))])
def test_one_proposal_speaks_of_the_end_it_points_to(
    side: float, ends: tuple[float, float]
) -> None:
    (quad,) = build_lines(proposals([(2, 10, 30, 1, side)]), KEEP_ALL).quads
    assert np.allclose([quad[0, 0], quad[1, 0]], ends)


def test_the_score_is_the_mean_of_the_members_and_orders_the_lines() -> None:
    rows = [
        *level(range(0, 3), 0.92),
        *level(range(10, 13), 0.98),
        (20, 10, 30, 0.91),
        (21, 10, 30),
    ]
    lines = build_lines(proposals(rows))
    assert np.allclose(lines.scores, [0.98, 0.955, 0.92])
    assert lines.boxes[:, 0].tolist() == [160, 320, 0]
    assert lines.members.tolist() == [2, 2, 2, 0, 0, 0, 1, 1]


def test_lines_of_low_score_few_proposals_or_little_width_are_left_out() -> None:
    low, single = level(range(0, 3), 0.9), [(10, 10, 30)]
    tall, good = [(20, 0, 64), (21, 0, 64)], level(range(30, 34))
    rows = [*low, *single, *tall, *good]
    lines = build_lines(proposals(rows))
    assert lines.boxes[:, 0].tolist() == [480]
    assert lines.members.tolist() == [-1] * 6 + [0] * 4
    assert len(build_lines(proposals(rows), LineSettings(min_score=0.89))) == 2
    assert len(build_lines(proposals(rows), LineSettings(min_proposals=1))) == 2
    assert len(build_lines(proposals(rows), LineSettings(min_aspect=0.49))) == 2
    assert len(build_lines(proposals(rows), KEEP_ALL)) == 4


def test_no_proposals_make_no_line() -> None:
    lines = build_lines(proposals([]))
    assert lines.quads.shape == (0, 4, 2) and lines.boxes.shape == (0, 4)
    assert len(lines) == 0 and lines.members.shape == (0,)


def fitted(x: np.ndarray, y: np.ndarray, at: float) -> float:
    slope, offset = np.polyfit(x, y, 1)
    return float(slope * at + offset)


def test_many_lines_at_once_are_fitted_as_each_by_itself() -> None:
    rng = np.random.default_rng(4)
    rows, expected = [], []
    for i in range(40):
        columns = np.arange(3) + np.arange(rng.integers(1, 8)).max() + 3
        columns = np.arange(3, columns[-1] + 1)
        top = 100 * i + rng.uniform(-1, 1) * columns + rng.normal(0, 0.5, len(columns))
        bottom = top + 30 + rng.normal(0, 0.5, len(columns))
        rows += list(zip(columns.tolist(), top.tolist(), bottom.tolist(), strict=True))
        x, (left, right) = 16.0 * columns + 8, (48.0, 16.0 * columns[-1] + 16)
        expected.append(
            [
                [left, fitted(x, top, left)],
                [right, fitted(x, top, right)],
                [right, fitted(x, bottom, right)],
                [left, fitted(x, bottom, left)],
            ]
        )
    lines = build_lines(proposals(rows), KEEP_ALL)
    assert len(lines) == 40
    order = np.argsort(lines.quads[:, 0, 1])
    assert np.allclose(lines.quads[order], expected, atol=1e-2)
    boxes = lines.quads[order].min(axis=1), lines.quads[order].max(axis=1)
    assert np.allclose(lines.boxes[order], np.concatenate(boxes, axis=1))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("side", [np.inf, -np.inf])
def test_an_infinite_side_offset_is_unknown(side: float) -> None:
    rows = [(c, 10.0, 30.0, 1.0, side) for c in range(4)]
    unknown = [(c, 10.0, 30.0, 1.0, np.nan) for c in range(4)]
    lines, expected = build_lines(proposals(rows)), build_lines(proposals(unknown))
    assert lines.quads.tolist() == expected.quads.tolist()
    assert lines.members.tolist() == [0, 0, 0, 0]
