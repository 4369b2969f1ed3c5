"""One pass over the tables of a manifest: all that its pages count, and the rows they show."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from manifests.errors import UserError
from manifests.mixes import Member, Mix
from manifests.quantities import tilts
from manifests.reading import Manifest
from manifests.statistics import open_statistics
from validation.polygons import polygon_columns
from validation.site.measures import Histogram, histograms

EXAMPLES = 10
RAW_LENGTH = 240
_PICTURE = ("brightness", "contrast", "sharpness")
_BATCH = 2_000


@dataclass
class Holding:
    """What a mix takes of one manifest."""

    images: int = 0
    care: int = 0
    dont_care: int = 0


@dataclass
class Collected:
    """``rows``: the images asked for, by id.
    ``examples``: (kind, reason) -> the first rows of quarantine. ``holdings``: mix -> what it takes
    of this manifest."""

    histograms: dict[str, Histogram] = field(default_factory=histograms)
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    examples: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    holdings: dict[str, Holding] = field(default_factory=dict)


def collect(manifest: Manifest, wanted: Collection[str], mixes: Iterable[Mix]) -> Collected:
    """Walk the tables of a manifest once. ``wanted``: ids of the images whose rows are kept.

    Raises OSError or pyarrow.ArrowException where a table cannot be read.
    """
    found = Collected()
    members = _members(manifest, mixes)
    found.holdings = {name: Holding() for name in members}
    ids = pa.array(sorted(wanted), pa.string())
    for table in manifest.batches("images", None, _BATCH):
        _measure_images(found, table)
        for name, member in members.items():
            _hold(found.holdings[name], member, table)
        if len(ids):
            for row in table.filter(pc.is_in(table["image_id"], ids)).to_pylist():
                found.rows[row["image_id"]] = row
    for table in manifest.batches("quarantine", None, 20_000):
        _keep_examples(found.examples, table)
    _measure_pictures(found, manifest)
    return found


def _members(manifest: Manifest, mixes: Iterable[Mix]) -> dict[str, Member]:
    """The mixes that take from this manifest, and their member that does."""
    return {
        mix.name: member
        for mix in mixes
        for member in mix.members
        if (member.dataset, member.split) == (manifest.dataset, manifest.split)
    }


def _measure_images(found: Collected, table: pa.Table) -> None:
    lists = table["regions"].combine_chunks()
    regions = pc.list_flatten(lists)
    counts = pc.list_value_length(lists).to_numpy(zero_copy_only=False)
    sides = [table[name].to_numpy() for name in ("width", "height")]
    found.histograms["regions"].add(counts.astype(float))
    found.histograms["side"].add(np.maximum(*sides).astype(float))
    if len(regions):
        _measure_regions(found, regions)


def _measure_regions(found: Collected, regions: pa.StructArray) -> None:
    sides = polygon_columns(pc.struct_field(regions, "polygon"))
    width, height = sides["right"] - sides["left"], sides["bottom"] - sides["top"]
    lengths = pc.utf8_length(pc.struct_field(regions, "text"))
    with np.errstate(divide="ignore", invalid="ignore"):
        aspect = width / height
    values = {
        "height": height,
        "width": width,
        "aspect": aspect,
        "text_length": lengths.to_numpy(zero_copy_only=False).astype(float),
    }
    for key, value in values.items():
        found.histograms[key].add(value)
    found.histograms["tilt"].add(tilts(pc.struct_field(regions, "polygon")))


def _hold(holding: Holding, member: Member, table: pa.Table) -> None:
    """Count what the shards would take: the images of the portion with enough care regions."""
    lists = table["regions"].combine_chunks()
    owners = pc.list_parent_indices(lists).to_numpy()
    care = pc.struct_field(pc.list_flatten(lists), "care").to_numpy(zero_copy_only=False)
    cared = np.bincount(owners[care.astype(bool)], minlength=len(table))
    taken = cared >= member.min_care
    if member.portion != (0.0, 1.0):
        taken &= np.array([member.takes(name) for name in table["image_id"].to_pylist()], bool)
    holding.images += int(taken.sum())
    holding.care += int(cared[taken].sum())
    holding.dont_care += int((np.bincount(owners, minlength=len(table)) - cared)[taken].sum())


def _keep_examples(examples: dict[tuple[str, str], list[dict[str, Any]]], table: pa.Table) -> None:
    """The first rows of each kind and reason."""
    pairs = pc.binary_join_element_wise(table["kind"], table["reason"], "\t")
    for pair in pc.unique(pairs).to_pylist():
        kind, reason = pair.split("\t", 1)
        kept = examples.setdefault((kind, reason), [])
        if len(kept) < EXAMPLES:
            rows = table.filter(pc.equal(pairs, pair)).slice(0, EXAMPLES - len(kept)).to_pylist()
            kept += [{**row, "raw": shortened(row["raw"])} for row in rows]


def shortened(text: str | None, length: int = RAW_LENGTH) -> str | None:
    """A text that is no longer than ``length``, with a mark where something was cut off."""
    return text if text is None or len(text) <= length else text[: length - 1] + "…"


def _measure_pictures(found: Collected, manifest: Manifest) -> None:
    """The statistics of the manifest as it is, where there are any."""
    try:
        statistics = open_statistics(manifest.folder.parents[2], manifest)
    except UserError:  # the check has told of it
        return
    for table in statistics.batches(_PICTURE, 20_000):
        for name in _PICTURE:
            found.histograms[name].add(table[name].to_numpy().astype(float))
