"""What is to be read as a dataset of one's own: from options, or from ``RAW/sources.yaml``.

::

    shop:                       # the dataset's name
      format: labelme           # coco, labelme or rrc
      exhaustive: true          # false: text stands in the pictures that nobody labelled
      card: shop/CARD.md        # what to tell of it in the report (may be left out)
      splits:
        train: {images: shop/photos, annotations: shop/labels}
        val: {images: shop/photos_val, annotations: shop/labels_val}

Paths are below the folder of the file.
"""

import json
import os
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Self

from manifests.errors import UserError
from manifests.identity import is_name
from manifests.raw import read_limited, resolve
from manifests.storage.address import Root
from manifests.strict_yaml import load_yaml, shown

FILE = "sources.yaml"
FORMATS = ("coco", "labelme", "rrc")
SPLITS = ("train", "val", "test")
_MAX_BYTES = 1 << 20
_PATHS = ("images", "annotations")
_KEYS = {"format", "exhaustive", "card", "splits"}


@dataclass(frozen=True)
class Source:
    """One split of a dataset of one's own.

    ``images``: folder or .zip of pictures; ``annotations``: folder, .zip or file; both below the
    raw root, ``/`` between the parts. ``exhaustive``: all text in the pictures is labelled.
    ``card``: Markdown about the dataset.
    """

    name: str
    format: str
    split: str
    images: str
    annotations: str
    exhaustive: bool = True
    card: str | None = None

    @property
    def key(self) -> str:
        """The source as text, to travel with."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_key(cls, key: str) -> Self:
        """Undo ``key``."""
        return cls(**json.loads(key))

    def to_json(self) -> dict[str, Any]:
        """What ``manifest.json`` says of it: all but the card, which stands there anyway."""
        return {key: value for key, value in asdict(self).items() if key != "card"}

    def told_card(self) -> str:
        """The card; where its owner wrote none, a few words in its place."""
        if self.card is not None:
            return self.card
        labelled = "all text is labelled" if self.exhaustive else "not all text is labelled"
        return (
            f"# {self.name}\n\nA dataset of one's own, read as {self.format}; {labelled}. Nobody "
            "wrote a card for it: a Markdown file with its licence and where it comes from, given "
            "as `--card` or as `card` in sources.yaml, stands here.\n"
        )


def check(source: Source, taken: Collection[str]) -> Source:
    """The source itself. Raises UserError for a name that another dataset has or that cannot be
    one, an unknown format or split."""
    if not is_name(source.name):
        raise UserError(
            f"{source.name!r} cannot be the name of a dataset; letters, digits, _ . - can be in it"
        )
    if source.name.lower() in {name.lower() for name in taken}:
        raise UserError(f"{source.name!r} is a dataset of the project; give yours another name")
    if source.format not in FORMATS:
        raise UserError(f"no format {source.format!r}; known are {', '.join(FORMATS)}")
    if source.split not in SPLITS:
        raise UserError(f"no split {source.split!r}; known are {', '.join(SPLITS)}")
    return source


def locate(source: Source, images: Path, annotations: Path) -> tuple[Path, Source]:
    """The raw root of paths that lie anywhere, and the source with its paths below it.

    The root is above the innermost folder that holds both, so that the same folders have the same
    URIs wherever they lie. Raises UserError where a path is not there, or they share no folder.
    """
    paths = [path.resolve() for path in (images, annotations)]
    for option, path in zip(("--images", "--annotations"), paths, strict=True):
        if not path.exists():
            raise UserError(f"{option} {path} is not there")
    both = [path if path.is_dir() else path.parent for path in paths]
    shared = Path(os.path.commonpath(both))
    root = shared.parent
    if root == shared:
        raise UserError(
            f"{paths[0]} and {paths[1]} share no folder; put both into one (links to them will not "
            "do), so that every region can be named by its path"
        )
    below = [path.relative_to(root).as_posix() for path in paths]
    return root, replace(source, images=below[0], annotations=below[1])


def read_sources(raw: Root, taken: Collection[str]) -> list[Source]:
    """What ``RAW/sources.yaml`` defines, by name and split; nothing where there is no such file.

    Raises UserError for whatever is wrong with it, by its name.
    """
    path = raw / FILE
    if not path.is_file():
        return []
    try:
        value = load_yaml(read_limited(path, _MAX_BYTES).decode("utf-8"))
        if not isinstance(value, dict) or not value:
            raise ValueError("it must be a mapping of datasets by name")
        sources = [source for name in value for source in _read(raw, name, value[name])]
        return sorted((check(it, taken) for it in sources), key=lambda it: (it.name, it.split))
    except (OSError, ValueError, UserError) as error:
        raise UserError(f"{path}: {error}") from error


def read_card(path: Root) -> str:
    """The text of a card. Raises UserError."""
    try:
        return read_limited(path, _MAX_BYTES).decode("utf-8")
    except (OSError, ValueError) as error:
        raise UserError(f"the card {path} cannot be read: {error}") from error


def _read(raw: Root, name: Any, value: Any) -> Iterator[Source]:
    given = _keys(value, _KEYS, {"format", "splits"}, shown(name))
    exhaustive = given.get("exhaustive", True)
    if not isinstance(exhaustive, bool):
        raise ValueError(f"exhaustive of {name} must be true or false, not {shown(exhaustive)}")
    card = read_card(_path(raw, given["card"], f"card of {name}")) if "card" in given else None
    splits = given["splits"]
    if not isinstance(splits, dict) or not splits:
        raise ValueError(f"splits of {name} must be a mapping of train, val or test")
    for split, paths in splits.items():
        where = _keys(paths, {*_PATHS}, {*_PATHS}, f"{split} of {name}")
        for key in _PATHS:
            _path(raw, where[key], f"{key} of {name}/{split}")
        images, annotations = (PurePosixPath(where[key]).as_posix() for key in _PATHS)
        told = (str(name), str(given["format"]), str(split))
        yield Source(*told, images, annotations, exhaustive, card)


def _path(raw: Root, value: Any, what: str) -> Root:
    if not isinstance(value, str) or not value.strip("/"):
        raise ValueError(f"{what} must be a path, not {shown(value)}")
    path = resolve(raw, value)
    if not path.exists():
        raise ValueError(f"{what}: {path} is not there")
    return path


def _keys(value: Any, known: set[str], needed: set[str], what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what} must be a mapping with the keys {', '.join(sorted(known))}")
    if unknown := sorted(str(key) for key in value if key not in known):
        raise ValueError(
            f"{what} has unknown keys {', '.join(unknown)}; its keys are {', '.join(sorted(known))}"
        )
    if missing := sorted(needed - value.keys()):
        raise ValueError(f"{what} lacks {', '.join(missing)}")
    return value
