"""The YAML files that presets are: found by name, and joined with those that they extend.

``extends: lite`` (a preset, or a ``.yaml`` path relative to the file) makes a preset of another
one: mappings are merged key by key, and everything else, lists too, is the extending file's where
it has it. Keys and values are checked elsewhere (``model.config``).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from manifests.errors import UserError
from manifests.strict_yaml import load_yaml

PRESETS = Path(__file__).parent / "presets"
DEFAULT = "lite"
"""The preset of a training that names none."""
EXTENDS = "extends"
_SUFFIXES = (".yaml", ".yml")


def preset_names() -> list[str]:
    """The presets that come with the project."""
    return sorted(path.stem for path in PRESETS.glob("*.yaml"))


def find_preset(preset: str | Path, folder: Path = Path()) -> Path:
    """The file of a preset by its name (``lite``) or its path, relative to ``folder``.

    Raises UserError, naming the known presets, where there is none.
    """
    given = Path(preset)
    path = folder / given if given.suffix in _SUFFIXES else PRESETS / f"{preset}.yaml"
    if not path.is_file():
        known = ", ".join(preset_names())
        raise UserError(f"no preset {str(preset)!r}; known are {known}, or give a .yaml file")
    return path


def read_preset(path: Path, below: tuple[Path, ...] = ()) -> Any:
    """The tree of a preset's file, merged into the one that it extends, if any; without the key.

    below: the files that led here by extending. Raises UserError for what is no YAML, for a base
    that is absent or no mapping, and for files that extend each other in a circle.
    """
    here = path.resolve()
    if here in below:
        circle = " -> ".join(file.name for file in (*below[below.index(here) :], here))
        raise UserError(
            f"{circle}: presets extend each other in a circle; take out one `{EXTENDS}`"
        )
    tree = _load(path)
    if not isinstance(tree, Mapping) or EXTENDS not in tree:
        return tree
    file = _base(path, tree[EXTENDS])
    base = read_preset(file, (*below, here))
    if not isinstance(base, Mapping):
        raise UserError(f"{file.name}: a preset must be a mapping of keys; {path.name} extends it")
    own = {key: value for key, value in tree.items() if key != EXTENDS}
    return merged(base, own)


def merged(base: Any, own: Any) -> Any:
    """``own`` over ``base``: mappings key by key at any depth; anything else is ``own``."""
    if not isinstance(base, Mapping) or not isinstance(own, Mapping):
        return own
    return {**base, **{key: merged(base.get(key), value) for key, value in own.items()}}


def _base(path: Path, wanted: Any) -> Path:
    if not isinstance(wanted, str):
        raise UserError(
            f"{path.name}: {EXTENDS} must be the name of a preset or a .yaml path, not {wanted!r}; "
            f"known presets are {', '.join(preset_names())}"
        )
    try:
        return find_preset(wanted, path.parent)
    except UserError as error:
        raise UserError(f"{path.name}: {EXTENDS}: {error}") from error


def _load(path: Path) -> Any:
    try:
        return load_yaml(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{path.name}: {error}") from error
