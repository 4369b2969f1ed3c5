"""The form of ``evaluation.json``: what whoever reads it leans on, checked once where it is opened.

A check takes a value and its name, and raises ValueError with words where the value is another.
"""

from collections.abc import Callable, Mapping
from typing import Any

from manifests.strict_yaml import shown
from model.explain.bootstrap import FIGURES
from model.explain.place import files_of
from model.plain_json import require_count, require_number
from model.protocols import PROTOCOLS

Check = Callable[[Any, str], None]
EVALUATION_VERSION = 1


def check_form(info: Mapping[str, Any]) -> None:
    """Raise ValueError where it is not as ``evaluate`` writes it."""
    version = info.get("version")
    if type(version) is not int or version != EVALUATION_VERSION:
        raise ValueError(f"it has version {shown(version)}, not {EVALUATION_VERSION}")
    files_of(info)
    _INFO(info, "it")


def _text(value: Any, name: str) -> None:
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text, not {shown(value)}")


def _mapping(value: Any, name: str) -> None:
    if not isinstance(value, dict):
        raise ValueError(f"{name} must be a mapping, not {shown(value)}")


def _truth(value: Any, name: str) -> None:
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be true or false, not {shown(value)}")


def _maybe(check: Check) -> Check:
    """The value, or null."""

    def checked(value: Any, name: str) -> None:
        if value is not None:
            check(value, name)

    return checked


def _each(check: Check, length: int | None = None) -> Check:
    """A list of such values."""

    def checked(value: Any, name: str) -> None:
        if not isinstance(value, list) or length not in (None, len(value)):
            raise ValueError(f"{name} must be a list, not {shown(value)}")
        for at, entry in enumerate(value):
            check(entry, f"{name}[{at}]")

    return checked


def _values(check: Check) -> Check:
    """A mapping to such values."""

    def checked(value: Any, name: str) -> None:
        _mapping(value, name)
        for key, entry in value.items():
            check(entry, f"{name}.{shown(key)}")

    return checked


def _with(needed: Mapping[str, Check], further: Mapping[str, Check] | None = None) -> Check:
    """A mapping that has the keys needed, and may have the further ones."""

    def checked(value: Any, name: str) -> None:
        _mapping(value, name)
        for key, check in needed.items():
            if key not in value:
                raise ValueError(f"{name} has no {key}")
            check(value[key], f"{name}.{key}".removeprefix("it."))
        for key, check in (further or {}).items():
            if key in value:
                check(value[key], f"{name}.{key}".removeprefix("it."))

    return checked


_PAIR = _each(require_number, 2)
_FILE = _with({"path": _text, "sha256": _text})
_PROTOCOL = _with(
    {
        **dict.fromkeys(FIGURES, require_number),
        "ground_truths": require_count,
        "detections": require_count,
        "interval": _with(dict.fromkeys(FIGURES, _maybe(_PAIR))),
        "outcomes": _values(_values(require_count)),
    }
)
_RAW = _with(
    {"uri": _text, "sha256": _text},
    {"bytes": _maybe(require_count), "files_read": _maybe(require_count)},
)
_INPUT = _with(
    {"name": _text, "fingerprint": _text},
    {"images": require_count, "taken": require_count, "verified": _truth, "raw": _each(_RAW)},
)
_INFO = _with(
    {
        "data_fingerprint": _text,
        "mix": _text,
        "images": require_count,
        "seconds": require_number,
        "images_per_second": require_number,
        "protocols": _with(dict.fromkeys(PROTOCOLS, _PROTOCOL)),
        "coco": _with(
            {
                **dict.fromkeys(("ap", "ap50", "ap75"), _maybe(require_number)),
                "max_detections": require_count,
                "beyond": require_count,
            }
        ),
        "input": _each(require_count, 2),
        "proposals": _mapping,
        "lines": _mapping,
        "checkpoint": _with({"path": _text, "sha256": _text, "step": require_count}),
        "shards": _with({"key": _text, "digest": _text, "inputs": _each(_INPUT)}),
        "thresholds_from": _with({"words": _text, "warnings": _each(_text)}),
    },
    {
        "run": _maybe(_text),
        "lineage": _maybe(_FILE),
        "refused_images": _values(require_count),
        "bootstrap": _with({"level": require_number}),
    },
)
