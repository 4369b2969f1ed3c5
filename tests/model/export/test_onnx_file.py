"""ONNX files: what they say of a picture, against a plain network, and of themselves."""

import json
from pathlib import Path

import numpy as np
import pytest

from manifests.errors import UserError
from manifests.identity import sha256_file
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

REASON = "needs the packages onnx and onnxruntime"
pytest.importorskip("onnx", reason=REASON)
pytest.importorskip("onnxruntime", reason=REASON)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return read_weights(write_small(tmp_path_factory.mktemp("small") / "small.safetensors"))


def written(weights: Weights, path: Path, *how: object) -> Exported:
    from model.export.onnx_file import build_onnx, write_onnx
    from model.export.onnx_running import open_onnx

    write_onnx(build_onnx(weights, *how), path)  # type: ignore[arg-type]
    return open_onnx(path)


@pytest.fixture(scope="module")
def dynamic(weights: Weights, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return written(weights, tmp_path_factory.mktemp("dynamic") / "a.onnx", None)


def test_outputs_are_those_of_the_plain_network(
    weights: Weights, dynamic: Exported, tmp_path: Path
) -> None:
    pixels = picture(WIDTH, HEIGHT)
    fixed = written(weights, tmp_path / "a.onnx", (WIDTH, HEIGHT))
    wanted = expected(pixels)
    assert np.ptp(wanted.scores) > 0.1  # or nothing would be compared
    for backend in (dynamic, fixed):
        assert_alike(backend.outputs(pixels), wanted, 1e-5)
        np.testing.assert_allclose(next(backend.run([pixels]))[0], wanted.scores, atol=1e-5)


@pytest.mark.parametrize(
    "size",
    [(1, 1), (64, 48), (65, 49), (128, 96), (97, 31), (20, 300), (300, 1), (3, 5), (63, 48)],
)
def test_pictures_of_any_size_are_placed_as_elsewhere(
    dynamic: Exported, size: tuple[int, int]
) -> None:
    image = picture(*size)
    placed = fit(*size, WIDTH, HEIGHT)
    # A step of 1 of 255 in some pixels is what resizing may differ by.
    wanted = expected(resize_image(image, placed))
    found = dynamic.outputs(image)
    assert found.placed == placed
    np.testing.assert_allclose(found.scores, wanted.scores, rtol=0, atol=0.02)
    np.testing.assert_allclose(found.vertical, wanted.vertical, rtol=0, atol=0.02)


def test_the_graph_says_where_the_picture_lies(weights: Weights) -> None:
    import onnxruntime

    from model.export.onnx_file import build_onnx

    content = build_onnx(weights, None).SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    # 2 x 0.5 and 3 x 0.5 pixels: halves go to the even neighbour.
    for size in ((120, 96), (1, 77), (500, 3), (128, 5), (128, 7), (31, 24), (13, 2000)):
        (placed,) = session.run(["placed"], {"image": picture(*size)})
        wanted = fit(*size, WIDTH, HEIGHT)
        assert placed.tolist() == [wanted.resized_width, wanted.resized_height], size


def test_one_size_other_than_the_inputs(
    weights: Weights, dynamic: Exported, tmp_path: Path
) -> None:
    fixed = written(weights, tmp_path / "a.onnx", (100, 90))
    image = picture(100, 90)
    assert_alike(fixed.outputs(image), dynamic.outputs(image), 1e-6)
    with pytest.raises(UserError, match="takes pictures of 100x90 px, and this one has 90x100"):
        fixed.outputs(picture(90, 100))
    with pytest.raises(UserError, match="not the network's input, 64x48"):
        next(fixed.run([picture(WIDTH, HEIGHT)]))


def test_other_pictures_are_resized_to_the_only_size_where_that_is_the_input(
    weights: Weights, tmp_path: Path
) -> None:
    fixed = written(weights, tmp_path / "a.onnx", (WIDTH, HEIGHT))
    image = picture(130, 50)
    placed = fit(130, 50, WIDTH, HEIGHT)
    found = fixed.outputs(image)
    assert found.placed == placed
    np.testing.assert_allclose(
        found.scores, expected(resize_image(image, placed)).scores, atol=1e-5
    )


def test_half_the_bytes_and_nearly_the_same_answers(
    weights: Weights, dynamic: Exported, tmp_path: Path
) -> None:
    pixels = picture(WIDTH, HEIGHT)
    half = written(weights, tmp_path / "a.onnx", None, True)
    found, wanted = half.outputs(pixels), dynamic.outputs(pixels)
    assert_alike(found, wanted, 0.01)
    assert not np.array_equal(found.scores, wanted.scores)
    assert half.about.precision == "weights float16, arithmetic float32"
    assert dynamic.about.precision == "float32"


def test_half_precision_refuses_what_it_cannot_hold(tmp_path: Path) -> None:
    from model.export.onnx_file import build_onnx

    large = {"dense.weight": small_arrays()["dense.weight"] * 1e6}
    weights = read_weights(write_small(tmp_path / "a.safetensors", **large))
    with pytest.raises(UserError, match=r"dense.weight holds .*leave out --half"):
        build_onnx(weights, None, half=True)


def test_a_file_says_what_it_is_made_of(weights: Weights, dynamic: Exported) -> None:
    about = dynamic.about
    assert about.config == small_config()
    assert about.picture is None
    assert about.checkpoint == {
        "name": "small.safetensors", "sha256": sha256_file(weights.path), "step": 7,
    }  # fmt: skip
    assert about.run == {}


def test_a_checkpoint_of_a_run_names_it(tmp_path: Path) -> None:
    from model.export.about import describe

    folder = tmp_path / "first" / "checkpoints"
    folder.mkdir(parents=True)
    lineage = folder.parent / "lineage.json"
    lineage.write_text("{}")
    weights = read_weights(write_small(folder / "best.safetensors"))
    assert describe(weights, None, "float32").run == {
        "name": "first", "lineage_sha256": sha256_file(lineage),
    }  # fmt: skip


def test_the_same_checkpoint_makes_the_same_bytes(weights: Weights, tmp_path: Path) -> None:
    for name in ("a", "b"):
        written(weights, tmp_path / f"{name}.onnx", None)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.onnx", "b.onnx"]


def test_every_output_and_the_input_are_declared(weights: Weights) -> None:
    from model.export.onnx_file import build_onnx

    def sizes(model: object, names: str) -> dict[str, list[object]]:
        return {
            value.name: [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]
            for value in getattr(model.graph, names)  # type: ignore[attr-defined]
        }

    grid = [3, 4, 2]
    outputs = {"scores": grid, "vertical": [*grid, 2], "side": grid}
    model = build_onnx(weights, (100, 90))
    assert sizes(model, "input") == {"image": [90, 100, 3]}
    assert sizes(model, "output") == outputs
    model = build_onnx(weights, None)
    assert sizes(model, "input") == {"image": ["height", "width", 3]}
    assert sizes(model, "output") == {**outputs, "placed": [2]}
    assert all(value.doc_string for value in model.graph.output)
    assert {entry.version for entry in model.opset_import} == {17}


def test_thresholds_can_change_and_the_input_cannot(dynamic: Exported) -> None:
    changed = dynamic.changed(["lines.gap=48"])
    assert changed.config.lines.gap == 48
    assert dynamic.config.lines.gap == 32
    with pytest.raises(UserError, match="part of an exported file"):
        dynamic.changed(["network.input_width=128"])
    with pytest.raises(UserError, match="can change after training"):
        dynamic.changed(["loss.side=0"])


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("format", "99", "of format 99, and 1 is read"),
        ("format", None, "no metadata"),
        ("config", None, "no metadata"),
        ("config", "{", "Expecting property name"),
        ("config", json.dumps({"lines": {}}), "the key network is missing"),
        ("config", " " * (1 << 20) + "{}", "too long"),
        ("picture", "[1, 2, 3]", "must be a width and a height"),
        ("checkpoint", None, "missing"),
    ],
)
def test_metadata_of_others_is_refused(
    weights: Weights, tmp_path: Path, name: str, value: str | None, reason: str
) -> None:
    from onnx import helper

    from model.export.onnx_file import build_onnx, write_onnx
    from model.export.onnx_running import open_onnx

    model = build_onnx(weights, None)
    strings = {entry.key: entry.value for entry in model.metadata_props if entry.key != name}
    del model.metadata_props[:]
    helper.set_model_props(model, strings if value is None else {**strings, name: value})
    write_onnx(model, tmp_path / "a.onnx")
    with pytest.raises(UserError, match=f"a.onnx .*{reason}"):
        open_onnx(tmp_path / "a.onnx")


def test_damaged_files_and_absent_ones_are_told(dynamic: Exported, tmp_path: Path) -> None:
    from model.export.onnx_running import open_onnx

    with pytest.raises(UserError, match="no file at"):
        open_onnx(tmp_path / "a.onnx")
    (tmp_path / "a.onnx").write_bytes(b"\x08\x08 no graph at all")
    with pytest.raises(UserError, match="cannot be read as ONNX"):
        open_onnx(tmp_path / "a.onnx")
    with pytest.raises(UserError, match="cannot use Ascend here"):
        open_onnx(Path(__file__), "Ascend")


def test_weights_that_do_not_fit_the_config_are_named(tmp_path: Path) -> None:
    path = write_small(tmp_path / "a.safetensors", **{"side.bias": np.zeros(3, np.float32)})
    with pytest.raises(UserError, match=r"side.bias is \(3,\), not \(2,\)"):
        read_weights(path)
    path = write_small(tmp_path / "b.safetensors", more=np.zeros(3, np.float32))
    with pytest.raises(UserError, match="more is not of this network"):
        read_weights(path)
