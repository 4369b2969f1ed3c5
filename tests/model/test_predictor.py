"""From a picture to lines in its own pixels, with a network that answers as told."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.config import load_config
from tests.model.plain_preset import PLAIN

pytestmark = pytest.mark.usefixtures("mindspore")


class Told:
    """Stands for a network: every anchor is background, but those of one word."""

    training = False

    def __init__(self, rows: int, columns: int, k: int) -> None:
        self.shape = (1, rows, columns, k)

    def set_train(self, mode: bool) -> None:
        self.training = mode

    def __call__(self, images: Any) -> tuple[Any, ...]:
        import mindspore as ms

        scores = np.zeros((*self.shape, 2), np.float32)
        scores[..., 0] = 9
        # Row 2, columns 3 to 6, the second anchor: text.
        scores[0, 2, 3:7, 1] = (0, 9)
        vertical = np.zeros((*self.shape, 2), np.float32)
        vertical[0, 2, 3:7, 1] = (0.25, np.log(0.5))
        side = np.zeros(self.shape, np.float32)
        side[0, 2, 3, 1], side[0, 2, 6, 1] = -0.25, 0.75
        return tuple(ms.Tensor(value) for value in (scores, vertical, side))


def predictor(**lines: Any) -> Any:
    from model.predictor import Predictor

    changes = [
        "network.input_width=160",
        "network.input_height=96",
        "network.anchor_heights=[8,32]",
    ]
    config = load_config(PLAIN, changes)
    config = replace(config, lines=replace(config.lines, **lines))
    return Predictor(Told(6, 10, 2), config)  # type: ignore[arg-type]


def test_lines_come_out_in_pixels_of_the_picture() -> None:
    # 320 x 160 is halved to 160 x 80 and padded at the bottom to 96.
    found = predictor(refine_sides=False).predict(np.zeros((160, 320, 3), np.uint8))
    assert len(found) == 1
    # Anchor of 32 px about y = 40: centre 40 + 0.25 * 32 = 48, height 16, so 40 to 56; doubled.
    np.testing.assert_allclose(found.boxes, [[96, 80, 224, 112]], atol=1e-3)
    np.testing.assert_allclose(found.quads[0, 0], [96, 80], atol=1e-3)
    assert found.scores == pytest.approx(1, abs=1e-3)


def test_side_offsets_move_the_ends_unless_they_were_not_trained() -> None:
    picture = np.zeros((96, 160, 3), np.uint8)
    told = predictor()
    # Column 3 has its centre at 56, column 6 at 104: 56 - 4 and 104 + 12.
    np.testing.assert_allclose(told.predict(picture).boxes[0, [0, 2]], [52, 116], atol=1e-3)
    told.config = replace(told.config, loss=replace(told.config.loss, side=0.0))
    np.testing.assert_allclose(told.predict(picture).boxes[0, [0, 2]], [48, 112], atol=1e-3)


def test_the_same_outputs_give_lines_by_any_settings() -> None:
    from model.predictor import text_lines

    told = predictor()
    outputs = told.outputs(np.zeros((160, 320, 3), np.uint8))
    assert outputs.scores.shape == outputs.side.shape == (6, 10, 2)
    refined = text_lines(outputs, told.config)
    np.testing.assert_array_equal(
        refined.quads, told.predict(np.zeros((160, 320, 3), np.uint8)).quads
    )
    np.testing.assert_allclose(refined.boxes, [[104, 80, 232, 112]], atol=1e-3)
    untrained = replace(told.config, loss=replace(told.config.loss, side=0.0))
    np.testing.assert_allclose(
        text_lines(outputs, untrained).boxes, [[96, 80, 224, 112]], atol=1e-3
    )
    strict = replace(told.config, lines=replace(told.config.lines, min_score=0.9999))
    assert len(text_lines(outputs, strict)) == 0


def test_lines_stay_inside_the_picture_and_none_is_fine() -> None:
    small = predictor().predict(np.zeros((60, 100, 3), np.uint8))
    assert (small.quads >= 0).all()
    assert (small.quads <= (100, 60)).all()
    nothing = predictor(min_score=0.9999).predict(np.zeros((96, 160, 3), np.uint8))
    assert nothing.quads.shape == (0, 4, 2)
    assert nothing.boxes.shape == (0, 4)


def test_a_checkpoint_is_all_a_detector_needs(tmp_path: Path) -> None:
    from model.checkpoints import save
    from model.network import Ctpn
    from model.predictor import Predictor, load_predictor

    network = ["channels=[2,2,2,2,2]", "input_width=64", "input_height=32", "dense_units=4"]
    network += ["anchor_heights=[8,20]", "rnn_units=2", "window_channels=3"]
    # Every anchor passes, so that both detectors have something to show.
    passing = ["proposals.min_score=0", "lines.min_score=0", "lines.min_aspect=0"]
    config = load_config(PLAIN, [f"network.{key}" for key in network] + passing)
    net = Ctpn(config.network)
    save(tmp_path / "a.ckpt", net, config, 1)
    picture = np.random.default_rng(0).integers(0, 256, (32, 64, 3), dtype=np.uint8)
    wanted = Predictor(net, config).predict(picture)
    found = load_predictor(tmp_path / "a.ckpt").predict(picture)
    assert len(wanted) > 0
    np.testing.assert_array_equal(found.quads, wanted.quads)
    np.testing.assert_array_equal(found.scores, wanted.scores)


def test_extreme_scores_become_probabilities() -> None:
    from model.predictor import text_probability

    scores = np.array([[-1e4, 1e4], [1e4, -1e4], [3.0, 3.0], [0.0, np.log(3)]], np.float32)
    np.testing.assert_allclose(text_probability(scores), [1, 0, 0.5, 0.75], atol=1e-6)
