"""What decisions change in one manifest: a batch of rows in, a part of the new manifest out."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from manifests import schema
from manifests.decisions import Decision, Verdict
from manifests.ledger import Ledger, LedgerError
from manifests.reading import Manifest
from manifests.undecided import DECISIONS
from manifests.vocabulary import IgnoreReason, Kind, Reason
from manifests.writing import Part, write_tables

ROWS = 1_000
"""Images to a part. Divides the rows of a file, so that parts do not depend on files."""


@dataclass
class Changes:
    """What decisions change in one manifest, and what they have changed."""

    decisions: list[Decision]
    done: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        of = {
            verdict: {e.ids[0]: e for e in self.decisions if e.verdict is verdict}
            for verdict in (Verdict.DROP_IMAGE, Verdict.IGNORE_REGION)
        }
        self.dropped, self.ignored = of[Verdict.DROP_IMAGE], of[Verdict.IGNORE_REGION]

    def parts(self, before: Manifest, scratch: Path) -> Iterable[Part]:
        """The quarantine as it was, then the images that stay, with refusals of those that do not;
        never more than a batch at once."""
        index = 0
        nothing = schema.IMAGES.empty_table()
        for batch in before.batches("quarantine", rows=ROWS):
            kinds = Counter(batch["kind"].to_pylist())
            seen = Ledger(images_seen=kinds[Kind.IMAGE], regions_seen=kinds[Kind.REGION])
            refused = batch.cast(schema.QUARANTINE)
            yield write_tables(scratch, index, nothing, refused, seen)
            index += 1
        for batch in before.batches("images", rows=ROWS):
            yield self._part(batch.to_pylist(), scratch, index)
            index += 1

    def describe(self, before: Manifest) -> dict[str, Any]:
        """For manifest.json: what was before, and how it came to what is now."""
        ledger, done = before.info["ledger"], self.done
        images, regions = ledger["images"]["kept"], ledger["regions"]
        care = regions["care"] - done["ignored"] - done["care_dropped"]
        ignored = regions["dont_care"] + done["ignored"] - done["dont_care_dropped"]
        return {
            "base_fingerprint": before.fingerprint,
            "base_quarantine_digest": before.info["quarantine_digest"],
            "verdicts": {"drop_image": len(self.dropped), "ignore_region": len(self.ignored)},
            "ledger": {
                "images": {
                    "before": images,
                    "dropped": done["images_dropped"],
                    "kept": images - done["images_dropped"],
                },
                "regions": {
                    "before": regions["care"] + regions["dont_care"],
                    "dropped": done["care_dropped"] + done["dont_care_dropped"],
                    "ignored": done["ignored"],
                    "care": care,
                    "dont_care": ignored,
                },
            },
        }

    def summary(self) -> str:
        """In words."""
        gone = self.done["care_dropped"] + self.done["dont_care_dropped"]
        return (
            f"{self.done['images_dropped']} images dropped with their {gone} regions, "
            f"{self.done['ignored']} regions made don't-care"
        )

    def _part(self, rows: list[dict[str, Any]], scratch: Path, index: int) -> Part:
        seen = Ledger(images_seen=len(rows), regions_seen=sum(len(r["regions"]) for r in rows))
        gone = [row for row in rows if row["image_id"] in self.dropped]
        refused = [out for row in gone for out in self._drop(row)]
        kept = [self._ignore(row) for row in rows if row["image_id"] not in self.dropped]
        tables = (
            pa.Table.from_pylist(kept, schema.IMAGES),
            pa.Table.from_pylist(refused, schema.QUARANTINE),
        )
        return write_tables(scratch, index, *tables, seen)

    def _drop(self, row: dict[str, Any]) -> Iterable[dict[str, Any]]:
        """The rows of quarantine of an image: its own and one for each of its regions."""
        about = {key: row[key] for key in ("dataset", "split", "image_id")}
        about |= {"reason": Reason.DECIDED, "detail": self.dropped[row["image_id"]].reason}
        yield {**about, "kind": Kind.IMAGE, "source_uri": row["image_uri"]}
        self.done["images_dropped"] += 1
        for region in row["regions"]:
            self.done["care_dropped" if region["care"] else "dont_care_dropped"] += 1
            place = {"source_uri": row["annotation_uri"], "source_line": region["source_line"]}
            yield {**about, "kind": Kind.REGION, **place, "raw": region["raw"]}

    def _ignore(self, row: dict[str, Any]) -> dict[str, Any]:
        """The image with don't-care for each region that is to be ignored; one that was don't-care
        already keeps its reason."""
        for region in row["regions"]:
            if region["region_id"] in self.ignored and region["care"]:
                region |= {"care": False, "ignore_reason": IgnoreReason.DECIDED}
                self.done["ignored"] += 1
        return row


def check_closed(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Raise LedgerError unless what was seen, and what decisions say they made of it, agree with
    the recounted ledger."""
    old, new, told = before["ledger"], after["ledger"], after[DECISIONS]["ledger"]
    for what, keys in (("images", ("kept",)), ("regions", ("care", "dont_care"))):
        if old[what]["seen"] != new[what]["seen"]:
            raise LedgerError(f"{what}: {old[what]['seen']} seen, now {new[what]['seen']}")
        for key in keys:
            if new[what][key] != told[what][key]:
                raise LedgerError(f"{what} {key}: {told[what][key]} told, {new[what][key]} counted")
