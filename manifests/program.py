"""Which code a result depends on: digests of modules and of all that they import of the project.

What was made by other code is made again, so nobody has to remember to raise a version.
"""

import ast
import functools
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from manifests.identity import combine, sha256_file

HOME = Path(__file__).parent.parent
"""Where the packages of the project stand side by side."""
PACKAGES = ("manifests", "pipelines", "validation", "model")


def code_digest(modules: Iterable[str]) -> str:
    """Digest of the sources of modules (``manifests.images``) and of all modules of the project
    that they import, directly or not. Nothing is imported for it."""
    return combine(f"{name} {_file_digest(name)}" for name in sorted(closure(modules)))


def closure(modules: Iterable[str]) -> set[str]:
    """Modules and all modules of the project that they import, directly or not, by name."""
    found: set[str] = set()
    pending = [name for name in modules if source_of(name)]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending.extend(_imports(name))
    return found


def source_of(module: str) -> Path | None:
    """The file of a module of the project; None for what is none."""
    path = HOME.joinpath(*module.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if module.partition(".")[0] in PACKAGES and file.is_file():
            return file
    return None


def versions(*distributions: str) -> list[str]:
    """``name==version`` of installed distributions; ``name==`` of those that are not there."""
    return [f"{name}=={_version(name)}" for name in distributions]


@functools.cache
def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


@functools.cache
def _file_digest(module: str) -> str:
    path = source_of(module)
    return sha256_file(path) if path else ""


@functools.cache
def _imports(module: str) -> frozenset[str]:
    path = source_of(module)
    tree = ast.parse(path.read_bytes()) if path else ast.Module([], [])
    return frozenset(name for name in _named(tree, module) if source_of(name))


def _named(tree: ast.Module, module: str) -> Iterator[str]:
    """What a module may import; ``from a import b``: ``a``, and ``a.b`` if that is a module. The
    packages that a module stands in run before it does."""
    names = [module]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    for name in names:
        parts = name.split(".")
        yield from (".".join(parts[:length]) for length in range(1, len(parts) + 1))
