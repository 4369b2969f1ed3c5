"""What all checks share: faults, digests with progress, files against a list."""

import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from manifests.digests import visible_files
from manifests.identity import sha256_file
from manifests.sealing import NOT_WHOLE, is_whole

State = Literal["damaged", "missing", "unknown"]
STATES: tuple[State, ...] = ("damaged", "missing", "unknown")
"""damaged: not what was written; missing: something else names it; unknown: nothing tells what it
should be (it carries no digest, or nobody wrote it)."""
NO_DIGEST = "it carries no digest: an earlier version wrote it"


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it was written. ``repair``: what to type or do."""

    path: Path
    state: State
    why: str
    repair: str


@dataclass
class Look:
    """One verification. Reading is told to ``progress``, in bytes; threads may share it."""

    data: Path
    progress: Callable[[int], Any] = lambda count: None
    files: int = 0
    bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def sha256(self, path: Path) -> str:
        """Digest of a file. Raises OSError."""
        digest = sha256_file(path, self._read)
        self._count()
        return digest

    def sealed(self, path: Path, repair: str) -> Iterator[Fault]:
        """A file that carries its own digest."""
        if not path.is_file():
            yield Fault(path, "missing", "it is not there", repair)
            return
        try:
            whole = is_whole(path, self._read)
        except OSError as error:
            yield Fault(path, "damaged", f"it cannot be read: {error}", repair)
            return
        self._count()
        if whole is False:
            yield Fault(path, "damaged", NOT_WHOLE, repair)
        elif whole is None:
            yield Fault(path, "unknown", NO_DIGEST, repair)

    def listed(self, folder: Path, digests: Mapping[str, str], repair: str) -> Iterator[Fault]:
        """Files of a folder, each with the SHA-256 that it should have."""
        for name, digest in digests.items():
            path = Path(os.path.normpath(folder / name))
            if not path.is_file():
                yield Fault(path, "missing", "it is not there", repair)
                continue
            try:
                found = self.sha256(path)
            except OSError as error:
                yield Fault(path, "damaged", f"it cannot be read: {error}", repair)
                continue
            if found != digest:
                yield Fault(path, "damaged", "it is not what was written, by its digest", repair)

    def _read(self, count: int) -> None:
        with self._lock:
            self.bytes += count
            self.progress(count)

    def _count(self) -> None:
        with self._lock:
            self.files += 1


def strangers(folder: Path, known: Iterable[str]) -> Iterator[Fault]:
    """Files of a folder that nothing there names."""
    names = set(known)
    for path in visible_files(folder):
        if path.relative_to(folder).as_posix() not in names:
            yield Fault(path, "unknown", "nothing there names it", "remove it if it is not yours")


def read_index(path: Path) -> dict[str, Any] | None:
    """A JSON object, whether it is what was written or not; None where it is none."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def digests_of(value: Any) -> dict[str, str]:
    """The names with digests of an index that may hold anything."""
    found = value if isinstance(value, dict) else {}
    return {str(name): digest for name, digest in found.items() if isinstance(digest, str)}
