"""Overlays: a don't-care region is drawn as such and claims no anchor."""

import numpy as np

from model.config import load_config
from model.overlay import ANCHOR, CARE, DONT_CARE, SLICE, draw, view

PIXELS = np.zeros((288, 480, 3), np.uint8)
BOX = [96.0, 100.0, 224.0, 100.0, 224.0, 127.0, 96.0, 127.0]


def colours(care: bool) -> set[tuple[int, ...]]:
    config = load_config("lite", ["network.input_width=480", "network.input_height=288"])
    seen = view(PIXELS, [{"polygon": BOX, "care": care}], True, config)
    assert len(seen.slices) == 8
    assert bool((seen.targets.labels == 1).any()) is care
    picture = draw(seen, config, zoom=1)[:288]
    return {tuple(colour) for colour in np.unique(picture.reshape(-1, 3), axis=0)}


def test_a_care_region_shows_its_slices_and_anchors() -> None:
    seen = colours(care=True)
    assert {CARE, SLICE, ANCHOR} <= seen
    assert DONT_CARE not in seen


def test_a_dont_care_region_has_no_anchor() -> None:
    seen = colours(care=False)
    assert DONT_CARE in seen
    assert not {CARE, SLICE, ANCHOR} & seen
