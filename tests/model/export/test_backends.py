"""What runs a network: the choice, the same lines by each, and ONNX Runtime without MindSpore."""

import subprocess
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from manifests.errors import UserError
from manifests.identity import sha256_file
from manifests.images import decode
from model.__main__ import main
from model.export.backends import BACKENDS, Backend, backend_of, open_backend
from model.export.exported import Exported
from model.outputs import text_lines, text_proposals
from model.pretrained import default
from model.thresholds import Thresholds, write_thresholds
from tests.model.export.small import HEIGHT, WIDTH, picture, small_config, write_small

REASON = "needs the packages onnx and onnxruntime"
ROOT = Path(__file__).resolve().parents[3]
REAL = ("img_5.jpg", "img_30.jpg")

BLOCKED = """
import sys
for name in ("mindspore", "pandas", "apache_beam", "pyarrow", *sys.argv[3:]):
    sys.modules[name] = None
import numpy as np
from model import Detector
picture = np.random.default_rng(0).integers(0, 256, (90, 100, 3), dtype=np.uint8)
for line in Detector.load(sys.argv[1], backend=sys.argv[2]).detect(picture):
    print(*np.round(line.box, 2), round(line.score, 3))
"""


@pytest.mark.parametrize(
    ("name", "given", "wanted"),
    [
        ("a.ckpt", None, "mindspore"), ("a.onnx", None, "onnxruntime"),
        ("a.mindir", None, "mindir"),
        ("a.safetensors", "onnxruntime", "onnxruntime"), ("a.onnx", "onnxruntime", "onnxruntime"),
    ],
)  # fmt: skip
def test_the_file_decides_where_nothing_is_given(name: str, given: str | None, wanted: str) -> None:
    assert backend_of(Path(name), given) == wanted


def test_a_file_for_one_backend_is_refused_by_another() -> None:
    with pytest.raises(UserError, match=r"a.onnx is a file for the backend onnxruntime, not for"):
        backend_of(Path("a.onnx"), "mindspore")
    with pytest.raises(UserError, match="no backend 'torch'; choose one of mindspore, mindir"):
        backend_of(Path("a.ckpt"), "torch")


@pytest.fixture(scope="module")
def backends(mindspore: None) -> dict[str, Backend]:
    """The weights that come with the project, on an input of a quarter of their pixels, by each."""
    pytest.importorskip("onnx", reason=REASON)
    pytest.importorskip("onnxruntime", reason=REASON)
    changes = ["network.input_width=640", "network.input_height=352"]
    return {name: open_backend(default(), name, changes=changes) for name in BACKENDS}


def drawn() -> npt.NDArray[np.uint8]:
    image = np.full((400, 640, 3), (60, 90, 70), np.uint8)
    for number, word in enumerate(("EXIT market", "TEXT lines", "Words")):
        at = (40 + 60 * number, 90 + 110 * number)
        cv2.putText(image, word, at, cv2.FONT_HERSHEY_SIMPLEX, 1.8, (250, 250, 240), 4)
    return image


def assert_same_lines(backends: dict[str, Backend], image: npt.NDArray[np.uint8]) -> int:
    """Proposals within 1/100 px and 1e-4 of their probability, and lines as near; returns how many
    lines."""
    wanted = backends["mindspore"]
    outputs = wanted.outputs(image)
    proposals, lines = text_proposals(outputs, wanted.config), text_lines(outputs, wanted.config)
    for name in ("mindir", "onnxruntime"):
        told = backends[name].outputs(image)
        found = text_proposals(told, wanted.config)
        np.testing.assert_array_equal(found.column, proposals.column, err_msg=name)
        np.testing.assert_allclose(found.top, proposals.top, atol=0.01, err_msg=name)
        np.testing.assert_allclose(found.bottom, proposals.bottom, atol=0.01, err_msg=name)
        np.testing.assert_allclose(found.score, proposals.score, atol=1e-4, err_msg=name)
        quads = text_lines(told, wanted.config).quads
        np.testing.assert_allclose(quads, lines.quads, atol=0.05, err_msg=name)
    return len(lines)


def test_without_mindspore_it_is_onnx_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    assert backend_of(Path("a.safetensors")) == "mindspore"
    monkeypatch.setitem(sys.modules, "mindspore", None)
    pytest.importorskip("onnxruntime", reason=REASON)
    assert backend_of(Path("a.safetensors")) == "onnxruntime"
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert backend_of(Path("a.safetensors")) == "mindspore"  # which is then asked for by name


