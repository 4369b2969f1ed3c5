"""Detectors as ``.safetensors``: the network's parameters, config and step in the metadata."""

from pathlib import Path

import yaml

from manifests.errors import UserError
from model.config import Config, check
from model.pretrained import require_shipped
from model.settings import build
from model.weights.safetensors_file import read_safetensors
from model.weights.weight_file import Floats

CONFIG, STEP = "config", "step"
"""Keys of the metadata."""


def read_detector(path: Path) -> tuple[dict[str, Floats], Config, int]:
    """The parameters by name as float32, the config and the step.

    Raises UserError where the file is damaged or has no config of this project.
    """
    require_shipped(path)
    arrays, about = read_safetensors(path)
    try:
        config = build(Config, yaml.safe_load(about[CONFIG]))
        check(config)
        step = int(about.get(STEP, "0"))
    except (ValueError, KeyError, yaml.YAMLError) as error:
        raise UserError(
            f"{path} is no checkpoint of this project: its metadata has no config that can be read "
            f"({error}). Bring weights of others in with `python -m model import-weights`"
        ) from error
    return arrays, config, step
