"""What a worker and the process that started the run must have in common, checked by the worker.

The run leaves a file in its scratch folder; each step of a worker looks for it first. A worker that
does not find it looks at another disk; one that has other versions would make other bytes.
"""

import contextlib
import functools
import importlib.metadata
import itertools
import json
import os
import socket
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from manifests.errors import UserError
from manifests.identity import combine, sha256_file
from manifests.publish import write_json
from manifests.storage.mirror import bring_file, remote_of
from manifests.storage.sending import send

RUN = "run.json"
GUARD = "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"
_LIBRARIES = ("apache-beam", "mindspore", "numpy", "opencv-python-headless", "pillow", "pyarrow")
_PACKAGES = ("manifests", "pipelines")
_SOURCES = {".py", ".yaml", ".md"}
_NAMES = 100
"""So many names of a folder are looked for: enough to tell an empty mount from the right one."""


def announce(scratch: Path, reads: Iterable[Path] = ()) -> None:
    """Leave what workers must agree to. ``reads``: files and folders that they will read."""
    seen = [_seen(path) for path in sorted(set(reads))]
    write_json(scratch / RUN, {"versions": versions(), "reads": seen})
    send(scratch / RUN)


def check(scratch: Path) -> None:
    """In a worker, before a step: raise UserError where it cannot do what the run expects of it.

    The folder is looked for each time: a run that was given up has none any more, and a worker that
    goes on with it must not publish.
    """
    path, remote = scratch / RUN, remote_of(scratch)
    if not scratch.is_dir():
        with contextlib.suppress(FileNotFoundError):
            bring_file(path)
    if not scratch.is_dir():
        raise UserError(
            f"the worker on {socket.gethostname()} does not find {remote or scratch}: either it "
            "does not see the disk or store of DATA as this machine does (mount it there under the "
            "same path), or the run is over (docs/scale.md)"
        )
    if path.is_file():  # else the step was called here, without a runner
        _agree(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=8)
def _agree(path: Path, stamp: int) -> None:
    """Once a process and run."""
    run = json.loads(path.read_text(encoding="utf-8"))
    if words := differences(run["versions"], versions()):
        raise UserError(
            f"the worker on {socket.gethostname()} has other versions than this machine, and would "
            f"make other data: {'; '.join(words)}. Install the same wheel and the same libraries "
            "there (docs/scale.md)"
        )
    for seen in run["reads"]:
        _find(seen)


def differences(ours: dict[str, str], theirs: dict[str, str]) -> list[str]:
    """What differs of two ``versions``, in words."""
    return [
        f"{name} {ours.get(name, 'none')} here, {theirs.get(name, 'none')} there"
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name)
    ]


@functools.cache
def versions() -> dict[str, str]:
    """Of this process: all that the bytes of a manifest or shard depend on."""
    found = {name: _version(name) for name in _LIBRARIES}
    python = ".".join(map(str, sys.version_info[:2]))
    return {"this package": source_digest()[:12], "python": python, **found}


def source_digest() -> str:
    """SHA-256 over the files of the packages as they are installed here."""
    roots = [Path(__file__).parents[1] / package for package in _PACKAGES]
    files = sorted(
        (path.relative_to(root.parent).as_posix(), sha256_file(path))
        for root in roots
        for path in root.rglob("*")
        if path.suffix in _SOURCES and path.is_file()
    )
    return combine(itertools.chain.from_iterable(files))


def check_protobuf() -> None:
    """Before MindSpore is loaded beside Beam: raise UserError where that would end the process."""
    if not may_load_mindspore():
        raise UserError(
            f"the worker on {socket.gethostname()} was started without {GUARD}=python in its "
            "environment; MindSpore would end it. Set it where its worker pool is started"
        )


def may_load_mindspore() -> bool:
    """Whether MindSpore can be loaded into this process, in which Beam may be, or is already."""
    from google.protobuf.internal import api_implementation

    return api_implementation.Type() == "python" or "mindspore" in sys.modules


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "none"


def _seen(path: Path) -> dict[str, Any]:
    """How a file or folder looks from here."""
    if not path.is_dir():
        return {"path": str(path), "bytes": path.stat().st_size}
    with os.scandir(path) as entries:
        names = sorted(os.fsencode(entry.name).hex() for entry in itertools.islice(entries, _NAMES))
    return {"path": str(path), "names": names}


def _find(seen: dict[str, Any]) -> None:
    path = Path(seen["path"])
    if "bytes" in seen:
        lost = [] if path.is_file() and path.stat().st_size == seen["bytes"] else [path]
    else:
        names = (os.fsdecode(bytes.fromhex(name)) for name in seen["names"])
        lost = [path / name for name in names if not os.path.lexists(path / name)]
    if lost:
        raise UserError(
            f"the worker on {socket.gethostname()} does not see {lost[0]} as this machine does; "
            "mount the disk of RAW there under the same path (docs/scale.md)"
        )
