"""Walking a dataset's folder: links are followed where they stay inside, nothing is passed over."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from manifests.raw import is_inside
from manifests.storage.address import Remote, key_fault

_LEADS_OUT = (
    "it is a link that leads out of the raw root; put what it leads to in its place, or make the "
    "whole dataset's folder a link"
)


def walk(root: Path, folder: Path) -> Iterator[tuple[Path, str | None]]:
    """Every file below ``folder``, which is right below ``root``; with why it cannot be used (a
    clause) whatever is neither file nor folder, and every link that must not be followed.

    A folder is entered through one link only, so that links cannot make a tree without end. Files
    come in no order: of a folder none are held, be there millions.
    """
    linked: set[str] = set()
    pending = [(folder, frozenset({os.path.realpath(folder)}))]
    while pending:
        place, above = pending.pop()
        folders: list[Path] = []
        try:
            with os.scandir(place) as entries:
                yield from _files(root, place, entries, folders)
        except OSError as error:
            yield place, f"it cannot be listed: {error.strerror}"
        for path in sorted(folders):
            fault = _loop_fault(path, above, linked) if path.is_symlink() else None
            if fault is None:
                pending.append((path, above | {os.path.realpath(path)}))
            else:
                yield path, fault


def _files(
    root: Path, place: Path, entries: Iterable[os.DirEntry[str]], folders: list[Path]
) -> Iterator[tuple[Path, str | None]]:
    """What of a folder is not entered; ``folders`` takes up the rest."""
    for entry in entries:
        path = place / entry.name
        fault = _kind_fault(path)
        if fault is None and entry.is_symlink() and not is_inside(root, path):
            fault = _LEADS_OUT
        if fault is None and entry.is_dir():
            folders.append(path)
        else:
            yield path, fault


def walk_remote(folder: Remote) -> Iterator[tuple[str, str, str | None]]:
    """Every object below a prefix as (name, stamp, fault): with why it cannot be used (a clause)
    one whose key could not be the path of a file beside the others. A key that ends in ``/`` stands
    for a folder and is passed over."""
    from manifests.storage.client import walk as objects

    found = objects(folder)
    above = {parent for item in found for parent in _prefixes(item.name)}
    for item in found:
        fault = key_fault(item.name)
        if fault is None and item.name in above:
            fault = "its key is also the folder of others; put it elsewhere"
        yield item.name, item.stamp, fault


def _prefixes(name: str) -> Iterator[str]:
    """``a/b/c`` -> ``a/b``, ``a``."""
    while name := name.rpartition("/")[0]:
        yield name


def _loop_fault(path: Path, above: frozenset[str], linked: set[str]) -> str | None:
    """Why a link to a folder is not entered, or None."""
    real = os.path.realpath(path)
    if real in above:
        return "it is a link to a folder that it stands in"
    if real in linked:
        return "it is a second link to a folder that was read through another one"
    linked.add(real)
    return None


def _kind_fault(path: Path) -> str | None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return f"it leads nowhere: {error.strerror}"
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return None
    return "it is neither file nor folder, but a pipe, socket or device"
