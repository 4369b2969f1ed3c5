"""From outputs to what is shown."""

from dataclasses import replace

import numpy as np
import pytest

from model.config import Config
from model.outputs import Outputs, text_lines, text_proposals
from model.serving.layers import LEAST_SHOWN, boxes, candidates, detection, layers
from model.transforms import fit
from tests.model.serving.conftest import FakeNetwork


@pytest.fixture(scope="module")
def config() -> Config:
    return FakeNetwork().config


def noise(seed: int, width: int, height: int) -> Outputs:
    """Outputs of a network that sees text everywhere and nowhere."""
    rng = np.random.default_rng(seed)
    scores = rng.random((10, 20, 3), np.float32) ** 3
    vertical = rng.normal(0, 0.4, (10, 20, 3, 2)).astype(np.float32)
    side = rng.normal(0, 0.5, (10, 20, 3)).astype(np.float32)
    return Outputs(scores, vertical, side, fit(width, height, 320, 160))


@pytest.mark.parametrize("size", [(640, 320), (100, 333), (37, 11), (2000, 200)])
def test_layers_follow_from_one_another(config: Config, size: tuple[int, int]) -> None:
    width, height = size
    outputs = noise(sum(size), width, height)
    found = layers(outputs, config)

    slices = {tuple(each) for each in found["slices"]}
    assert {tuple(each) for each in found["proposals"]} <= slices
    assert len(found["proposals"]) == len(text_proposals(outputs, config))
    assert min(each[4] for each in found["slices"]) >= LEAST_SHOWN
    for left, top, right, bottom, _ in found["slices"] + found["proposals"]:
        assert 0 <= left < right <= width + 0.01
        assert 0 <= top < bottom <= height + 0.01
    assert found["lines"] == detection(outputs, config)["lines"]
    assert len(found["lines"]) == len(text_lines(outputs, config))


def test_slices_do_not_depend_on_later_thresholds(config: Config) -> None:
    outputs = noise(1, 640, 320)
    strict = replace(config, proposals=replace(config.proposals, min_score=0.99, second_nms=0.0))
    assert layers(outputs, strict)["slices"] == layers(outputs, config)["slices"]
    assert layers(outputs, strict)["proposals"] != layers(outputs, config)["proposals"]


def test_no_thresholds_at_all_leave_the_slices(config: Config) -> None:
    outputs = noise(2, 640, 320)
    loose = replace(config, proposals=replace(config.proposals, min_score=0.0, second_nms=1.0))
    every = candidates(outputs, config)
    assert len(every) == len(text_proposals(outputs, loose)) > 100


def test_boxes_are_of_the_original_picture(config: Config) -> None:
    outputs = FakeNetwork().outputs(np.full((80, 160, 3), 100, np.uint8))
    (first, *_) = boxes(text_proposals(outputs, config), outputs.placed)
    # Half of the input's scale: column 3 is 24 to 32 px, row 4 has its centre at 36 px.
    assert first == [24.0, 30.0, 32.0, 42.0, 0.95]


def test_nothing_found_is_no_error(config: Config) -> None:
    outputs = noise(3, 64, 64)
    empty = replace(outputs, scores=np.zeros_like(outputs.scores))
    found = layers(empty, config)
    assert found["counts"] == {"slices": 0, "proposals": 0, "lines": 0}
    assert (found["width"], found["height"], found["lines"]) == (64, 64, [])
