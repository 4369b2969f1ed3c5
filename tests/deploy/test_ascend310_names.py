"""What the results of the program for Ascend 310 are called, and which pictures have any."""

import json
import random
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.deploy.conftest import APP, FLAGS, Programs

PIXEL = b"P6 1 1 255\nabc"


def run(programs: Programs, tmp_path: Path, *given: str | Path) -> tuple[int, str, Path]:
    """Exit status, what was said, and the folder of the results."""
    (tmp_path / "model.txt").write_text("textlines-cells 32 16 1\n")
    raw = tmp_path / "raw"
    command = [programs.cells, "--model", tmp_path / "model.txt", "--out", raw, *given]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, raw


def images(raw: Path) -> dict[str, str]:
    """The path of each picture by the name of its results."""
    described = [json.loads(path.read_text()) for path in raw.iterdir() if path.suffix == ".json"]
    return {about["name"]: about["image"] for about in described if "name" in about}


def save(path: Path, content: bytes = PIXEL) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def test_hidden_files_of_a_folder_are_counted_and_left_out(
    programs: Programs, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    seen = save(folder / "a.ppm")
    save(folder / ".b.ppm")
    status, said, raw = run(programs, tmp_path, folder)
    assert (status, images(raw)) == (0, {"a": str(seen)})
    assert "1 pictures, 0 skipped, 1 other files and folders" in said


def test_results_of_a_hidden_file_that_is_named_are_not_hidden(
    programs: Programs, tmp_path: Path
) -> None:
    paths = [save(tmp_path / name) for name in (".b.ppm", "_b.ppm", "..ppm")]
    _, _, raw = run(programs, tmp_path, *paths)
    assert images(raw) == dict(zip(("_b", "_b-2", "_"), map(str, paths), strict=True))
    assert not [path for path in raw.iterdir() if path.name.startswith(".")]


def test_what_cannot_be_read_takes_no_name(programs: Programs, tmp_path: Path) -> None:
    bad = save(tmp_path / "x" / "img_1.ppm", b"P6 4 4 255\nxxx")
    good = save(tmp_path / "y" / "img_1.ppm")
    status, _, raw = run(programs, tmp_path, bad, good)
    assert (status, images(raw)) == (1, {"img_1": str(good)})


@pytest.fixture(scope="module")
def naming(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program that is nothing but the naming."""
    made = tmp_path_factory.mktemp("naming") / "names"
    source = Path(__file__).with_name("names.cpp")
    words = ["-std=c++17", *shlex.split(FLAGS), f"-I{APP / 'src'}", source]
    command = ["g++", *words, programs.cells.parent / "libapp.a", "-o", made]
    subprocess.run(command, check=True)
    return made


def names_of(naming: Path, paths: list[str]) -> list[str]:
    done = subprocess.run(
        [naming], input="\n".join(paths), capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.splitlines()


def test_each_name_is_the_first_that_is_free(naming: Path) -> None:
    rng = random.Random(3)
    stems = ("a", "A", "a-2", "A-3", "a-2-2", "run", "RUN-2", ".a", "_a", "b", "b-02", "b-10")
    paths = [f"{rng.randrange(9)}/{rng.choice(stems)}.ppm" for _ in range(3000)]
    taken = {"run"}
    for path, name in zip(paths, names_of(naming, paths), strict=True):
        base = Path(path).stem
        base = f"_{base[1:]}" if base.startswith(".") else base
        wanted, number = base, 1
        while wanted.lower() in taken:
            number += 1
            wanted = f"{base}-{number}"
        assert name == wanted
        taken.add(wanted.lower())


def test_many_pictures_of_one_name_take_no_longer_than_others(naming: Path) -> None:
    """Some tenths of a second; minutes where each looks for its number from the first on."""
    paths = [f"{folder}/page.ppm" for folder in range(40_000)]
    assert names_of(naming, paths)[-1] == "page-40000"
