"""What was looked at already: one JSON line a picture, so that an inspection that was stopped, or
is asked for more pictures, looks at none twice."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from manifests.findings import PARTS
from manifests.identity import combine
from model.inspection.findings import Line, Look, Miss

VERSION = "1"
NAME = ".detector.jsonl"


class Spool:
    """The looks of one manifest by one checkpoint. Those of other labels, or of other weights, have
    another key and are not found."""

    def __init__(self, data: Path, fingerprint: str, checkpoint: str) -> None:
        self._path = data / PARTS / NAME
        self._key = combine([VERSION, fingerprint, checkpoint])
        self._looks = dict(self._read())

    def get(self, image_id: str) -> Look | None:
        """The look at a picture, where there was one."""
        return self._looks.get(image_id)

    def add(self, look: Look) -> None:
        """Keep a look; it is on the disk when this returns."""
        self._looks[look.image_id] = look
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            # A line end before it, too: the line above may be torn.
            file.write("\n" + json.dumps({"key": self._key, **asdict(look)}) + "\n")

    def _read(self) -> list[tuple[str, Look]]:
        if not self._path.is_file():
            return []
        found = []
        with self._path.open(encoding="utf-8", errors="replace") as file:
            for text in file:
                look = _look(text, self._key)
                if look is not None:
                    found.append((look.image_id, look))
        return found


def _look(text: str, key: str) -> Look | None:
    """The look of a line; None for one of another key or torn by a kill."""
    try:
        value: dict[str, Any] = json.loads(text)
        if value.pop("key") != key:
            return None
        lines = [Line(**line) for line in value.pop("lines")]
        missed = [Miss(**miss) for miss in value.pop("missed")]
        return Look(**value, lines=lines, missed=missed)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
