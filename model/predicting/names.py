"""Names of pictures: as a person reads them, and as the base of result files."""

import os
import re
from pathlib import Path

_UNFIT = re.compile("[\x00-\x1f\x7f/\ud800-\udfff]")
_LONGEST = 200
"""Bytes; a file system's 255 hold a prefix and a suffix beside it."""


def shown(path: str) -> str:
    """A path in characters that every terminal and JSON reader takes, others as ``\\n``."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


class Names:
    """Base names of result files: those of the pictures, made different where they are alike."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}
        """Base -> the last number it was given, below which none is free."""

    def take(self, path: Path, frame: int | None = None) -> str:
        """A name that no other picture of this run has: ``a/b.jpg`` is ``b``, the next ``b-2``;
        frame 12 of ``c.mp4`` is ``c-000012``. Two names never differ in upper and lower case alone,
        which some file systems do not tell apart."""
        stem = _UNFIT.sub("_", path.stem)
        base = os.fsencode(stem)[:_LONGEST].decode("utf-8", "ignore")
        if frame is not None:
            base = f"{base}-{frame:06d}"
        folded = base.casefold()
        name, number = base, self._last.get(folded, 1)
        while name.casefold() in self._taken:
            number += 1
            name = f"{base}-{number}"
        self._taken.add(name.casefold())
        if number > 1:
            self._last[folded] = number
        return name
