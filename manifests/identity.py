"""Identifiers and digests."""

import hashlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*\Z")
_BLOCK = 1 << 20


def is_name(text: str) -> bool:
    """True where text may be a part of an identifier: letters, digits, ``_``, ``.``, ``-``."""
    return len(text) <= 200 and _NAME.match(text) is not None


def image_id(dataset: str, split: str, stem: str) -> str:
    """``<dataset>/<split>/<stem>``. Raises ValueError where a part cannot be one."""
    for part in (dataset, split, stem):
        if not is_name(part):
            raise ValueError(f"{part!r} cannot be part of an identifier")
    return f"{dataset}/{split}/{stem}"


def is_image_id(text: str) -> bool:
    """True where text has the form of an image id."""
    parts = text.split("/")
    return len(parts) == 3 and all(map(is_name, parts))


def region_id(image: str, number: int | str) -> str:
    """``<image_id>#<number>``, the number of the source line or element."""
    return f"{image}#{number}"


def place(text: str) -> float:
    """A number in [0, 1) that depends on the text alone, evenly spread over different texts."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64


def sha256_bytes(data: bytes) -> str:
    """Hexadecimal SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path, read: Callable[[int], Any] = lambda count: None) -> str:
    """Hexadecimal SHA-256 of a file, read in blocks; ``read`` is told of the bytes of each."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            read(len(block))
    return digest.hexdigest()


class Combined:
    """One digest of several strings in order; unlike joining them, no two lists collide."""

    def __init__(self) -> None:
        self._digest, self.count = hashlib.sha256(), 0

    def add(self, part: str) -> None:
        """Take the next string."""
        data = part.encode()
        self._digest.update(len(data).to_bytes(8, "big"))
        self._digest.update(data)
        self.count += 1

    def hexdigest(self) -> str:
        """Of all so far."""
        return self._digest.hexdigest()


def combine(parts: Iterable[str]) -> str:
    """``Combined`` of all of them."""
    combined = Combined()
    for part in parts:
        combined.add(part)
    return combined.hexdigest()
