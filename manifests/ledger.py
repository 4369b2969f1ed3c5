"""The ledger of a manifest: what was seen equals what was kept plus what was refused.

``seen`` is counted where a source is read, before anything is decided; the other figures are
counted from the finished tables. So a row that is lost on the way leaves the ledger open.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from manifests.vocabulary import Kind

COUNTED_OF_IMAGES = ["regions.list.element.care", "regions.list.element.ignore_reason"]
COUNTED_OF_QUARANTINE = ["kind", "reason"]
"""The columns that are counted."""


class LedgerError(Exception):
    """Counts in are not counts out: rows were lost or made up."""


@dataclass
class Ledger:
    """Counts of one manifest (or of one part of it; parts add up)."""

    images_seen: int = 0
    images_kept: int = 0
    regions_seen: int = 0
    care: int = 0
    dont_care: Counter[str] = field(default_factory=Counter)
    quarantined: dict[str, Counter[str]] = field(
        default_factory=lambda: {kind.value: Counter() for kind in Kind}
    )

    def add(self, other: "Ledger") -> None:
        """Add the counts of another part."""
        self.images_seen += other.images_seen
        self.images_kept += other.images_kept
        self.regions_seen += other.regions_seen
        self.care += other.care
        self.dont_care.update(other.dont_care)
        for kind, counts in other.quarantined.items():
            self.quarantined[kind].update(counts)

    def count_images(self, table: pa.Table) -> None:
        """Count the rows of an images table."""
        self.images_kept += len(table)
        regions = pc.list_flatten(table["regions"].combine_chunks())
        if len(regions):
            self._count_regions(regions)

    def count_quarantine(self, table: pa.Table) -> None:
        """Count the rows of a quarantine table."""
        for kind, reason in zip(
            table["kind"].to_pylist(), table["reason"].to_pylist(), strict=True
        ):
            self.quarantined[kind][reason] += 1

    def check(self) -> None:
        """Raise LedgerError where the ledger does not close."""
        problems = [
            f"{what}: {seen} seen, {out} accounted for"
            for what, seen, out in (
                ("images", self.images_seen, self._images_out()),
                ("regions", self.regions_seen, self._regions_out()),
            )
            if seen != out
        ]
        if problems:
            raise LedgerError("; ".join(problems))

    def to_json(self) -> dict[str, Any]:
        """The ledger as ``manifest.json`` holds it, keys in a fixed order."""
        images, regions, files = (self.quarantined[k] for k in ("image", "region", "file"))
        return {
            "images": {
                "seen": self.images_seen,
                "kept": self.images_kept,
                "quarantined": images.total(),
                "quarantined_by_reason": dict(sorted(images.items())),
            },
            "regions": {
                "seen": self.regions_seen,
                "care": self.care,
                "dont_care": self.dont_care.total(),
                "dont_care_by_reason": dict(sorted(self.dont_care.items())),
                "quarantined": regions.total(),
                "quarantined_by_reason": dict(sorted(regions.items())),
            },
            "files": {
                "quarantined": files.total(),
                "quarantined_by_reason": dict(sorted(files.items())),
            },
        }

    def _count_regions(self, regions: pa.StructArray) -> None:
        reasons = pc.struct_field(regions, "ignore_reason").filter(
            pc.invert(pc.struct_field(regions, "care"))
        )
        self.care += len(regions) - len(reasons)
        self.dont_care.update(reasons.to_pylist())

    def _images_out(self) -> int:
        return self.images_kept + self.quarantined["image"].total()

    def _regions_out(self) -> int:
        kept = self.care + self.dont_care.total()
        return kept + self.quarantined["region"].total()


def recount(images: Iterable[pa.Table], quarantine: Iterable[pa.Table], seen: Ledger) -> Ledger:
    """A ledger counted from tables, with the ``seen`` figures of another; checked."""
    ledger = Ledger(images_seen=seen.images_seen, regions_seen=seen.regions_seen)
    for table in images:
        ledger.count_images(table)
    for table in quarantine:
        ledger.count_quarantine(table)
    ledger.check()
    return ledger
