"""The plain yardsticks do the work that they stand for."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.plain.pipeline import cut, padded, prepare, upright
from manifests.packing import pack_regions
from model.anchors import anchor_grid
from model.config import Config, load_config
from model.targets import assign

pytestmark = pytest.mark.usefixtures("mindspore")

TINY = [
    "network.channels=[2, 2, 3, 3, 4]",
    "network.input_width=96",
    "network.input_height=64",
    "network.anchor_heights=[10, 20]",
    "network.window_channels=4",
    "network.rnn_units=3",
    "network.dense_units=5",
]
WORDS = [(16, 10, 48, 21), (64, 30, 96, 50), (0, 52, 32, 62)]
"""On column borders, where both ways of cutting agree."""


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config("full", TINY)


def slices_of_words() -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    boxes, there = padded([piece for word in WORDS for piece in cut(list(map(float, word)))])
    return boxes[:8], there[:8]


def test_anchors_are_assigned_in_the_graph_as_by_the_model(config: Config) -> None:
    import mindspore as ms

    from benchmarks.plain.step import Assignment

    heights = config.network.anchor_heights
    boxes, there = slices_of_words()
    anchors = anchor_grid(4, 6, heights).reshape(-1, 4)
    label, owner = Assignment(anchors, 8)(ms.Tensor(boxes), ms.Tensor(there))
    words = [np.array([[a, b], [c, b], [c, d], [a, d]], float) for a, b, c, d in WORDS]
    wanted = assign(words, np.ones(3, bool), 4, 6, heights, 96, 64).labels.ravel()
    inside = (anchors[:, 1] > -5) & (anchors[:, 3] < 69)  # the graph knows no picture's border
    assert label.asnumpy()[inside].tolist() == wanted[inside].tolist()
    for place in np.flatnonzero(label.asnumpy() == 1):
        box = boxes[owner.asnumpy()[place]]
        assert box[0] == anchors[place, 0]
        assert box[1] < anchors[place, 3] and anchors[place, 1] < box[3]


def test_a_plain_step_trains(config: Config) -> None:
    import mindspore as ms

    from benchmarks.plain.step import Network, training_step

    ms.set_seed(1)
    network = Network(config.network)
    before = [p.asnumpy().copy() for p in network.get_parameters()]
    step = training_step(network, config, config.pretrain, slices=8)
    image = np.random.default_rng(1).standard_normal((1, 3, 64, 96)).astype(np.float32)
    arrays = [ms.Tensor(value) for value in (image, *slices_of_words())]
    losses = [float(step(*arrays).asnumpy()) for _ in range(12)]
    assert np.isfinite(losses).all() and np.mean(losses[-3:]) < np.mean(losses[:3])
    for parameter, value in zip(network.get_parameters(), before, strict=True):
        moved = not np.array_equal(parameter.asnumpy(), value)
        assert moved == parameter.requires_grad, parameter.name


def encoded(value: Any) -> npt.NDArray[np.bytes_]:
    return np.array(value.tobytes() if hasattr(value, "tobytes") else value, dtype=np.bytes_)


def test_plain_input_has_the_picture_and_its_slices(config: Config) -> None:
    import cv2

    picture = np.zeros((128, 192, 3), np.uint8)
    picture[:, :, 2] = 255  # red
    word = [33.0, 20.0, 100.0, 20.0, 100.0, 60.0, 33.0, 60.0]
    image, boxes, there = prepare(
        encoded(cv2.imencode(".png", picture)[1]),
        encoded(pack_regions([word], [True])),
        config.network,
    )
    assert image.shape == (3, 64, 96) and image.dtype == np.float32
    means, deviations = config.network.mean, config.network.deviation
    wanted = [(255 * (c == 0) - means[c]) / deviations[c] for c in range(3)]
    np.testing.assert_allclose(image.mean(axis=(1, 2)), wanted, rtol=1e-5)
    assert boxes[there].tolist() == [[16, 10, 32, 30], [32, 10, 48, 30]]
    assert upright([(-5, 3), (200, 80)], 96, 64) == [0, 3, 95, 63]
