"""What an exported file says of itself: how to read its outputs, and where it comes from.

Strings under the keys below, the values JSON: ``metadata_props`` of an ONNX file, ``user_info`` of
a MINDIR. Nothing in it holds a time or a path, so the same checkpoint makes the same file.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from manifests.errors import UserError
from manifests.identity import sha256_file
from manifests.strict_yaml import shown
from model.code_version import code_version
from model.config import Config, check
from model.export.weights import Weights
from model.plain_json import require_count, require_plain, require_text
from model.settings import build, plain

FORMAT = 1
"""Counted up when inputs, outputs or these keys come to mean something else."""
MAX_BYTES = 1 << 20
"""Of each value of a file that is read."""

OUTPUTS = {
    "scores": "(R, C, k) probability of text of each anchor. A cell of the R rows and C columns is "
    "16 x 16 px of the network's input; the k anchors' heights are network.anchor_heights of the "
    "config",
    "vertical": "(R, C, k, 2) v_c = (c - c_a) / h_a and v_h = log(h / h_a): centre c and height h "
    "of the proposal, c_a and h_a of its anchor, in px of the network's input",
    "side": "(R, C, k) o = (x_side - x_centre) / 16 of the nearer end of the text line; unknown "
    "where loss.side of the config is 0",
    "placed": "(2,) width and height in px that the picture has on the network's input, at its top "
    "left; the rest is padding",
}
"""The outputs by name. ``placed`` only where the input is of any size."""


@dataclass(frozen=True)
class About:
    """The metadata of an exported file."""

    config: Config
    """The whole preset, the thresholds in use in ``proposals`` and ``lines``."""
    picture: tuple[int, int] | None
    """Width and height of the pictures that it takes; None for any."""
    checkpoint: Mapping[str, Any]
    """name, sha256 and step of the file that was exported."""
    precision: str
    """float32, or what is in float16."""
    run: Mapping[str, Any] = field(default_factory=dict)
    """name and sha256 of lineage.json of the checkpoint's run; empty where it lies in none."""
    chosen: Mapping[str, Any] = field(default_factory=dict)
    """Of a file of thresholds, how they were chosen; empty where they are the checkpoint's own."""
    code: Mapping[str, Any] = field(default_factory=dict)
    """Version of this project, and commit where it is known."""
    format: int = FORMAT

    def to_strings(self) -> dict[str, str]:
        """One string for each key."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values["config"] = plain(self.config)
        return {name: json.dumps(value) for name, value in values.items()}


def describe(weights: Weights, picture: tuple[int, int] | None, precision: str) -> About:
    """The metadata of what is exported from weights, for pictures of that size or of any."""
    path = weights.path
    checkpoint = {"name": path.name, "sha256": sha256_file(path), "step": weights.step}
    run, chosen, code = _run_of(path), dict(weights.chosen), _code()
    return About(weights.config, picture, checkpoint, precision, run, chosen, code)


def from_strings(strings: Mapping[str, str], path: Path) -> About:
    """The metadata of the file at ``path``. Raises UserError where it is not one of ours."""
    try:
        if "format" not in strings or "config" not in strings:
            raise ValueError("it has no metadata of this project")
        if any(len(strings.get(name, "")) > MAX_BYTES for name in _KEYS):
            raise ValueError("its metadata are too long")
        number = json.loads(strings["format"])
        if number != FORMAT:
            raise ValueError(f"it is of format {number!r}, and {FORMAT} is read here")
        known = {name: json.loads(strings[name]) for name in _KEYS if name in strings}
        config = build(Config, known.pop("config"))
        check(config)
        for name in _MAPPINGS:
            if name in known:
                require_plain(_mapping(known[name], name), name)
        require_text(known["precision"], "precision")
        return About(config, _size(known.pop("picture")), **known)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError(
            f"{path} is no file of `python -m model export` that can be read here: {error}. Export "
            "the checkpoint again"
        ) from error


_MAPPINGS = ("checkpoint", "run", "chosen", "code")
_KEYS = tuple(About.__dataclass_fields__)


def _size(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"picture must be a width and a height, not {shown(value)}")
    for side in value:
        require_count(side, "a side of the picture")
    width, height = value
    return width, height


def _mapping(value: Any, name: str) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"{name} must be a mapping, not {shown(value)}")
    return value


def _run_of(checkpoint: Path) -> dict[str, Any]:
    folder = checkpoint.resolve().parent.parent
    lineage = folder / "lineage.json"
    if checkpoint.resolve().parent.name != "checkpoints" or not lineage.is_file():
        return {}
    return {"name": folder.name, "lineage_sha256": sha256_file(lineage)}


def _code() -> dict[str, Any]:
    try:
        number = version("textlines")
    except PackageNotFoundError:  # run from a checkout
        number = ""
    return {"version": number, **code_version()}
