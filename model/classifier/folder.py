"""A folder of pictures by class: ``train/<class>/*.JPEG`` and, perhaps, ``val/<class>/``."""

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from manifests.errors import UserError
from manifests.images import SUFFIXES

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Labelled:
    """A picture: its name below the folder, with /, and its class as a number from 0."""

    name: str
    label: int


@dataclass(frozen=True)
class ImageFolder:
    """The pictures of a folder, in order of their names."""

    root: Path
    classes: tuple[str, ...]
    train: tuple[Labelled, ...]
    val: tuple[Labelled, ...]

    def describe(self) -> dict[str, Any]:
        """For the lineage; the digest is of names, not of pictures."""
        names = "\n".join(item.name for item in (*self.train, *self.val))
        return {
            "folder": str(self.root.resolve()),
            "classes": len(self.classes),
            "train": len(self.train),
            "val": len(self.val),
            "names_sha256": hashlib.sha256(names.encode("utf-8", "surrogateescape")).hexdigest(),
        }


def open_folder(root: Path) -> ImageFolder:
    """List a folder. Raises UserError where it is not laid out so, has fewer than two classes or
    classes in val that training never sees. Files that are no pictures by their names are counted
    in a warning."""
    if not (root / "train").is_dir():
        raise UserError(f"{root} has no folder train; pictures go to {root}/train/<class>/*.JPEG")
    classes = _classes(root / "train")
    if len(classes) < 2:
        raise UserError(f"{root}/train has {len(classes)} folders of classes; there must be two")
    unknown = set(_classes(root / "val")) - set(classes)
    if unknown:
        raise UserError(f"{root}/val has a class that train has not: {min(unknown)}")
    folder = ImageFolder(root, classes, _list(root, "train", classes), _list(root, "val", classes))
    empty = set(range(len(classes))) - {item.label for item in folder.train}
    if empty:
        raise UserError(f"{root}/train/{classes[min(empty)]} holds no picture; remove the folder")
    return folder


def _classes(folder: Path) -> tuple[str, ...]:
    if not folder.is_dir():
        return ()
    return tuple(sorted(item.name for item in folder.iterdir() if item.is_dir()))


def _list(root: Path, split: str, classes: tuple[str, ...]) -> tuple[Labelled, ...]:
    found: list[Labelled] = []
    others: list[Labelled] = []
    for label, name in enumerate(classes):
        folder = root / split / name
        for item in sorted(folder.iterdir()) if folder.is_dir() else ():
            known = item.suffix.lower() in SUFFIXES and item.is_file()
            (found if known else others).append(Labelled(f"{split}/{name}/{item.name}", label))
    if others:
        LOG.warning(
            "%s: %d entries of %s are no pictures by their names and left out: %s%s",
            root,
            len(others),
            split,
            ", ".join(item.name for item in others[:3]),
            " ..." if len(others) > 3 else "",
        )
    return tuple(found)
