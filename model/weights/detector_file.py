"""Detectors as ``.safetensors``: the network's parameters, config and step in the metadata."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from manifests.errors import UserError
from manifests.strict_yaml import load_yaml
from model.config import Config, check
from model.pretrained import require_shipped
from model.settings import build
from model.weights.safetensors_file import read_safetensors
from model.weights.weight_file import Floats

CONFIG, STEP = "config", "step"
"""Keys of the metadata."""
MAX_CONFIG = 1 << 16
"""Characters; the config of a preset has 2,000."""


def config_text(about: Mapping[str, Any]) -> str:
    """The config that stands in a checkpoint. Raises KeyError where there is none, ValueError where
    it is none or too long to be one."""
    text = about[CONFIG]
    if not isinstance(text, str) or len(text) > MAX_CONFIG:
        raise ValueError(f"its config is no text of at most {MAX_CONFIG:,} characters")
    return text


def read_detector(path: Path) -> tuple[dict[str, Floats], Config, int]:
    """The parameters by name as float32, the config and the step.

    Raises UserError where the file is damaged or has no config of this project.
    """
    require_shipped(path)
    arrays, about = read_safetensors(path)
    try:
        config = build(Config, load_yaml(config_text(about)))
        check(config)
        step = int(about.get(STEP, "0"))
    except (ValueError, KeyError) as error:
        raise UserError(
            f"{path} is no checkpoint of this project: its metadata has no config that can be read "
            f"({error}). Bring weights of others in with `python -m model import-weights`"
        ) from error
    return arrays, config, step
