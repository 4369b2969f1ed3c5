"""YAML that people write: what would be read otherwise than it looks is refused."""

from collections.abc import Hashable
from typing import Any

import yaml

SHOWN = 200
"""So many characters of a wrong value are said."""
DEEPEST = 100
"""Levels; PyYAML takes a few stack frames for each."""


def load_yaml(text: str) -> Any:
    """The value of a YAML text. Raises ValueError for everything that cannot be read.

    Refused besides what is no YAML: a key that stands twice, which would hide the first of its
    values, aliases, by which a few lines become more than any memory holds, and numbers to the
    base of 60, which look like a time of day (``12:30``) and may take minutes to read.
    """
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    except (ArithmeticError, AttributeError, LookupError, TypeError) as error:  # PyYAML's own
        raise ValueError(f"a value does not fit its tag ({error!r})") from error


def shown(value: Any) -> str:
    """A wrong value for an error's words, cut where it is long."""
    text = repr(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


class _Loader(yaml.SafeLoader):
    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            line = self.peek_event().start_mark.line + 1
            raise ValueError(f"line {line}: aliases (`*name`) are not used here; write it out")
        if self._depth >= DEEPEST:
            raise ValueError("it is nested too deeply")
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                continue  # refused below
            if key in seen:
                raise ValueError(f"line {node.start_mark.line + 1}: {shown(key)} stands twice")
            seen.add(key)
        return super().construct_mapping(node, deep=deep)

    def construct_yaml_int(self, node: Any) -> int:
        _refuse_base_60(node)
        return int(super().construct_yaml_int(node))

    def construct_yaml_float(self, node: Any) -> float:
        _refuse_base_60(node)
        return float(super().construct_yaml_float(node))


def _refuse_base_60(node: yaml.Node) -> None:
    if ":" in node.value:
        line = node.start_mark.line + 1
        raise ValueError(f"line {line}: {shown(node.value)} would be read as seconds; quote it")


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)
_Loader.add_constructor("tag:yaml.org,2002:float", _Loader.construct_yaml_float)
