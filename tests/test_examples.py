"""The examples run, on a few pictures, and say what is there."""

import importlib.util
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from model.environment import set_variables
from tests.conftest import ROOT
from tests.pipelines.conftest import ONE_WORKER

set_variables()  # before anything imports MindSpore

EXAMPLES = ROOT / "examples"
NAMES = ("evaluate", "export", "look_at_data", "train_on_your_pictures")
SMALL = ("network.input_width=320", "network.input_height=192")
CROP = ("augment.width=160", "augment.height=96")


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(name: str, *words: object, cwd: Path) -> str:
    """What an example prints, run as a person would, from any folder."""
    command = [sys.executable, EXAMPLES / f"{name}.py", *words]
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pictures of a word each, with another line that cannot be read."""
    folder = tmp_path_factory.mktemp("mine")
    font = ImageFont.load_default(40)
    for number, word in enumerate(("EXIT", "market")):
        noise = np.random.default_rng(number).integers(30, 60, (192, 320, 3), dtype=np.uint8)
        picture = Image.fromarray(noise)
        draw = ImageDraw.Draw(picture)
        draw.text((60, 60), word, fill="white", font=font)
        left, top, right, bottom = map(round, draw.textbbox((60, 60), word, font=font))
        picture.save(folder / f"img_{number}.png")
        line = f"{left},{top},{right},{top},{right},{bottom},{left},{bottom},{word}\n"
        (folder / f"gt_img_{number}.txt").write_text(line + "1,2,three\n" * number)
    return folder


@pytest.fixture(scope="module")
def data(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the training leaves; its commands in this process, where MindSpore is loaded already."""
    data = tmp_path_factory.mktemp("data")
    example = load("train_on_your_pictures")

    def here(package: str, *words: object) -> None:
        workers = ONE_WORKER if package == "pipelines" else ()
        given = [str(word) for word in (*words, *workers)]
        assert import_module(f"{package}.__main__").main(given) == 0

    example.run = here  # type: ignore[attr-defined]
    where = ["--images", str(pictures), "--annotations", str(pictures), "--data", str(data)]
    changes = [word for change in (*SMALL, *CROP) for word in ("--set", change)]
    example.train(example.build_parser().parse_args([*where, "--steps", "2", *changes]))
    return data


@pytest.mark.parametrize("name", NAMES)
def test_help_tells_what_it_does(name: str, tmp_path: Path) -> None:
    told = run(name, "--help", cwd=tmp_path)
    assert f"{name}.py" in told and len(told.splitlines()) > 8


def test_there_are_no_others_and_each_is_short() -> None:
    assert tuple(sorted(path.stem for path in EXAMPLES.glob("*.py"))) == NAMES
    assert all(len((EXAMPLES / f"{name}.py").read_text().splitlines()) < 90 for name in NAMES)


def test_training_leaves_a_run_of_as_many_steps(data: Path) -> None:
    (run,) = data.glob("runs/finetune-lite-*")
    assert json.loads((run / "summary.json").read_text())["steps"] == 2
    assert (run / "checkpoints" / "last.ckpt").is_file()


def test_looking_names_lines_and_what_was_refused(data: Path, tmp_path: Path) -> None:
    told = run("look_at_data", "--data", data, "--manifest", "mine/train", cwd=tmp_path)
    assert "mine/train: 2 images, 2 regions, 0 don't-care" in told
    assert "line 1: 60," in told and "->  'EXIT'" in told
    assert "refused: 1, and 0 regions" in told and "  region bad_line: " in told
    with Image.open(tmp_path / "look.png") as picture:
        assert picture.width >= 320


def test_evaluating_counts_every_word(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    example = load("evaluate")
    changes = [word for change in SMALL for word in ("--set", change)]
    where = ["--data", str(data), "--mix", "mine", "--out", str(tmp_path / "found")]
    args = example.build_parser().parse_args([*where, *changes])
    example.score(args)
    example.read(args.out, args.protocol, args.rows)
    told = capsys.readouterr().out
    outcomes = told.split("outcomes: ")[1].splitlines()[0]
    assert sum(int(word.strip(",}")) for word in outcomes.split() if word[0].isdigit()) == 2
    figures = json.loads((args.out / "evaluation.json").read_text())["protocols"]["iou"]
    assert f"iou: hmean {figures['hmean']}" in told


def test_exporting_finds_text_with_the_file(tmp_path: Path) -> None:
    told = run("export", "--out", "small.onnx", cwd=tmp_path).splitlines()
    assert told[0].startswith("small.onnx: ") and (tmp_path / "small.onnx").is_file()
    found = next(number for number, line in enumerate(told) if "poster.jpg: 480x320, " in line)
    assert f", {len(told) - found - 1} lines in" in told[found] and len(told) - found > 4
    for line in told[found + 1 :]:
        score, left, top, right, bottom = map(float, line.split())
        assert 0.5 < score <= 1 and 0 <= left < right <= 480 and 0 <= top < bottom <= 320
