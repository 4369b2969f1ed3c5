"""What decisions are about, as the manifests have it: digests of images and regions, and whether a
decision still fits."""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from manifests.decisions import Decision, Subject
from manifests.findings import Code, Finding
from manifests.identity import combine
from manifests.reading import Manifest

LOST = Code(
    "decision_lost",
    "warning",
    "A decision names an image or a region that the manifest does not have.",
    "Remove the entry from the file of decisions, or find out where the image went.",
)
CHANGED = Code(
    "decision_changed",
    "warning",
    "A decision was made about other data of the same name, and is not applied.",
    "Look at it again; then remove the entry and decide anew.",
)
CODES = (LOST, CHANGED)

Digests = Mapping[str, str]
"""Id of an image or a region -> digest of what it is now."""


def region_digest(region: Mapping[str, Any]) -> str:
    """Digest of a region's polygon, text and line: of a row of ``schema.REGION``."""
    points = ",".join(float(value).hex() for value in region["polygon"])
    return combine([points, repr(region["text"]), repr(region["source_line"])])


def look_up(manifests: Iterable[Manifest], ids: Iterable[str]) -> dict[str, str]:
    """The digests of those of the images and regions that the manifests have. Holds no more than
    that and a batch of rows."""
    wanted: dict[str, set[str]] = {}
    for name in ids:
        wanted.setdefault(Subject(name, "").manifest, set()).add(name)
    found: dict[str, str] = {}
    for manifest in manifests:
        if here := wanted.get(manifest.name):
            found.update(_look_up(manifest, here))
    return found


def unfit(decision: Decision, digests: Digests) -> tuple[Code, Subject] | None:
    """Why a decision cannot be applied and because of which subject; None where it can."""
    for subject in decision.subjects:
        if subject.id not in digests:
            return LOST, subject
        if digests[subject.id] != subject.digest:
            return CHANGED, subject
    return None


def unfit_finding(decision: Decision, code: Code, subject: Subject) -> Finding:
    """The finding about a decision that cannot be applied."""
    dataset, split = subject.manifest.split("/")
    what = "is not there" if code is LOST else "is not what it was when that was decided"
    there = code is CHANGED
    return code.finding(
        dataset,
        split,
        f"{decision.name}: {subject.id} {what}; {decision.reason}",
        image_id=subject.image_id if there else None,
        region_id=subject.id if there and subject.is_region else None,
    )


def _look_up(manifest: Manifest, ids: set[str]) -> Iterable[tuple[str, str]]:
    images = pa.array(sorted({name.partition("#")[0] for name in ids}), pa.string())
    regions = any("#" in name for name in ids)
    columns = ["image_id", "image_sha256", *(["regions"] if regions else [])]
    for batch in manifest.batches(columns=columns):
        for row in batch.filter(pc.is_in(batch["image_id"], images)).to_pylist():
            yield row["image_id"], row["image_sha256"]
            for region in row.get("regions", ()):
                if region["region_id"] in ids:
                    yield region["region_id"], region_digest(region)
