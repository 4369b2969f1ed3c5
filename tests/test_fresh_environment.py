"""The wheel with the extra ``infer`` finds text, where nothing else is installed."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.fresh import closure, make_environment, requirements_of

HEAVY = ("mindspore", "apache-beam", "great-expectations", "pandas", "matplotlib", "torch")
SEEN = """
import sys
from model import Detector
found = Detector.load("lite").detect("photo.jpg")
print(len(found), "onnxruntime" in sys.modules, "mindspore" in sys.modules, sys.prefix)
"""


@pytest.fixture(scope="module")
def programs(wheel_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of the environment."""
    return make_environment(tmp_path_factory.mktemp("fresh") / "venv", wheel_file, "infer")


@pytest.fixture
def cwd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with photo.jpg, two words, far from the checkout."""
    picture = Image.new("RGB", (640, 360), (40, 90, 60))
    draw = ImageDraw.Draw(picture)
    draw.text((60, 100), "EXIT market", fill="white", font=ImageFont.load_default(40))
    picture.save(tmp_path / "photo.jpg", quality=95)
    return tmp_path


def run(programs: Path, *words: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    apart = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [programs / words[0], *words[1:]]
    return subprocess.run(command, cwd=cwd, env=apart, capture_output=True, text=True)


def test_the_extra_asks_for_little(wheel_file: Path) -> None:
    names = closure(requirements_of(wheel_file), "infer")
    assert {"onnxruntime", "numpy", "opencv-python-headless"} <= set(names)
    assert not set(HEAVY) & set(names) and len(names) < 30


def test_the_library_detects(programs: Path, cwd: Path) -> None:
    done = run(programs, "python", "-c", SEEN, cwd=cwd)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["2", "True", "False", str(programs.parent)]


def test_an_exported_file_is_made_and_detects(programs: Path, cwd: Path) -> None:
    for words in (
        ("model", "export", "--format", "ONNX", "--dynamic"),
        ("model", "predict", "photo.jpg", "--checkpoint", "lite.onnx"),
    ):
        done = run(programs, "textlines", *words, cwd=cwd)
        assert done.returncode == 0, done.stderr
    [row] = (cwd / "predictions" / "predictions.jsonl").read_text().splitlines()
    boxes = sorted(line["box"] for line in json.loads(row)["lines"])
    assert len(boxes) == 2
    for left, top, right, bottom in boxes:
        assert 50 < left < right < 290 and 90 < top < bottom < 150


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        (("model", "evaluate", "--data", "."), "mindspore"),
        (("pipelines", "normalize", "--raw", ".", "--data", "data"), "lxml"),
    ],
)
def test_what_is_not_installed_is_named(
    programs: Path, cwd: Path, words: tuple[str, ...], missing: str
) -> None:
    done = run(programs, "textlines", *words, cwd=cwd)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert f"needs the package {missing}" in done.stderr, done.stderr
