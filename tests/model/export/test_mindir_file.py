"""MINDIR files, written and read back, against a plain network."""

from pathlib import Path

import numpy as np
import pytest

from manifests.errors import UserError
from model.export.exported import Exported
from model.export.weights import Weights, read_weights
from model.transforms import fit, resize_image
from tests.model.export.small import (
    HEIGHT,
    WIDTH,
    assert_alike,
    expected,
    picture,
    small_arrays,
    small_config,
    write_small,
)

pytestmark = pytest.mark.usefixtures("mindspore")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return read_weights(write_small(tmp_path_factory.mktemp("small") / "small.safetensors"))


@pytest.fixture(scope="module")
def folder(weights: Weights, mindspore: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """any.mindir, fixed.mindir (100 x 90) and half.mindir (the input's size)."""
    from model.export.mindir_file import write_graph

    folder = tmp_path_factory.mktemp("mindir")
    write_graph(weights, folder / "any.mindir", None)
    write_graph(weights, folder / "fixed.mindir", (100, 90))
    write_graph(weights, folder / "half.mindir", (WIDTH, HEIGHT), half=True)
    return folder


@pytest.fixture(scope="module")
def dynamic(folder: Path) -> Exported:
    return opened(folder / "any.mindir")


def opened(path: Path) -> Exported:
    from model.export.mindir_running import open_mindir

    return open_mindir(path)


def test_outputs_are_those_of_the_plain_network(dynamic: Exported) -> None:
    pixels = picture(WIDTH, HEIGHT)
    wanted = expected(pixels)
    assert_alike(dynamic.outputs(pixels), wanted, 1e-5)
    np.testing.assert_allclose(next(dynamic.run([pixels]))[0], wanted.scores, atol=1e-5)


@pytest.mark.parametrize("size", [(97, 75), (20, 300), (3, 5)])
def test_pictures_of_any_size_are_placed_as_elsewhere(
    dynamic: Exported, size: tuple[int, int]
) -> None:
    image = picture(*size)
    placed = fit(*size, WIDTH, HEIGHT)
    # A step of 1 of 255 in some pixels is what resizing may differ by.
    wanted = expected(resize_image(image, placed))
    np.testing.assert_allclose(dynamic.outputs(image).scores, wanted.scores, rtol=0, atol=0.02)
    told = dynamic.call(image)
    assert len(told) == 3 or told[3].tolist() == [placed.resized_width, placed.resized_height]


def test_one_size_is_as_any(folder: Path, dynamic: Exported) -> None:
    image = picture(100, 90)
    fixed = opened(folder / "fixed.mindir")
    assert fixed.about.picture == (100, 90)
    assert_alike(fixed.outputs(image), dynamic.outputs(image), 1e-6)


def test_half_precision_is_close_and_says_so(folder: Path, dynamic: Exported) -> None:
    pixels = picture(WIDTH, HEIGHT)
    half = opened(folder / "half.mindir")
    found, wanted = half.outputs(pixels), dynamic.outputs(pixels)
    assert_alike(found, wanted, 0.02)
    assert not np.array_equal(found.scores, wanted.scores)
    assert half.about.precision.startswith("convolutions and dense layers float16")


def test_half_precision_refuses_what_it_cannot_hold(tmp_path: Path) -> None:
    from model.export.mindir_file import write_graph

    large = {"dense.weight": small_arrays()["dense.weight"] * 1e6}
    weights = read_weights(write_small(tmp_path / "a.safetensors", **large))
    with pytest.raises(UserError, match=r"dense\.weight holds"):
        write_graph(weights, tmp_path / "a.mindir", None, half=True)
    assert not (tmp_path / "a.mindir").exists()


def test_a_file_says_what_it_is_made_of(folder: Path, dynamic: Exported) -> None:
    assert dynamic.about.config == small_config()
    assert dynamic.about.checkpoint["name"] == "small.safetensors"
    assert dynamic.about.checkpoint["step"] == 7
    names = ["any.mindir", "fixed.mindir", "half.mindir"]
    assert [path.name for path in sorted(folder.iterdir())] == names
    assert (folder / "any.mindir").stat().st_mode & 0o777 == 0o644


def test_damaged_files_and_those_of_others_are_told(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no file at"):
        opened(tmp_path / "a.mindir")
    whole = (folder / "any.mindir").read_bytes()
    damaged = tmp_path / "a.mindir"
    damaged.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match="damaged or no MINDIR"):
        opened(damaged)
    damaged.write_bytes(b"")
    with pytest.raises(UserError, match="has no metadata of this project"):
        opened(damaged)
