"""A dataset small enough to see through: ``name.png`` beside ``name.txt`` of ``x y w h text``."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from manifests.geometry import polygon_from_xywh
from manifests.vocabulary import IgnoreReason, Kind, Reason
from pipelines.source import Entry, Label, Problem
from pipelines.tree import RawTree


def png(width: int = 100, height: int = 50) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, "PNG")
    return buffer.getvalue()


@dataclass
class Toy:
    id: str = "toy"
    title: str = "Toy"
    version: int = 1
    splits: tuple[str, ...] = ("train",)
    exhaustive: bool = True

    def missing(self, tree: RawTree, split: str) -> str | None:
        return None

    def index(self, tree: RawTree, split: str) -> Iterator[Entry | Problem]:
        raise NotImplementedError("the tests list the entries themselves")

    def labels(self, entry: Entry, content: bytes | None) -> Iterator[Label | Problem]:
        for number, line in enumerate(
            (content or b"").decode("utf-8", "surrogateescape").split("\n"), 1
        ):
            if line == "BROKEN":
                yield Problem(Kind.IMAGE, Reason.ANNOTATION_UNREADABLE, "broken", "toy/x.txt")
            elif line:
                yield self._label(line, number)

    def _label(self, line: str, number: int) -> Label | Problem:
        try:
            x, y, w, h, text = line.split(" ", 4)
            polygon = polygon_from_xywh(*map(float, (x, y, w, h)))
        except ValueError:
            return Problem(Kind.REGION, Reason.BAD_LINE, "?", "toy/x.txt", line=number, raw=line)
        ignore = IgnoreReason.MARKED if text == "###" else None
        return Label(str(number), polygon, None if ignore else text, line, number, ignore)
