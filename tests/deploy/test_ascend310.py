"""The program that runs a detector on Ascend 310: all of it but the device."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from model.transforms import fit, resize_image
from tests.deploy.conftest import Programs

WIDTH, HEIGHT, ANCHORS = 160, 96, 3
SIZES = (
    (160, 96), (320, 192), (480, 288), (333, 211), (500, 100), (100, 500), (50, 40), (161, 96),
    (160, 97), (159, 95), (1, 1), (1, 500), (900, 2), (170, 20), (1280, 720), (319, 191),
)  # fmt: skip


def picture(width: int, height: int) -> npt.NDArray[np.uint8]:
    """Noise: of all pictures the one that resizes worst."""
    rng = np.random.default_rng(width * 10_000 + height)
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


def save(path: Path, pixels: npt.NDArray[np.uint8]) -> Path:
    Image.fromarray(pixels).save(path)
    return path


def run(program: Path, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, errors="replace", check=False
    )


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.txt"
    path.write_text(f"textlines-cells {WIDTH} {HEIGHT} {ANCHORS}\n")
    return path


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return tmp_path / "raw"


def tensor(raw: Path, name: str, which: str) -> npt.NDArray[np.float32]:
    shape = json.loads((raw / f"{name}.json").read_text())["shapes"][which]
    return np.fromfile(raw / f"{name}.{which}.bin", dtype="<f4").reshape(shape)


def test_pictures_reach_the_network_as_in_python(
    programs: Programs, model: Path, raw: Path, tmp_path: Path
) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for size in SIZES:
        save(pictures / "{}x{}.ppm".format(*size), picture(*size))
    done = run(programs.cells, "--model", model, "--out", raw, "--save-inputs", pictures)
    assert done.returncode == 0, done.stderr
    for width, height in SIZES:
        name, placed = f"{width}x{height}", fit(width, height, WIDTH, HEIGHT)
        about = json.loads((raw / f"{name}.json").read_text())
        assert [about[key] for key in ("width", "height")] == [width, height]
        assert [about[f"resized_{key}"] for key in ("width", "height")] == [
            placed.resized_width,
            placed.resized_height,
        ]
        wanted = resize_image(picture(width, height), placed).astype(int)
        seen = np.asarray(Image.open(raw / f"{name}.input.ppm")).astype(int)
        assert np.abs(wanted - seen).max() <= 1, name
        # Padding is exact, and what shrinks by whole numbers or is copied too.
        assert (wanted == seen).mean() > 0.85, name


def test_outputs_are_laid_out_as_told(
    programs: Programs, model: Path, raw: Path, tmp_path: Path
) -> None:
    pixels = picture(WIDTH, HEIGHT)
    image = save(tmp_path / "a.ppm", pixels)
    assert run(programs.cells, "--model", model, "--out", raw, image).returncode == 0
    cells = pixels.reshape(HEIGHT // 16, 16, WIDTH // 16, 16, 3).mean(axis=(1, 3, 4)) / 255
    scores = tensor(raw, "a", "scores")
    np.testing.assert_allclose(scores, np.repeat(cells[..., None], ANCHORS, axis=2), atol=1e-6)
    assert tensor(raw, "a", "side").ravel().tolist() == list(range(scores.size))
    assert tensor(raw, "a", "vertical").shape == (*scores.shape, 2)
    assert sorted(path.name for path in raw.iterdir()) == [
        "a.json", "a.scores.bin", "a.side.bin", "a.vertical.bin", "run.json", "skipped.jsonl",
    ]  # fmt: skip
    told = json.loads((raw / "run.json").read_text())
    assert (told["images"], told["skipped"], told["network"]) == (1, 0, False)


def test_what_cannot_be_read_is_named_and_counted(
    programs: Programs, model: Path, raw: Path, tmp_path: Path
) -> None:
    bad = {
        "empty.ppm": b"", "cut.ppm": b"P6 4 4 255\nxxx", "text.ppm": b"no picture at all",
        "deep.ppm": b"P6 1 1 65535\nxxxxxx", "none.ppm": b"P6 0 5 255\n", "head.ppm": b"P6 4",
        "huge.ppm": b"P6 99999 99999 255\n", "more.ppm": b"P6 999999999999999999999 1 255\n",
        "minus.ppm": b"P6 -4 4 255\n", "end.ppm": b"P6 1 1 255", "open.ppm": b"P6 # no end",
    }  # fmt: skip
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
    good = save(tmp_path / "good.ppm", picture(40, 30))
    missing = tmp_path / "missing.ppm"
    os.mkfifo(tmp_path / "pipe.ppm")
    names = [*(tmp_path / name for name in bad), good, missing, tmp_path / "pipe.ppm"]
    done = run(programs.cells, "--model", model, "--out", raw, *names)
    assert done.returncode == 1
    skipped = [json.loads(line) for line in (raw / "skipped.jsonl").read_text().splitlines()]
    assert [entry["image"] for entry in skipped] == [str(n) for n in names if n != good]
    reasons = {Path(entry["image"]).stem: entry["reason"] for entry in skipped}
    assert reasons["cut"] == "image_truncated"
    assert reasons["huge"] == "image_too_large"
    assert reasons["missing"] == "image_missing"
    assert reasons["pipe"] == reasons["text"] == reasons["deep"] == "image_unreadable"
    assert (raw / "good.json").is_file()
    assert f"1 pictures, {len(skipped)} skipped" in done.stdout


def test_a_header_with_comments_is_read(
    programs: Programs, model: Path, raw: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.ppm").write_bytes(b"P6# made by hand\n2 #width\n1\n255\n" + bytes(range(6)))
    assert run(programs.cells, "--model", model, "--out", raw, tmp_path / "a.ppm").returncode == 0
    assert json.loads((raw / "a.json").read_text())["width"] == 2


def test_names_that_are_alike_become_different(
    programs: Programs, model: Path, raw: Path, tmp_path: Path
) -> None:
    paths = []
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        paths.append(save(tmp_path / folder / "b.ppm", picture(20, 20)))
    paths += [save(tmp_path / name, picture(20, 20)) for name in ("B.ppm", "run.ppm", "b-2.ppm")]
    (tmp_path / "list.txt").write_text("".join(f"{path}\r\n" for path in paths))
    done = run(programs.cells, "--model", model, "--out", raw, "--list", tmp_path / "list.txt")
    assert done.returncode == 0, done.stderr
    names = {path.stem for path in raw.glob("*.json")}
    assert names == {"b", "b-2", "B-3", "run-2", "b-2-2", "run"}


def test_names_of_any_bytes_are_shown_in_plain_sight(
    programs: Programs, model: Path, raw: Path, tmp_path: Path
) -> None:
    strange = os.fsencode(tmp_path) + b'/a\xff"\n\\\xe6\x96\x87.ppm'
    with open(strange, "wb") as file:  # noqa: PTH123
        file.write(b"P6 1 1 255\nabc")
    done = run(programs.cells, "--model", model, "--out", raw, os.fsdecode(strange))
    assert done.returncode == 0, done.stderr
    [path] = [path for path in raw.glob("*.json") if path.name != "run.json"]
    about = json.loads(path.read_text(encoding="utf-8"))
    assert about["image"].endswith('/a\\xff"\\x0a\\文.ppm')
    assert path.name == f"{about['name']}.json"


def test_of_a_folder_pictures_are_taken_and_others_counted(
    programs: Programs, model: Path, raw: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    (folder / "deeper").mkdir(parents=True)
    (folder / "notes.txt").write_text("x")
    save(folder / "b.PPM".lower(), picture(9, 9)).rename(folder / "b.PPM")
    save(folder / "a.ppm", picture(9, 9))
    done = run(programs.cells, "--model", model, "--out", raw, folder)
    assert "2 pictures, 0 skipped, 2 other files and folders" in done.stdout
    assert json.loads((raw / "run.json").read_text())["other_files"] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "{raw}", "x.ppm"], "--model FILE is missing"),
        (["--model", "{model}", "x.ppm"], "--out DIR is missing"),
        (["--model", "{model}", "--out", "{raw}"], "no pictures"),
        (["--model", "{model}", "--out", "{raw}", "--device", "x", "a"], "--device x"),
        (["--model", "{model}", "--out", "{raw}", "--what"], "no option --what"),
        (["--model", "{model}", "--out"], "--out wants a value"),
        (["--model", "{model}", "--out", "{raw}", "--list", "none"], "--list none"),
        (["--model", "none", "--out", "{raw}", "x.ppm"], "runs no network"),
        (["--model", "{model}", "--out", "{model}", "x.ppm"], "cannot be made"),
        (["--model", "{model}", "--out", "{folder}", "x.ppm"], "is not empty"),
        (["--model", "{model}", "--out", "{raw}", "{empty}"], "no picture to look at"),
    ],
)
def test_errors_say_what_to_do(
    programs: Programs, model: Path, raw: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "empty").mkdir()
    places = {"raw": raw, "model": model, "folder": tmp_path, "empty": tmp_path / "empty"}
    done = run(programs.cells, *(word.format(**places) for word in arguments))
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert not (raw / "run.json").exists()


def test_help_says_what_the_build_is(programs: Programs) -> None:
    assert "NO NETWORK" in run(programs.cells, "--help").stdout
    assert "MINDIR" in run(programs.lite, "--help").stdout


@pytest.mark.parametrize(
    ("device", "shown", "fault"),
    [("0", "Ascend 0", ""), ("3", "Ascend 3", "batch"), ("-1", "CPU", "")],
)
def test_lite_hands_the_picture_over_and_takes_the_outputs(
    programs: Programs, raw: Path, tmp_path: Path, device: str, shown: str, fault: str
) -> None:
    (tmp_path / "m.mindir").write_text(f"fake-mindir {WIDTH} {HEIGHT} 2 {fault}")
    pixels = picture(WIDTH, HEIGHT)
    image = save(tmp_path / "a.ppm", pixels)
    done = run(
        programs.lite, "--model", tmp_path / "m.mindir", "--device", device, "--out", raw, image
    )
    assert done.returncode == 0, done.stderr
    assert f"built on {shown}" in done.stderr
    corners = pixels[::16, ::16, 0].astype(np.float32) / 255
    np.testing.assert_array_equal(tensor(raw, "a", "scores")[..., 1], corners)
    assert set(tensor(raw, "a", "vertical").ravel()) == {0.5}
    assert set(tensor(raw, "a", "side").ravel()) == {-1.0}
    told = json.loads((raw / "run.json").read_text())
    assert told["network"] is True
    assert shown in told["engine"]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("float-input", "not uint8"),
        ("dynamic", "not (height, width, 3) of a fixed size"),
        ("two-inputs", "2 inputs"),
        ("fails", "the device is lost"),
        ("half", "not float32"),
        ("two-outputs", "2 outputs"),
        ("order", "not scores, vertical and side"),
    ],
)
def test_lite_refuses_models_that_are_not_ours(
    programs: Programs, raw: Path, tmp_path: Path, fault: str, message: str
) -> None:
    (tmp_path / "m.mindir").write_text(f"fake-mindir {WIDTH} {HEIGHT} 2 {fault}")
    image = save(tmp_path / "a.ppm", picture(9, 9))
    done = run(programs.lite, "--model", tmp_path / "m.mindir", "--out", raw, image)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (raw / "run.json").exists()


def test_lite_refuses_what_is_no_model(programs: Programs, raw: Path, tmp_path: Path) -> None:
    (tmp_path / "m.mindir").write_text("something else")
    done = run(programs.lite, "--model", tmp_path / "m.mindir", "--out", raw, tmp_path / "a.ppm")
    assert done.returncode == 2
    assert "no MINDIR" in done.stderr
