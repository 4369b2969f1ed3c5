"""From a picture, over the program of the device, to the lines that the detector itself finds.

The network runs in Python, on the very pixels that the program would have handed to it.
"""

import argparse
import json
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from model import Detector
from model.commands import postprocess
from tests.deploy.conftest import Programs

INPUT = (640, 368)
CHANGES = ["network.input_width=640", "network.input_height=368"]


def test_the_lines_are_those_of_the_detector(programs: Programs, tmp_path: Path) -> None:
    picture = Image.new("RGB", (900, 700), (40, 90, 60))
    font = ImageFont.load_default(64)
    ImageDraw.Draw(picture).text((90, 200), "EXIT market", fill="white", font=font)
    picture.save(tmp_path / "img_1.ppm")
    detector = Detector.load(changes=CHANGES)
    anchors = len(detector.predictor.config.network.anchor_heights)
    (tmp_path / "model.txt").write_text("textlines-cells {} {} {}".format(*INPUT, anchors))
    raw = tmp_path / "raw"
    command = [programs.cells, "--model", tmp_path / "model.txt", "--out", raw, "--save-inputs"]
    subprocess.run([*command, tmp_path / "img_1.ppm"], check=True, capture_output=True)
    seen = np.asarray(Image.open(raw / "img_1.input.ppm"))
    for name, array in zip(
        ("scores", "vertical", "side"), next(detector.predictor.run([seen])), strict=True
    ):
        assert (raw / f"img_1.{name}.bin").stat().st_size == array.nbytes
        (raw / f"img_1.{name}.bin").write_bytes(array.astype("<f4").tobytes())
    parser = argparse.ArgumentParser()
    postprocess.add_parser(parser.add_subparsers())
    given = ["postprocess", raw, "--checkpoint", "lite", "--out", tmp_path / "out"]
    args = parser.parse_args([*map(str, given), "--set", *CHANGES])
    assert args.run(args) == 0
    wanted = detector.detect(np.asarray(picture)).to_dict()
    assert len(wanted["lines"]) == 2
    found = json.loads((tmp_path / "out" / "predictions.jsonl").read_text())
    assert (found["width"], found["height"]) == (900, 700)
    for line, twin in zip(found["lines"], wanted["lines"], strict=True):
        # The pixels differ by 1 of 255 at most.
        np.testing.assert_allclose(line["polygon"], twin["polygon"], atol=1)
        assert abs(line["score"] - twin["score"]) < 0.01
