"""What a manifest says of itself, against what its tables hold: the one row of its summary."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from manifests import schema
from manifests.errors import UserError
from manifests.reading import Manifest
from manifests.vocabulary import IgnoreReason

_LABELS = [f"regions.list.element.{name}" for name in ("care", "ignore_reason")]
_COUNTS = {
    **dict.fromkeys(("images", "images_seen", "images_accounted"), "Int64"),
    **dict.fromkeys(("regions", "regions_seen", "regions_accounted", "dont_care"), "Int64"),
    **dict.fromkeys(("images_refused_share", "dont_care_share"), "Float64"),
}


@dataclass
class Facts:
    """Counts of one manifest, counted again from its tables.

    ``problem``: why the tables cannot be trusted enough to be opened; all counts are then 0.
    ``refused``: (kind, reason) -> rows of quarantine.
    """

    manifest: Manifest
    problem: str | None = None
    images: int = 0
    care: int = 0
    dont_care: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def name(self) -> str:
        """``<dataset>/<split>`` as the folder has it: it is unique, whatever manifest.json says."""
        return "/".join(self.manifest.folder.parts[-2:])

    @property
    def regions(self) -> int:
        """Kept regions, don't-care ones among them."""
        return self.care + self.dont_care.total()

    @property
    def published(self) -> dict[str, int | None]:
        """The counts its makers publish: images, regions, dont_care; None where they do not."""
        counts = self.manifest.info.get("published") or {}
        return {name: counts.get(name) for name in ("images", "regions", "dont_care")}

    def refused_of(self, kind: str) -> Counter[str]:
        """Rows of quarantine of one kind, by reason."""
        return Counter({why: n for (what, why), n in self.refused.items() if what == kind})

    def seen(self, what: str) -> int:
        """``images`` or ``regions`` seen, as counted where the source was read."""
        return int(self.manifest.info["ledger"][what]["seen"])


def gather(manifest: Manifest) -> Facts:
    """Count a manifest's tables. Raises UserError where manifest.json lacks what it must hold."""
    facts = Facts(manifest, _problem(manifest))
    if facts.problem is None:
        for table in manifest.batches("images", ["image_id", *_LABELS], 20_000):
            _count_images(facts, table)
        for table in manifest.batches("quarantine", ["kind", "reason"], 20_000):
            rows = table.to_pylist()
            facts.refused.update((row["kind"], row["reason"]) for row in rows)
    return facts


def summary_frame(facts: Facts) -> pd.DataFrame:
    """One row. Counts are null where the tables were not opened, which no expectation minds:
    ``files_problem`` says it."""
    row: dict[str, Any] = {
        "manifest": facts.name,
        "files_problem": facts.problem,
        "folder_problem": _folder_problem(facts),
        "ledger_problem": None,
    }
    if facts.problem is None:
        row["ledger_problem"] = "; ".join(ledger_differences(facts)) or None
        row.update(_counts(facts))
    columns = {**dict.fromkeys(row, "str"), **_COUNTS}
    return pd.DataFrame([row]).reindex(columns=list(columns)).astype(columns)


def ledger_differences(facts: Facts) -> list[str]:
    """Every figure of the stated ledger that a recount does not give."""
    stated = _flat(facts.manifest.info["ledger"])
    counted = _flat(_recounted(facts))
    return [
        f"{name}: {stated.get(name, 0)} stated, {counted.get(name, 0)} counted"
        for name in sorted({*stated, *counted} - {"images.seen", "regions.seen"})
        if stated.get(name, 0) != counted.get(name, 0)
    ]


def _counts(facts: Facts) -> dict[str, float | None]:
    refused = {kind: facts.refused_of(kind).total() for kind in ("image", "region")}
    dont_care, seen = facts.dont_care.total(), facts.seen("images")
    return {
        "images": facts.images,
        "images_seen": seen,
        "images_accounted": facts.images + refused["image"],
        "images_refused_share": refused["image"] / seen if seen else None,
        "regions": facts.regions,
        "regions_seen": facts.seen("regions"),
        "regions_accounted": facts.regions + refused["region"],
        "dont_care": dont_care - facts.dont_care[IgnoreReason.DECIDED],
        "dont_care_share": dont_care / facts.regions if facts.regions else None,
    }


def _count_images(facts: Facts, table: pa.Table) -> None:
    regions = pc.list_flatten(table["regions"].combine_chunks())
    care = pc.struct_field(regions, "care")
    reasons = pc.struct_field(regions, "ignore_reason").filter(pc.invert(care))
    facts.images += len(table)
    facts.care += len(care) - len(reasons)
    facts.dont_care.update(str(reason) for reason in reasons.to_pylist())


def _recounted(facts: Facts) -> dict[str, dict[str, Any]]:
    """The ledger in the form of manifest.json."""
    images, regions, files = (facts.refused_of(kind) for kind in ("image", "region", "file"))
    kept = {
        "care": facts.care,
        "dont_care": facts.dont_care.total(),
        "dont_care_by_reason": facts.dont_care,
    }
    return {
        "images": {"kept": facts.images, **_refused(images)},
        "regions": {**kept, **_refused(regions)},
        "files": _refused(files),
    }


def _refused(reasons: Counter[str]) -> dict[str, Any]:
    return {"quarantined": reasons.total(), "quarantined_by_reason": reasons}


def _flat(value: dict[str, Any], prefix: str = "") -> dict[str, int]:
    flat: dict[str, int] = {}
    for key, entry in value.items():
        name = f"{prefix}{key}"
        flat.update(_flat(entry, f"{name}.") if isinstance(entry, dict) else {name: entry})
    return flat


def _problem(manifest: Manifest) -> str | None:
    """Why the files are not what was published; None where they are."""
    try:
        manifest.verify()
        return _schema_problem(manifest)
    except (UserError, OSError, pa.ArrowException) as error:
        return str(error)


def _schema_problem(manifest: Manifest) -> str | None:
    for name, expected in (("images", schema.IMAGES), ("quarantine", schema.QUARANTINE)):
        if not manifest.files(name):
            return f"manifest.json lists no file of the {name} table"
        for path in manifest.files(name):
            if not pq.read_schema(path).equals(expected, check_metadata=False):
                return f"{path.name} does not have the columns of schema {schema.SCHEMA_VERSION}"
    return None


def _folder_problem(facts: Facts) -> str | None:
    stated = facts.manifest.name
    return None if facts.name == stated else f"{facts.name} says that it is {stated}"
