"""Manifests, statistics, shards: folders whose index names its files with their digests."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from manifests.errors import UserError
from manifests.identity import combine
from manifests.ledger import (
    COUNTED_OF_IMAGES,
    COUNTED_OF_QUARANTINE,
    Ledger,
    LedgerError,
    recount,
)
from manifests.reading import RAW_ROOT, Manifest, read_manifest
from manifests.shardset import INDEX, OtherVersionError, how_to_shard, open_shards
from manifests.statistics import INFO, renewing
from manifests.undecided import UNDECIDED
from manifests.verification.looking import Fault, Look, digests_of, read_index, strangers

MANIFEST = "manifest.json"


def check_manifest(look: Look, folder: Path) -> Iterator[Fault]:
    """The files by their digests, the ledger against the tables."""
    repair = how_to_normalize(look.data, folder)
    faults = list(look.sealed(folder / MANIFEST, repair))
    yield from faults
    if any(fault.state != "unknown" for fault in faults):
        return
    try:
        manifest = read_manifest(folder)
    except UserError as error:
        yield Fault(folder / MANIFEST, "damaged", str(error), repair)
        return
    digests = {entry["name"]: entry["sha256"] for entry in manifest.info["files"]}
    broken = list(look.listed(folder, digests, repair))
    yield from broken
    if not broken and (why := _unlike_tables(manifest)):
        yield Fault(folder / MANIFEST, "damaged", why, repair)
    yield from strangers(folder, {MANIFEST, RAW_ROOT, *digests})


def check_statistics(look: Look, folder: Path) -> Iterator[Fault]:
    """The table by its digest."""
    repair = renewing(look.data)
    yield from look.sealed(folder / INFO, repair)
    info = read_index(folder / INFO)
    if info is not None:
        digests = digests_of({"statistics.parquet": info.get("sha256")})
        yield from look.listed(folder, digests, repair)
        yield from strangers(folder, {INFO, *digests})


def check_shards(look: Look, folder: Path) -> Iterator[Fault]:
    """MindRecord files and their indices by their digests, and the digest of all of them."""
    repair = f"run {how_to_shard(look.data, folder.name)}"
    faults = list(look.sealed(folder / INDEX, repair))
    yield from faults
    if any(fault.state != "unknown" for fault in faults):
        return
    try:
        info = open_shards(look.data, folder.name).info
    except OtherVersionError as error:
        yield Fault(folder / INDEX, "unknown", error.what, repair)
        return
    except UserError as error:
        yield Fault(folder / INDEX, "damaged", str(error), repair)
        return
    files = info["files"]
    digests = {entry["name"]: entry["sha256"] for entry in files}
    digests |= {entry["index"]: entry["index_sha256"] for entry in files}
    yield from look.listed(folder, digests, repair)
    told = combine(d for entry in files for d in (entry["sha256"], entry["index_sha256"]))
    if told != info["digest"]:
        yield Fault(folder / INDEX, "damaged", "its digest is not that of its files", repair)
    yield from strangers(folder, {INDEX, *digests})


def _unlike_tables(manifest: Manifest) -> str | None:
    """Why the ledger is not that of the tables; None where it is."""
    told = manifest.info["ledger"]
    try:
        seen = Ledger(images_seen=told["images"]["seen"], regions_seen=told["regions"]["seen"])
        images = manifest.batches("images", COUNTED_OF_IMAGES)
        counted = recount(images, manifest.batches("quarantine", COUNTED_OF_QUARANTINE), seen)
    except (LedgerError, UserError, OSError, pa.ArrowException) as error:
        return f"its ledger does not close over the tables: {error}"
    if counted.to_json() != told:
        return "its ledger is not the one of its tables"
    return None


def how_to_normalize(data: Path, folder: Path) -> str:
    """How a manifest is made again, and what decisions had made of it."""
    again = _normalize(data, folder)
    if (data / UNDECIDED / folder.parent.name / folder.name).is_dir():
        again += f", then `python -m pipelines decide --data {data}` (with your --decisions)"
    return again


def _normalize(data: Path, folder: Path) -> str:
    raw, own = "RAW", _own(folder)
    with contextlib.suppress(OSError, ValueError):
        raw = (folder / RAW_ROOT).read_text(encoding="utf-8").rstrip("\n") or raw
    name, split = folder.parts[-2:]
    if own:
        images, labels = (Path(raw) / str(own.get(key)) for key in ("images", "annotations"))
        return (
            f"run `python -m pipelines normalize --source {own.get('format')} --name {name} "
            f"--split {split} --images {images} --annotations {labels} --data {data}`, or "
            f"`normalize --raw {raw} --data {data}` where sources.yaml names it"
        )
    return f"run `python -m pipelines normalize --raw {raw} --data {data} --only {name}`"


def _own(folder: Path) -> dict[str, Any] | None:
    own = (read_index(folder / MANIFEST) or {}).get("own")
    return own if isinstance(own, dict) else None
