from pathlib import Path

import cv2
import numpy as np
import pytest

from model.precision_recall import Curve, average_precision, draw


@pytest.mark.parametrize(
    ("precision", "recall", "area"),
    [
        ([1.0], [1.0], 1.0),
        ([0.5], [0.5], 0.25),
        ([0.2, 0.5, 1.0], [0.8, 0.5, 0.1], 0.1 * 1 + 0.4 * 0.5 + 0.3 * 0.2),
        # A dip counts as the best precision at more recall.
        ([0.4, 0.2, 1.0], [0.9, 0.5, 0.1], 0.1 * 1 + 0.8 * 0.4),
        # Where more recall comes at more precision, the curve is as high from there to 0.
        ([0.9, 0.3], [0.6, 0.2], 0.6 * 0.9),
        ([0.0, 0.0], [0.0, 0.0], 0.0),
    ],
)
def test_average_precision(precision: list[float], recall: list[float], area: float) -> None:
    points = np.array(precision), np.array(recall)
    assert average_precision(*points) == pytest.approx(area)
    assert average_precision(*(side[::-1] for side in points)) == pytest.approx(area)


def test_the_picture_marks_both_settings(tmp_path: Path) -> None:
    scores = np.array([0.2, 0.5, 0.8])
    curve = Curve(scores, np.array([0.3, 0.5, 0.9]), np.array([0.9, 0.6, 0.2]), scores)
    assert curve.to_json()["scores"] == [0.2, 0.5, 0.8]
    draw(tmp_path / "one.png", curve, chosen=0.5, own=0.5, title="lite $x \u2028")
    draw(tmp_path / "two.png", curve, chosen=0.5, own=0.8, title="lite")
    pictures = [cv2.imread(str(tmp_path / name)) for name in ("one.png", "two.png")]
    assert all(picture.shape == (450, 1000, 3) for picture in pictures)
    assert (pictures[0] != pictures[1]).any()
    assert len(list(tmp_path.iterdir())) == 2
