"""Which rows go into which shard, in which order: decided before anything is written."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from manifests.errors import UserError
from manifests.mixes import Member, Mix
from manifests.reading import Manifest, find_manifests
from manifests.storage.mirror import bring_file
from manifests.storage.sending import send


@dataclass(frozen=True)
class Plan:
    """``shards``: for each shard its rows as (manifest name, row number), in order."""

    inputs: list[dict[str, Any]]
    absent: list[str]
    shards: list[list[tuple[str, int]]]


def found_members(data: Path, mix: Mix) -> tuple[list[tuple[Member, Manifest]], list[str]]:
    """The members of a mix that have a manifest, and the names of those that have none."""
    known = {manifest.name: manifest for manifest in find_manifests(data)}
    found, absent = [], []
    for member in mix.members:
        name = f"{member.dataset}/{member.split}"
        if name in known:
            found.append((member, known[name]))
        else:
            absent.append(name)
    return found, absent


def recipe_inputs(found: list[tuple[Member, Manifest]]) -> list[dict[str, Any]]:
    """Name and fingerprint of every manifest that goes in."""
    return [{"name": m.name, "fingerprint": m.fingerprint} for _, m in found]


def plan_shards(mix: Mix, found: list[tuple[Member, Manifest]], absent: list[str]) -> Plan:
    """Order the rows of a mix by its seed and deal them out to its shards in turn.

    The order is that of a digest of seed and image id: it depends on nothing else, so one image
    more or less leaves the others in their order. Holds an id's digest a row, nothing else.
    """
    keyed: list[tuple[bytes, str, int]] = []
    inputs = recipe_inputs(found)
    for (member, manifest), entry in zip(found, inputs, strict=True):
        rows, left_out = _keyed_rows(mix.seed, member, manifest)
        keyed += rows
        images = int(manifest.info["ledger"]["images"]["kept"])
        entry |= {"images": images, "taken": len(rows), **left_out}
    if not keyed:
        raise UserError(
            f"the mix {mix.name} takes no image of {', '.join(m.name for _, m in found)}"
        )
    keyed.sort()
    order = [(name, row) for _, name, row in keyed]
    return Plan(inputs, absent, [order[k :: mix.shards] for k in range(mix.shards)])


def write_plan(path: Path, rows: list[tuple[str, int]]) -> None:
    """Write the rows of one shard for the worker that makes it."""
    path.write_text(json.dumps(rows), encoding="ascii")
    send(path)


def read_plan(path: Path) -> list[tuple[str, int]]:
    """Undo ``write_plan``."""
    bring_file(path)
    return [(name, row) for name, row in json.loads(path.read_text(encoding="ascii"))]


def _keyed_rows(
    seed: int, member: Member, manifest: Manifest
) -> tuple[list[tuple[bytes, str, int]], dict[str, int]]:
    """The member's rows with the digests that order them, and why others are left out."""
    rows: list[tuple[bytes, str, int]] = []
    left_out = {"too_little_text": 0, "other_portion": 0}
    for row, (image_id, care) in enumerate(manifest.care_counts()):
        if not member.takes(image_id):
            left_out["other_portion"] += 1
        elif care < member.min_care:
            left_out["too_little_text"] += 1
        else:
            digest = hashlib.sha256(f"{seed}:{image_id}".encode()).digest()
            rows.append((digest, manifest.name, row))
    return rows, left_out
