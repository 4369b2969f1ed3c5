"""The files of a run's folder: whole or not at all, and logs whose last line may be torn."""

import contextlib
import errno
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from manifests.errors import UserError
from manifests.sealing import load_sealed, sealed_text

_TAIL = 1 << 16


@contextlib.contextmanager
def writing(path: Path, advice: str) -> Iterator[None]:
    """Turn an error of the disk while ``path`` is written into a UserError with ``advice``."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        what = "the disk is full" if full else str(error)
        raise UserError(f"cannot write {path}: {what}; {advice}") from error


def settle(scratch: Path, path: Path) -> None:
    """Put a finished file in the place of ``path``, so that not even a power cut leaves a part."""
    _flush(scratch)
    scratch.replace(path)
    _flush(path.parent)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name beside ``path``: what is written there takes its place, and is removed where
    that fails."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield scratch
        settle(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a file as a whole or not at all."""
    with replacing(path) as scratch:
        scratch.write_text(text, encoding="utf-8")


def write_object(path: Path, value: Mapping[str, Any]) -> None:
    """Write one JSON object, with its own digest as the last key."""
    write_text(path, sealed_text(value, ensure_ascii=True, allow_nan=True))


def read_object(path: Path) -> dict[str, Any]:
    """Read one JSON object. Raises OSError, or ValueError, naming the file, for anything else, and
    for one that is not what was written."""
    if path.exists() and not path.is_file():  # a pipe would never end
        raise ValueError(f"{path.name} is no file")
    try:
        value = load_sealed(path)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path.name} cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise ValueError(f"{path.name} holds no JSON object")
    return value


def append(path: Path, entry: Mapping[str, Any]) -> None:
    """Append one line of JSON. It is in the system's hands when this returns: it outlives the
    process, but only after ``flush`` a power cut."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def flush(path: Path) -> None:
    """Have the system write a file to the disk, where there is one."""
    if path.is_file():
        _flush(path)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The entries of a log up to the first line that is torn or broken; none where it is absent."""
    return [entry for entry, _ in _entries(path)]


def last_line(path: Path) -> dict[str, Any] | None:
    """The last whole entry of a log, found from its end however long it is."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        lines = file.read().split(b"\n")[:-1]
    found = (_parse(line) for line in reversed(lines))
    return next((entry for entry in found if entry is not None), None)


def cut(path: Path, step: int) -> list[dict[str, Any]]:
    """Cut off a log's entries past ``step``, and what is torn or broken; returns the others."""
    kept, end = [], 0
    for entry, after in _entries(path):
        if not isinstance(entry.get("step"), int) or entry["step"] > step:
            break
        kept.append(entry)
        end = after
    if path.is_file():
        os.truncate(path, end)
    return kept


def lock(path: Path) -> IO[str] | None:
    """Hold the exclusive lock of a file until it is closed or the process dies, in whatever way;
    None where another process holds it. Whoever holds it may remove the file."""
    while True:
        file = path.open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return None
        if _stands(file, path):
            return file
        file.close()  # its holder removed it since it was opened here: nobody else would see it


def _stands(file: IO[str], path: Path) -> bool:
    """Whether an open file is the one at ``path``."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _entries(path: Path) -> Iterator[tuple[dict[str, Any], int]]:
    """(entry, the file's offset after its line) of each whole line, up to the first bad one."""
    if not path.is_file():
        return
    end = 0
    with path.open("rb") as file:
        for line in file:
            entry = _parse(line) if line.endswith(b"\n") else None
            if entry is None:
                return
            end += len(line)
            yield entry, end


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
