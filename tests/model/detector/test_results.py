"""Results are plain values that JSON holds."""

import dataclasses
import json

import numpy as np
import pytest

from model.detector.results import Detection, Line, detection_of

QUADS = np.array([[[1.25, 2], [9, 3], [9, 7.123456], [1.25, 6]]], np.float32)
FOUND = detection_of(20, 10, QUADS, np.array([0.87654321], np.float32))


def test_lines_are_values_of_python() -> None:
    (line,) = FOUND
    assert line.polygon[0] == (1.25, 2.0)
    assert {type(value) for point in line.polygon for value in point} == {float}
    assert line.box == (1.25, 2.0, 9.0, pytest.approx(7.123456))
    assert len(FOUND) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        line.score = 1.0  # type: ignore[misc]


def test_to_dict_is_what_is_written() -> None:
    written = json.loads(json.dumps(FOUND.to_dict()))
    assert written == {
        "width": 20, "height": 10,
        "lines": [{
            "polygon": [1.25, 2.0, 9.0, 3.0, 9.0, 7.12, 1.25, 6.0],
            "box": [1.25, 2.0, 9.0, 7.12], "score": 0.8765,
        }],
    }  # fmt: skip


def test_none_found() -> None:
    nothing = detection_of(20, 10, np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32))
    assert nothing == Detection(20, 10, ())
    assert not list(nothing)
    assert nothing.to_dict()["lines"] == []


def test_equal_results_are_equal() -> None:
    assert detection_of(20, 10, QUADS, np.array([0.87654321], np.float32)) == FOUND
    assert Line(FOUND.lines[0].polygon, 0.5) != FOUND.lines[0]