def test_all_backends_find_the_same_lines(backends: dict[str, Backend]) -> None:
    assert assert_same_lines(backends, drawn()) > 1


def test_all_backends_find_the_same_lines_on_real_pictures(
    backends: dict[str, Backend], shared: Path
) -> None:
    with zipfile.ZipFile(shared / "raw" / "icdar15" / "ch4_training_images.zip") as archive:
        images = [decode(archive.read(name)).pixels for name in REAL]
    assert sum(assert_same_lines(backends, image) for image in images) > 1


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("onnx", reason=REASON)
    pytest.importorskip("onnxruntime", reason=REASON)
    return write_small(tmp_path_factory.mktemp("small") / "small.safetensors")


@pytest.mark.parametrize("exported", [True, False], ids=["exported file", "checkpoint"])
def test_onnx_runtime_needs_no_mindspore(checkpoint: Path, exported: bool, tmp_path: Path) -> None:
    from model.export.onnx_file import build_onnx, write_onnx
    from model.export.weights import read_weights

    source, blocked = checkpoint, []
    if exported:
        source, blocked = tmp_path / "a.onnx", ["onnx", "google.protobuf"]
        write_onnx(build_onnx(read_weights(checkpoint), None), source)
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED, source, "onnxruntime", *blocked],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    wanted = open_backend(checkpoint, "onnxruntime")
    lines = text_lines(wanted.outputs(picture(100, 90)), wanted.config)
    assert len(lines) > 0
    told = np.array([line.split() for line in done.stdout.splitlines()], dtype=np.float64)
    np.testing.assert_allclose(told[:, :4], lines.boxes, atol=0.02)


def test_a_package_that_is_missing_is_named(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UserError, match="needs the package onnxruntime, which is not installed"):
        open_backend(checkpoint, "onnxruntime")


def test_changes_of_a_checkpoint_go_into_what_is_run(checkpoint: Path) -> None:
    changes = ["network.input_width=96", "lines.gap=48"]
    backend = open_backend(checkpoint, "onnxruntime", changes=changes)
    assert backend.config.lines.gap == 48
    assert backend.outputs(picture(WIDTH, HEIGHT)).scores.shape == (3, 6, 2)


@pytest.mark.usefixtures("mindspore")
def test_a_checkpoint_of_mindspore_runs_under_onnx_runtime_too(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason=REASON)
    from model.checkpoints import save
    from model.network import Ctpn

    config = small_config()
    save(tmp_path / "a.ckpt", Ctpn(config.network), config, 3)
    image = picture(WIDTH, HEIGHT)
    told, wanted = (
        open_backend(tmp_path / "a.ckpt", name).outputs(image)
        for name in ("onnxruntime", "mindspore")
    )
    np.testing.assert_allclose(told.scores, wanted.scores, atol=1e-6)


def test_a_file_of_thresholds_goes_with_the_checkpoint_and_what_was_made_of_it(
    checkpoint: Path, tmp_path: Path
) -> None:
    told = {"mix": "val", "shards_digest": "d", "protocol": "iou", "hmean": 0.5, "images": 3}
    own, other = tmp_path / "own.yaml", tmp_path / "other.yaml"
    for path, digest in ((own, sha256_file(checkpoint)), (other, "0" * 64)):
        chosen = {"checkpoint_sha256": digest, **told}
        write_thresholds(path, Thresholds({"lines": {"gap": 48, "min_score": 0.1}}, chosen))
    out = tmp_path / "a.onnx"
    how = ["--checkpoint", str(checkpoint), "--format", "ONNX", "--out", str(out)]
    assert main(["export", *how, "--thresholds", str(own), "--set", "lines.gap=16"]) == 0
    exported = open_backend(out)
    assert isinstance(exported, Exported)
    assert exported.about.chosen["mix"] == "val"
    assert (exported.config.lines.gap, exported.config.lines.min_score) == (16, 0.1)
    for path in (checkpoint, out):
        backend = open_backend(path, "onnxruntime", changes=["lines.min_score=0.2"], thresholds=own)
        assert (backend.config.lines.gap, backend.config.lines.min_score) == (48, 0.2)
        with pytest.raises(UserError, match="was chosen for another checkpoint than"):
            open_backend(path, "onnxruntime", thresholds=other)
