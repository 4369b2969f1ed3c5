"""What a source changed: each manifest against what it was before it last changed.

A change is told by every check until the next one. A split has a finding for each kind of change,
with how many there are, and one for each of the first changes of a kind.
"""

from collections.abc import Iterator

from manifests.differences import KINDS, Change, Differences, compare, gather
from manifests.errors import UserError
from manifests.findings import Code, Finding
from manifests.reading import Manifest
from validation.corpus import Corpus
from validation.history import last_other

LISTED = 100
"""Changes of a kind and split that have a finding of their own."""

IMAGES = Code(
    "changed_images",
    "note",
    "Images came, went, or have another picture, since the manifest was last another.",
    "Look whether that was meant; with both versions at hand, `python -m manifests diff` lists "
    "all of it.",
    0.0,
    "images",
)
REGIONS = Code(
    "changed_regions",
    "note",
    "Regions came, went, moved or were read otherwise, since the manifest was last another.",
    "Look whether that was meant; with both versions at hand, `python -m manifests diff` lists "
    "all of it.",
    0.0,
    "regions",
)
UNREADABLE = Code(
    "history_unreadable",
    "note",
    "What a manifest was before cannot be read, so nobody could say what changed.",
    "Remove the folder that is named; the next check remembers the manifest anew.",
)
CODES = (IMAGES, REGIONS, UNREADABLE)
_OF_IMAGES = ("images_added", "images_removed", "pictures_replaced", "exhaustive_changed")
_GONE = ("images_removed", "regions_removed")
_UNLISTED = ("regions_renumbered",)


def find(corpus: Corpus) -> Iterator[Finding]:
    """What changed in each manifest."""
    for manifest in corpus.manifests:
        try:
            last = last_other(corpus.data, manifest)
        except UserError as error:
            yield UNREADABLE.finding(manifest.dataset, manifest.split, str(error))
            continue
        if last is not None:
            changes = compare([last.images], manifest.files("images"))
            yield from changed(manifest, gather(changes, LISTED))


def changed(manifest: Manifest, found: Differences) -> Iterator[Finding]:
    """The findings of a manifest's differences."""
    where = manifest.dataset, manifest.split
    for kind, meaning in KINDS.items():
        if count := found.counts[kind]:
            far = f", the farthest by {found.farthest:.1f} px" if kind == "regions_moved" else ""
            yield _code(kind).finding(*where, f"{count:,} {meaning}{far}", value=float(count))
    for change in found.listed:
        if change.kind not in _UNLISTED:
            yield _one(manifest, change)


def _one(manifest: Manifest, change: Change) -> Finding:
    """A region that is gone has no id here: its number may be another's now."""
    return _code(change.kind).finding(
        manifest.dataset,
        manifest.split,
        f"{KINDS[change.kind]}: {change}",
        image_id=change.image_id,
        region_id=None if change.kind in _GONE else change.region_id,
        source_uri=change.source_uri,
        source_line=change.source_line,
        polygon=change.was,
        threshold=None,
    )


def _code(kind: str) -> Code:
    return IMAGES if kind in _OF_IMAGES else REGIONS
