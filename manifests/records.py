"""Rows of a manifest as typed records, before they become Arrow."""

from dataclasses import dataclass
from typing import Any

from manifests.geometry import Polygon, bounding_box
from manifests.vocabulary import Granularity, IgnoreReason, Kind, Reason


def printable(text: Any) -> Any:
    """The value with what UTF-8 cannot hold (lone surrogates of broken names) escaped."""
    if not isinstance(text, str) or text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def is_storable(text: str | None) -> bool:
    """True where UTF-8 can hold the text exactly."""
    return text is None or printable(text) == text


@dataclass(frozen=True, slots=True)
class Region:
    """One labelled region. ``polygon``: x, y in turn, half-open pixels of the original picture."""

    region_id: str
    polygon: Polygon
    text: str | None
    raw: str
    source_line: int | None = None
    ignore_reason: IgnoreReason | None = None
    granularity: Granularity = Granularity.WORD
    language: str | None = None
    script: str | None = None

    def row(self) -> dict[str, Any]:
        """As a row of ``schema.REGION``."""
        left, top, right, bottom = bounding_box(self.polygon)
        return {
            "region_id": self.region_id,
            "polygon": self.polygon,
            "box": {"left": left, "top": top, "right": right, "bottom": bottom},
            "text": self.text,
            "care": self.ignore_reason is None,
            "ignore_reason": self.ignore_reason,
            "granularity": self.granularity,
            "language": self.language,
            "script": self.script,
            "source_line": self.source_line,
            "raw": self.raw,
        }


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row of quarantine."""

    kind: Kind
    dataset: str
    split: str
    source_uri: str
    reason: Reason
    detail: str
    image_id: str | None = None
    source_line: int | None = None
    raw: str | None = None

    def row(self) -> dict[str, Any]:
        """As a row of ``schema.QUARANTINE``."""
        row: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        for name, value in row.items():
            if isinstance(value, str) and not value.isascii():
                row[name] = printable(value)
        return row


@dataclass(frozen=True, slots=True)
class Image:
    """One kept image with its regions, in source order."""

    image_id: str
    dataset: str
    split: str
    image_uri: str
    image_sha256: str
    width: int
    height: int
    format: str
    mode: str
    annotation_uri: str
    exhaustive: bool
    regions: tuple[Region, ...]

    def row(self) -> dict[str, Any]:
        """As a row of ``schema.IMAGES``."""
        scalars = {name: getattr(self, name) for name in self.__slots__ if name != "regions"}
        return {**scalars, "regions": [region.row() for region in self.regions]}
