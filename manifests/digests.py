"""The digests of all files of a folder, in a file that is published with it.

For folders whose own index names no digests (pages, exports, a finished training):
``digests.json`` holds each file's path, relative to the folder, with its SHA-256.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

from manifests.identity import sha256_file
from manifests.sealing import load_sealed, write_sealed

DIGESTS = "digests.json"
DIGESTS_VERSION = 1


def write_digests(
    folder: Path, more: Mapping[str, Path] | None = None, only: Collection[str] | None = None
) -> None:
    """Describe every file of a finished folder, hidden ones left out.

    ``more``: files that belong to it and stand elsewhere, by the path that they will have from
    here; ``only``: just these paths. Raises OSError.
    """
    found = {path.relative_to(folder).as_posix(): path for path in visible_files(folder)}
    wanted = {name: path for name, path in found.items() if only is None or name in only}
    files = {
        name: sha256_file(path)
        for name, path in sorted({**wanted, **(more or {})}.items())
        if name != DIGESTS
    }
    write_sealed(folder / DIGESTS, {"version": DIGESTS_VERSION, "files": files})


def read_digests(folder: Path) -> dict[str, str]:
    """Path -> SHA-256. Raises OSError, or ValueError where it is not what was written."""
    value = load_sealed(folder / DIGESTS)
    files = value.get("files") if isinstance(value, dict) else None
    if not isinstance(files, dict) or not all(isinstance(d, str) for d in files.values()):
        raise ValueError("it names no files")
    return {str(name): digest for name, digest in files.items()}


def visible_files(folder: Path) -> list[Path]:
    """The files below a folder, but for hidden ones and those in hidden folders."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(folder).parts)
    )
