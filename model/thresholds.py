"""Files of thresholds: the decoding's settings that a sweep chose, and what it chose them by.

    proposals: {min_score: 0.4}
    lines: {min_overlap: 0.4, min_score: 0.8}
    chosen: {checkpoint_sha256: ..., mix: icdar15_val, shards_digest: ..., protocol: iou, ...}

or ``chosen: {by: hand, checkpoint_sha256: ...}``, as the page of ``model serve`` gives them.

What a file does not name stays as the checkpoint has it. It holds for the checkpoint it was chosen
for, whose scores it was chosen by; another network's scores mean something else.
"""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from manifests.errors import UserError
from manifests.identity import sha256_file
from manifests.sealing import KEY, UNSEALED, require_whole, seal_bytes
from manifests.strict_yaml import load_yaml, shown
from model.config import Config, check
from model.files import write_text
from model.plain_json import (
    require_count,
    require_digest,
    require_plain,
    require_share,
    require_text,
)
from model.preset_files import merged
from model.settings import build, plain

GROUPS = ("proposals", "lines")
MAX_BYTES = 2**16
_BY_HAND = ("checkpoint_sha256",)
_NEEDED = (*_BY_HAND, "mix", "shards_digest", "protocol", "hmean", "images")
_KINDS: Mapping[str, Callable[[Any, str], None]] = {
    "by": require_text,
    "checkpoint_sha256": require_digest,
    "mix": require_text,
    "shards_digest": require_text,
    "protocol": require_text,
    "hmean": require_share,
    "images": require_count,
}


@dataclass(frozen=True)
class Thresholds:
    """Settings of the decoding, and how they were chosen."""

    values: Mapping[str, Mapping[str, Any]]
    """``proposals`` and ``lines``, each with the keys that are set."""
    chosen: Mapping[str, Any]
    """checkpoint_sha256, mix, shards_digest, protocol, hmean, images, and what else was noted; by
    hand checkpoint_sha256 alone."""

    @property
    def by_hand(self) -> bool:
        """Whether a person chose them by looking, and no scores stand behind them."""
        return self.chosen.get("by") == "hand"

    def changes(self) -> list[str]:
        """The settings as ``--set`` takes them; for a shell quote them."""
        return [f"{g}.{key}={v}" for g, keys in self.values.items() for key, v in keys.items()]

    def to_yaml(self) -> str:
        """The file's text, as ``read_thresholds`` reads it."""
        tree = {**{g: dict(keys) for g, keys in self.values.items()}, "chosen": dict(self.chosen)}
        return str(yaml.safe_dump(tree, sort_keys=False, allow_unicode=True))


def write_thresholds(path: Path, thresholds: Thresholds) -> None:
    """Write a file as a whole or not at all, with its own digest as the last key."""
    chosen = {**{k: v for k, v in thresholds.chosen.items() if k != KEY}, KEY: UNSEALED}
    text = Thresholds(thresholds.values, chosen).to_yaml()
    write_text(path, seal_bytes(text.encode()).decode())


def read_thresholds(path: Path) -> Thresholds:
    """The thresholds of a file. Raises UserError for a file that is none."""
    try:
        tree = load_yaml(_text(path))
        if not isinstance(tree, Mapping) or not set(tree) <= {*GROUPS, "chosen"}:
            raise ValueError(f"expected the keys {', '.join(GROUPS)} and chosen, not {shown(tree)}")
        values = {group: _mapping(tree, group) for group in GROUPS if group in tree}
        chosen = {k: v for k, v in _mapping(tree, "chosen").items() if k != KEY}
        needed = _BY_HAND if chosen.get("by") == "hand" else _NEEDED
        missing = [key for key in needed if key not in chosen]
        if missing:
            raise ValueError(f"chosen does not tell {', '.join(missing)}")
        _check_values(values, chosen)
    except ValueError as error:
        raise UserError(
            f"{path}: not a file of thresholds as `python -m model sweep` writes it: {error}"
        ) from error
    return Thresholds(values, chosen)


def _check_values(values: Mapping[str, Any], chosen: Mapping[str, Any]) -> None:
    """All of it goes into JSON and onto terminals: YAML holds more than either takes."""
    for key, require in _KINDS.items():
        if key in chosen:
            require(chosen[key], f"chosen.{key}")
    for group, keys in (*values.items(), ("chosen", chosen)):
        require_plain(keys, group)


def thresholds_of(path: Path, checkpoint: Path, sha256: str | None = None) -> Thresholds:
    """The thresholds of a file for the checkpoint they were chosen for; UserError for another's.

    sha256: of the checkpoint, where ``checkpoint`` is a file that was exported from it.
    """
    thresholds = read_thresholds(path)
    if thresholds.chosen["checkpoint_sha256"] != (sha256 or sha256_file(checkpoint)):
        raise UserError(
            f"{path} was chosen for another checkpoint than {checkpoint}, whose scores mean "
            "something else: run `python -m model sweep` with this one, or, if you want these "
            f"values all the same, give them: --set {shlex.join(thresholds.changes())}"
        )
    return thresholds


def apply(config: Config, thresholds: Thresholds) -> Config:
    """The config with these thresholds. Raises UserError for keys and values that cannot be."""
    try:
        result = build(Config, merged(plain(config), thresholds.values))
        check(result)
    except ValueError as error:
        raise UserError(f"a threshold of the file cannot be used: {error}") from error
    return result


def _text(path: Path) -> str:
    if not path.is_file():
        raise UserError(f"{path}: there is no such file of thresholds")
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"it is longer than {MAX_BYTES:,} bytes")
    try:
        require_whole(content)
    except ValueError as error:
        raise ValueError(f"{error}; who changed it on purpose takes the line {KEY} out") from error
    return content.decode("utf-8")


def _mapping(tree: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = tree.get(key)
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise ValueError(f"{key} must be a mapping, not {shown(value)}")
    return value
