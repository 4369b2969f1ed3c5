import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from manifests.errors import UserError
from model.config import load_config
from model.decoding_changes import with_decoding
from model.export.about import About
from model.export.weights import read_weights
from model.raw_outputs.config import config_of
from model.weights.safetensors_file import read_safetensors, write_safetensors
from tests.model.export.small import HEIGHT, WIDTH, small_config, write_small
from tests.model.plain_preset import PLAIN


def test_the_config_of_weights_by_name_and_by_file() -> None:
    by_name = config_of(Path("lite"), None, ["lines.min_score=0.5"])
    assert by_name.lines.min_score == 0.5
    assert by_name.network.input_width == 1280
    assert config_of(Path("model/pretrained/lite.safetensors"), None) == config_of(
        Path("lite"), None
    )


def test_the_config_of_a_file() -> None:
    assert config_of(None, PLAIN) == load_config(PLAIN)


def test_the_config_of_an_onnx_file_is_the_one_it_was_exported_with(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="needs the packages onnx and onnxruntime")
    pytest.importorskip("onnxruntime", reason="needs the packages onnx and onnxruntime")
    from model.export.onnx_file import build_onnx, write_onnx

    weights = read_weights(write_small(tmp_path / "a.safetensors"))
    config = with_decoding(weights.config, ["lines.min_score=0.42"])
    write_onnx(build_onnx(replace(weights, config=config), (WIDTH, HEIGHT)), tmp_path / "a.onnx")
    assert config_of(tmp_path / "a.onnx", None) == config


def test_the_config_of_a_mindir_is_the_one_it_was_exported_with(
    mindspore: None, tmp_path: Path
) -> None:
    from mindspore.train.mind_ir_pb2 import ModelProto

    model: Any = ModelProto()
    for key, value in About(small_config(), (WIDTH, HEIGHT), {}, "float32").to_strings().items():
        if hasattr(model.user_info, "add"):  # protobuf's Python version takes the map for a list
            model.user_info.add(key=key, value=value)
        else:
            model.user_info[key] = value
    (tmp_path / "a.mindir").write_bytes(model.SerializeToString())
    assert config_of(tmp_path / "a.mindir", None) == small_config()
    (tmp_path / "b.mindir").write_bytes(b"damaged")
    with pytest.raises(UserError, match=r"b\.mindir"):
        config_of(tmp_path / "b.mindir", None)


def test_what_weights_are_indifferent_to_alone_can_change() -> None:
    with pytest.raises(UserError, match="can change after training"):
        config_of(Path("lite"), None, ["network.rnn_units=3"])


def test_errors_say_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--checkpoint or --config"):
        config_of(None, None)
    with pytest.raises(UserError, match="no checkpoint at"):
        config_of(tmp_path / "none.safetensors", None)
    arrays, _ = read_safetensors(Path("model/pretrained/lite.safetensors"))
    write_safetensors(tmp_path / "bare.safetensors", {"a": arrays["scores.bias"]}, {})
    with pytest.raises(UserError, match=r"give the config.yaml"):
        config_of(tmp_path / "bare.safetensors", None)


def test_mindspore_is_not_needed() -> None:
    code = (
        "import sys; sys.modules['mindspore'] = None\n"
        "import model.raw_outputs.scoring, model.raw_outputs.folder, model.predicting.folder\n"
        "from pathlib import Path; from model.raw_outputs.config import config_of\n"
        "config_of(Path('lite'), None)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
