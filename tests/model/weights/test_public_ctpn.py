"""A checkpoint of the public MindSpore CTPN gives the scores and boxes that it gave there."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from manifests.errors import UserError
from model.__main__ import main
from model.anchors import anchor_centres
from model.config import load_config
from tests.model.weights import plain_vgg as plain
from tests.model.weights import public_version as public
from tests.model.weights.plain_vgg import Floats

if TYPE_CHECKING:
    from model.checkpoints import Checkpoint

pytestmark = pytest.mark.usefixtures("mindspore")

CHANNELS = (3, 4, 5, 6, 7)
HEIGHTS = [2, 7, 16, 33]
SHAPE = {"window": 6, "units": 4, "dense": 9, "k": len(HEIGHTS)}
VALUES = public.parameters(CHANNELS, **SHAPE)


@pytest.fixture(scope="module")
def preset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    network = [
        f"network.channels={[*CHANNELS]}", f"network.anchor_heights={HEIGHTS}",
        "network.window_channels=6", "network.rnn_units=4", "network.dense_units=9",
        "network.input_width=64", "network.input_height=48",
    ]  # fmt: skip
    path = tmp_path_factory.mktemp("presets") / "thin.yaml"
    path.write_text(load_config("full", network).to_yaml())
    return path


def write_ckpt(path: Path, values: Mapping[str, Floats]) -> Path:
    import mindspore as ms

    entries = [{"name": name, "data": ms.Tensor(value)} for name, value in values.items()]
    ms.save_checkpoint(entries, str(path))
    return path


def imported(source: Path, preset: Path, *more: str) -> "Checkpoint":
    from model.checkpoints import load

    out = source.with_name("imported.ckpt")
    arguments = ["import-weights", str(source), "--out", str(out), "--preset", str(preset), *more]
    assert main(arguments) == 0
    return load(out)


@pytest.mark.parametrize("lstm", ["rnn", "rnn2"])
def test_scores_and_boxes_are_those_of_the_public_version(
    tmp_path: Path, preset: Path, lstm: str, caplog: pytest.LogCaptureFixture
) -> None:
    from model.predictor import forward, predictor_of

    caplog.set_level(logging.INFO)
    values = public.trained(VALUES, lstm)
    # A whole training's file holds the optimizer's moments by the same names, too.
    moments = {f"moments.{name}": value * 0 for name, value in values.items()}
    source = write_ckpt(tmp_path / "ctpn.ckpt", moments | values)
    checkpoint = imported(source, preset)
    config = checkpoint.config
    network = predictor_of(checkpoint, config, "CPU").network
    rgb = plain.picture(np.random.default_rng(1))
    scores, vertical, side = (out[0] for out in forward(network, rgb[None]))
    wanted_scores, boxes = public.outputs(rgb, values, lstm)
    np.testing.assert_allclose(scores, wanted_scores, atol=1e-4)
    heights = np.array(config.network.anchor_heights)
    centre = vertical[..., 0] * heights + anchor_centres(3)[:, None, None]
    found = np.stack([centre, np.exp(vertical[..., 1]) * heights], axis=-1)
    np.testing.assert_allclose(found, public.decoded(boxes, HEIGHTS), rtol=1e-4, atol=1e-3)
    assert not side.any()
    assert config.loss.side == 0
    assert "no side refinement: that head is zero and loss.side is 0" in caplog.text
    assert load_config(tmp_path / "imported.yaml") == config


def test_another_preset_beside_it_is_not_overwritten(
    tmp_path: Path, preset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_ckpt(tmp_path / "ctpn.ckpt", public.trained(VALUES, "rnn"))
    kept = imported(source, preset).path
    written = kept.read_bytes()
    imported(source, preset)  # the same preset is there now
    beside = kept.with_suffix(".yaml")
    beside.write_text("mine: 1\n")
    capsys.readouterr()
    assert main(["import-weights", str(source), "--out", str(kept), "--preset", str(preset)]) == 2
    assert f"in {beside}, where something else is; move that away" in capsys.readouterr().err
    assert beside.read_text() == "mine: 1\n" and kept.read_bytes() == written


def test_its_anchors_are_cut_to_whole_pixels() -> None:
    from model.weights.public_ctpn import actual_anchors

    anchors = actual_anchors([2, 4, 7, 11, 16, 23, 33, 48, 68, 97, 139, 198, 283, 406])
    assert anchors.heights == (3, 5, 8, 12, 16, 24, 34, 48, 68, 98, 140, 198, 284, 406)
    assert anchors.lowered == (-0.5, -0.5, *[0.0] * 12)


def test_its_backbone_alone_is_imported(tmp_path: Path, preset: Path) -> None:
    rng = np.random.default_rng(2)
    values = public.backbone(CHANNELS, rng)
    values |= {"classifier.fc1.weight": np.ones((2, 2)), "fc3.weight": np.ones((2, 2))}
    halves = {f"network.{name}": v.astype(np.float16) for name, v in values.items()}
    checkpoint = imported(write_ckpt(tmp_path / "vgg16.ckpt", halves), preset)
    assert all(name.startswith("backbone.") for name in checkpoint.parameters)
    rgb = plain.picture(rng)
    found = plain.network_output(checkpoint.path, rgb, CHANNELS)
    exact = {name: v.astype(np.float16).astype(np.float32) for name, v in values.items()}
    assert plain.relative_error(found, public.conv5_3(rgb, exact)) < 1e-4


def test_which_lstm_was_trained_must_be_known(tmp_path: Path, preset: Path) -> None:
    fresh = write_ckpt(tmp_path / "fresh.ckpt", VALUES)
    with pytest.raises(UserError, match=r"which of its LSTMs \(rnn, rnn2\).*--lstm"):
        read(fresh, preset)
    assert read(fresh, preset, "rnn") != read(fresh, preset, "rnn2")
    alone = {name: v for name, v in VALUES.items() if not name.startswith("rnn.")}
    only = write_ckpt(tmp_path / "gpu.ckpt", alone)
    assert read(only, preset) == read(fresh, preset, "rnn2")
    with pytest.raises(UserError, match="has no LSTM 'rnn'; it has rnn2"):
        read(only, preset, "rnn")


def read(source: Path, preset: Path, lstm: str | None = None) -> bytes:
    from model.weights.importing import import_weights

    parameters = import_weights(source, None, str(preset), lstm).parameters
    return parameters["rows.lstm.weight_hh_l0_reverse"].tobytes()


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({"conv.weight": None}, r"it lacks conv\.weight"),
        ({f"{public.BACKBONE}conv3_2.1.beta": None}, r"lacks .*conv3_2\.1\.beta"),
        ({"rnn2.bias_hh_l0": None}, r"lacks rnn2\.bias_hh_l0"),
        ({f"{public.HEADS}rpn_reg.bias": np.full(16, np.nan, np.float32)}, "NaN or infinite"),
        ({f"{public.HEADS}rpn_reg.weight": np.zeros((20, 9), np.float32)}, "5 anchors a position"),
    ],
)
def test_what_does_not_fit_is_refused(
    tmp_path: Path, preset: Path, edit: dict[str, Floats | None], message: str
) -> None:
    values = {n: v for n, v in (public.trained(VALUES, "rnn2") | edit).items() if v is not None}
    with pytest.raises(UserError, match=message):
        read(write_ckpt(tmp_path / "bad.ckpt", values), preset)


def test_another_width_is_refused_by_name(
    tmp_path: Path, preset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_ckpt(tmp_path / "ctpn.ckpt", public.trained(VALUES, "rnn"))
    wide = tmp_path / "wide.yaml"
    wide.write_text(preset.read_text().replace("dense_units: 9", "dense_units: 10"))
    out = tmp_path / "out.ckpt"
    arguments = ["import-weights", str(source), "--out", str(out), "--preset", str(wide)]
    assert main(arguments) == 2
    assert "dense.weight is (9, 8), not (10, 8)" in capsys.readouterr().err
    assert not out.exists()
    assert not out.with_suffix(".yaml").exists()
