"""Detectors side by side: turns, what is absent, and that each framework finds the same lines."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import answering, detectors
from manifests.errors import UserError
from model.evaluate import Truths
from model.outputs import TextLines
from model.protocols.inputs import GroundTruths

QUAD = [[10.0, 10.0], [60.0, 10.0], [60.0, 30.0], [10.0, 30.0]]


def side(*answers: str) -> detectors.Side:
    """One that says lines of its own and then ends."""
    command = [sys.executable, "-c", "import sys; print(sys.argv[1])", "\n".join(answers)]
    pipe = subprocess.PIPE
    return detectors.Side(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True))


def answer(quads: list[Any]) -> str:
    return json.dumps({"seconds": 0.5, "quads": quads, "scores": [1.0] * len(quads)})


def test_what_a_detector_says_is_kept(tmp_path: Path) -> None:
    found = side(answer([QUAD]), answer([]))
    for name in ("a", "b"):
        found.look(name, tmp_path)
    assert found.lines["a"].quads.tolist() == [QUAD] and len(found.lines["b"]) == 0
    assert found.seconds == {"a": 0.5, "b": 0.5}
    with pytest.raises(UserError, match="ended with 0"):
        found.look("c", tmp_path)


def test_what_is_not_installed_is_named() -> None:
    with pytest.raises(detectors.AbsentError, match="No module named 'nothing'"):
        side('{"absent": "No module named \'nothing\'"}').hear()


@pytest.mark.skipif(
    importlib.util.find_spec("rapidocr_onnxruntime") is not None, reason="it is installed"
)
def test_an_absent_package_ends_a_detector_with_its_name() -> None:
    command = [sys.executable, "-m", "benchmarks.answering", "rapidocr", "lite"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout) == {"absent": "No module named 'rapidocr_onnxruntime'"}


def test_they_take_turns_and_the_first_picture_warms_up() -> None:
    calls: list[str] = []

    class Noting:
        def __init__(self, name: str) -> None:
            self.name = name

        def look(self, image_id: str, path: Path) -> None:
            assert np.load(path).shape == (2, 3, 3)
            calls.append(f"{self.name}{image_id}")

    sides: Any = {"x": Noting("x"), "y": Noting("y")}
    pictures = [(name, np.zeros((2, 3, 3), np.uint8)) for name in "abc"]
    detectors._look_at_all(sides, iter(pictures), 3)
    assert calls == ["xa", "ya", "xa", "ya", "xb", "yb", "yc", "xc"]


def test_a_row_scores_the_pictures_that_were_looked_at() -> None:
    quads = np.array([QUAD], np.float32)
    truth = GroundTruths(quads.reshape(1, 8), np.array([True]), ("word",))
    upright = GroundTruths(np.array([[10.0, 10.0, 59.0, 29.0]]), np.array([True]), ("word",))
    names = ("seen", "not seen")
    truths = Truths(dict.fromkeys(names, upright), dict.fromkeys(names, truth), {})
    found = side()
    found.lines["seen"] = TextLines(quads, np.ones(1, np.float32))
    found.seconds["seen"] = 0.25
    row = detectors._row("ours", found, truths)
    assert row == ["ours", "4.0", "0.250", "1.000", "1.000", "1.000", "1"]


def test_pytorch_and_onnx_runtime_find_the_same_lines() -> None:
    pytest.importorskip("torch")
    import cv2

    picture = np.full((360, 640, 3), 200, np.uint8)
    cv2.putText(picture, "Market", (60, 150), cv2.FONT_HERSHEY_SIMPLEX, 2.5, (20, 20, 20), 5)
    checkpoint = answering.resolve(Path("lite"))
    ours, theirs = (
        answering.DETECTORS[name](checkpoint)(picture) for name in ("onnxruntime", "pytorch")
    )
    assert len(ours) and np.allclose(ours.quads, theirs.quads, atol=0.01)
    assert np.allclose(ours.scores, theirs.scores, atol=1e-3)


def test_data_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert detectors.main(["--data", "/nowhere"]) == 2
    assert "error: " in capsys.readouterr().err
