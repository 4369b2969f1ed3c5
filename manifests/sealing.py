"""Files that carry their own digest, so that a flipped bit is noticed before anything is believed.

Somewhere in such a file stands ``self_sha256`` and, after a few characters of its format, the
SHA-256 of the whole file with these 64 digits as zeros. It works for JSON, YAML, Parquet's footer,
safetensors' header and protocol buffers alike, and takes no second file that could be left behind.
Files of earlier versions have none, and are believed as they were.
"""

import hashlib
import json
import os
import re
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

KEY = "self_sha256"
UNSEALED = "0" * 64
"""What stands in the place of the digest until the file is sealed."""
NOT_WHOLE = "it is not what was written, by its own digest: damaged, or edited"

_PLACE = re.compile(KEY.encode() + rb"[^0-9a-f]{1,4}(.{64})", re.DOTALL)
"""Any 64 bytes: digits that were damaged are a digest that does not fit, not none."""
_ENDS = 1 << 22
"""The digest stands this near to the file's begin or end."""
_BLOCK = 1 << 20


def seal_bytes(content: bytes) -> bytes:
    """The content with its digest in place of ``UNSEALED``. Raises ValueError where that is not
    there."""
    start = _find(content)
    if start is None or content[start : start + 64] != UNSEALED.encode():
        raise ValueError("there is no place for the digest")
    digest = hashlib.sha256(content).hexdigest().encode()
    return content[:start] + digest + content[start + 64 :]


def seal_file(path: Path) -> None:
    """Put the digest into a finished file that nobody reads yet."""
    start = _place(path)
    if start is None:
        raise ValueError(f"there is no place for the digest in {path}")
    digest = _digest(path, start, lambda count: None)
    with path.open("r+b") as file:
        file.seek(start)
        file.write(digest.encode())


def require_whole(content: bytes) -> None:
    """Raise ValueError where content carries a digest that is not its own."""
    start = _find(content)
    if start is not None:
        zeroed = hashlib.sha256(content[:start])
        zeroed.update(UNSEALED.encode())
        zeroed.update(content[start + 64 :])
        if zeroed.hexdigest().encode() != content[start : start + 64]:
            raise ValueError(NOT_WHOLE)


def is_whole(path: Path, read: Callable[[int], Any] = lambda count: None) -> bool | None:
    """Whether a file is what its digest says; None where it carries none. ``read`` is told of the
    bytes as they are read."""
    start = _place(path)
    if start is None:
        return None
    with path.open("rb") as file:
        file.seek(start)
        told = file.read(64).decode("ascii", "replace")
    return told == _digest(path, start, read)


def require_whole_file(path: Path) -> None:
    """Raise ValueError where a file carries a digest that is not its own; OSError."""
    if is_whole(path) is False:
        raise ValueError(NOT_WHOLE)


def read_sealed(path: Path) -> str:
    """The text of a file. Raises ValueError where it is not what was written; OSError."""
    content = path.read_bytes()
    require_whole(content)
    return content.decode("utf-8")


def load_sealed(path: Path, required: bool = False) -> Any:
    """The JSON of a file, without its digest. Raises as ``read_sealed``, and ValueError where it is
    no JSON, or, where a digest is ``required``, carries none."""
    content = path.read_bytes()
    if required and _find(content) is None:
        raise ValueError(NOT_WHOLE)
    require_whole(content)
    value = json.loads(content.decode("utf-8"))
    if isinstance(value, dict):
        value.pop(KEY, None)
    return value


def sealed_text(
    value: Mapping[str, Any], ensure_ascii: bool = False, allow_nan: bool = False
) -> str:
    """A JSON object with its digest as the last key. Raises ValueError for what JSON cannot hold.

    ``ensure_ascii``, ``allow_nan``: as ``json.dumps`` has them.
    """
    values = {key: entry for key, entry in value.items() if key != KEY} | {KEY: UNSEALED}
    text = json.dumps(values, indent=2, ensure_ascii=ensure_ascii, allow_nan=allow_nan) + "\n"
    return seal_bytes(text.encode()).decode()


def write_sealed(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON object with its digest, through a temporary sibling."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}")
    try:
        temporary.write_text(sealed_text(value), encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _find(content: bytes) -> int | None:
    """Offset of the last digest: what a stranger wrote into the file stands before it."""
    places = [match.start(1) for match in _PLACE.finditer(content)]
    return places[-1] if places else None


def _place(path: Path) -> int | None:
    """As ``_find``, without reading the middle of a large file."""
    size = path.stat().st_size
    with path.open("rb") as file:
        for start in dict.fromkeys((max(0, size - _ENDS), 0)):
            file.seek(start)
            found = _find(file.read(_ENDS))
            if found is not None:
                return start + found
    return None


def _digest(path: Path, start: int, read: Callable[[int], Any]) -> str:
    """SHA-256 of a file with 64 bytes from ``start`` on as zeros."""
    digest, at = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK if at >= start else min(_BLOCK, start - at)):
            digest.update(block)
            at += len(block)
            read(len(block))
            if at == start:
                digest.update(UNSEALED.encode())
                at = file.seek(64, os.SEEK_CUR)
    return digest.hexdigest()
