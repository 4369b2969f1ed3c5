"""Plain values to frozen dataclasses and back, every key and type checked."""

import difflib
import math
import reprlib
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import yaml

T = TypeVar("T")


def build(kind: type[T], value: Any, at: str = "") -> T:
    """An instance of the dataclass ``kind`` from nested mappings.

    Raises ValueError that gives the key's full dotted name: unknown (with the nearest known),
    missing, or of the wrong type.
    """
    if not isinstance(value, Mapping):
        raise ValueError(f"{at or 'the preset'} must be a mapping, not {_say(value)}")
    hints = get_type_hints(kind)
    known = {item.name: item for item in fields(kind)}  # type: ignore[arg-type]
    for key in value:
        if key not in known:
            raise ValueError(_unknown(_join(at, str(key)), str(key), list(known)))
    required = (n for n, f in known.items() if f.default is f.default_factory is MISSING)
    for name in required:
        if name not in value:
            raise ValueError(f"the key {_join(at, name)} is missing")
    return kind(**{key: _convert(hints[key], value[key], _join(at, key)) for key in value})


def plain(value: Any) -> Any:
    """The inverse of ``build``: mappings, lists, numbers and strings."""
    if is_dataclass(value):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    return [plain(item) for item in value] if isinstance(value, tuple) else value


def override(tree: Any, change: str) -> dict[str, Any]:
    """The nested mappings with one ``dotted.key=value`` applied; the value is read as YAML.

    Whether the key exists is left to ``build``. Raises ValueError where there is no ``=``.
    """
    name, separator, text = change.partition("=")
    if not separator or not name:
        raise ValueError(f"--set {change}: expected key=value, such as network.rnn_units=64")
    return _replace(tree, name.strip().split("."), yaml.safe_load(text))


def _replace(tree: Any, path: list[str], value: Any) -> dict[str, Any]:
    branch = dict(tree) if isinstance(tree, Mapping) else {}
    rest = path[1:]
    branch[path[0]] = _replace(branch.get(path[0]), rest, value) if rest else value
    return branch


def _convert(kind: Any, value: Any, at: str) -> Any:
    if is_dataclass(kind):
        return build(kind, value, at)  # type: ignore[arg-type]
    origin = get_origin(kind)
    if origin is Literal:
        return _choice(kind, value, at)
    if origin is tuple:
        return _tuple(get_args(kind), value, at)
    if origin in (Union, types.UnionType):
        inner = next(part for part in get_args(kind) if part is not type(None))
        return None if value is None else _convert(inner, value, at)
    return _scalar(kind, value, at)


def _choice(kind: Any, value: Any, at: str) -> Any:
    if value not in get_args(kind):
        choices = ", ".join(map(str, get_args(kind)))
        raise ValueError(f"{at} must be one of {choices}, not {_say(value)}")
    return value


def _tuple(kinds: tuple[Any, ...], value: Any, at: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"{at} must be a list, not {_say(value)}")
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(value)
    if len(kinds) != len(value):
        raise ValueError(f"{at} must have {len(kinds)} values, not {len(value)}")
    return tuple(
        _convert(k, v, f"{at}[{i}]") for i, (k, v) in enumerate(zip(kinds, value, strict=True))
    )


def _scalar(kind: type, value: Any, at: str) -> Any:
    """bool, int, float or str. A whole number will do for a float; nothing else is converted."""
    # YAML 1.1 reads 1e-4, without a point, as a string.
    if kind is float and isinstance(value, str):
        value = _number(value)
    exact = type(value) is kind or (kind is float and type(value) is int)
    if not exact or (kind is float and not _finite(value)):
        raise ValueError(f"{at} must be {_NAMES[kind]}, not {_say(value)}")
    return float(value) if kind is float else value


def _finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # a whole number that no float holds
        return False


_NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _unknown(name: str, key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    others = f"; known are {', '.join(known)}" if len(known) < 20 else ""
    meant = f"; did you mean {near[0]}?" if near else ""
    return f"unknown key {name}{meant}{others}"


def _join(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


def _say(value: Any) -> str:
    return "nothing" if value is None else reprlib.repr(value)
