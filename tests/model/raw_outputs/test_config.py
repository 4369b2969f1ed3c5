import subprocess
import sys
from pathlib import Path

import pytest

from manifests.errors import UserError
from model.config import load_config
from model.raw_outputs.config import config_of
from model.weights.safetensors_file import read_safetensors, write_safetensors
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
