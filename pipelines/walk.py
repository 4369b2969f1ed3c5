"""Walking a dataset's folder: links are followed where they stay inside, nothing is passed over."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from manifests.raw import is_inside
from manifests.storage.address import Remote, key_fault


def walk(root: Path, folder: Path) -> Iterator[tuple[Path, str | None]]:
    """Every file below ``folder``, which is right below ``root``; with why it cannot be used (a
    clause) whatever is neither file nor folder, and every link that must not be followed.

    A folder is entered through one link only, so that links cannot make a tree without end.
    """
    linked: set[str] = set()
    pending = [(folder, frozenset({os.path.realpath(folder)}))]
    while pending:
        place, above = pending.pop()
        try:
            paths = sorted(place.iterdir())
        except OSError as error:
            yield place, f"it cannot be listed: {error.strerror}"
            continue
        for path in paths:
            fault = _kind_fault(path)
            if fault is None and path.is_symlink():
                fault = _link_fault(root, path, above, linked)
            if fault is None and path.is_dir():
                pending.append((path, above | {os.path.realpath(path)}))
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


def _link_fault(root: Path, path: Path, above: frozenset[str], linked: set[str]) -> str | None:
    if not is_inside(root, path):
        return (
            "it is a link that leads out of the raw root; put what it leads to in its place, or "
            "make the whole dataset's folder a link"
        )
    if not path.is_dir():
        return None
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
