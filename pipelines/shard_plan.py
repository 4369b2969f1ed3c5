"""Which rows go into which shard, in which order: decided before anything is written."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from manifests.errors import UserError
from manifests.identity import combine, sha256_bytes
from manifests.mixes import Member, Mix
from manifests.packing import pack_regions
from manifests.reading import Manifest, find_manifests
from manifests.storage.mirror import bring_file
from manifests.storage.sending import send
from pipelines.arrow_memory import use_system_memory
from pipelines.shard_order import Keyed, Order, ShardRows

COLUMNS = [
    "image_id",
    "image_uri",
    "image_sha256",
    "width",
    "height",
    "exhaustive",
    "regions.list.element.polygon",
    "regions.list.element.care",
]
"""Of a manifest, what goes into a shard or leads to it."""


@dataclass(frozen=True)
class Plan:
    """``shards``: the rows of each; ``keys``: for each the digest of all that these rows hold;
    ``pixels``: of all pictures together."""

    inputs: list[dict[str, Any]]
    absent: list[str]
    shards: list[ShardRows]
    keys: list[str]
    pixels: int


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
    """Part the rows of a mix into its shards, and order those of each.

    Shard and place are told by a digest of seed and image id alone, so one image more or less
    leaves all others where they are, and every shard but its own as it is. Shards so differ in size
    as chance has it: of n images each has about n / shards, give or take the root of that.
    """
    use_system_memory()
    order = Order(mix.shards)
    inputs, pixels = recipe_inputs(found), 0
    for (member, manifest), entry in zip(found, inputs, strict=True):
        counts = {"too_little_text": 0, "other_portion": 0, "pixels": 0}
        taken = order.add(manifest.name, _keyed_rows(mix.seed, member, manifest, counts))
        pixels += counts.pop("pixels")
        images = int(manifest.info["ledger"]["images"]["kept"])
        entry |= {"images": images, "taken": taken, **counts}
    if not any(entry["taken"] for entry in inputs):
        raise UserError(
            f"the mix {mix.name} takes no image of {', '.join(m.name for _, m in found)}"
        )
    shards = order.shards()
    return Plan(inputs, absent, shards, [combine(rows.contents()) for rows in shards], pixels)


def write_plan(path: Path, rows: Iterable[tuple[str, int]]) -> None:
    """Write the rows of one shard for the worker that makes it."""
    path.write_text(json.dumps(list(rows)), encoding="ascii")
    send(path)


def read_plan(path: Path) -> list[tuple[str, int]]:
    """Undo ``write_plan``."""
    bring_file(path)
    return [(name, row) for name, row in json.loads(path.read_text(encoding="ascii"))]


def _keyed_rows(
    seed: int, member: Member, manifest: Manifest, counts: dict[str, int]
) -> Iterator[Keyed]:
    """The member's rows with their digests; ``counts``: why others are left out, and pixels."""
    for number, row in enumerate(manifest.rows(COLUMNS)):
        image_id = row["image_id"]
        if not member.takes(image_id):
            counts["other_portion"] += 1
        elif sum(region["care"] for region in row["regions"]) < member.min_care:
            counts["too_little_text"] += 1
        else:
            counts["pixels"] += row["width"] * row["height"]
            yield hashlib.sha256(f"{seed}:{image_id}".encode()).digest(), number, _content(row)


def _content(row: dict[str, Any]) -> str:
    """Digest of all of a manifest's row that a shard holds."""
    values = [row[name] for name in ("image_id", "image_sha256", "width", "height", "exhaustive")]
    return combine([*map(str, values), sha256_bytes(pack_row_regions(row))])


def pack_row_regions(row: dict[str, Any]) -> bytes:
    """The regions of a manifest's row as a shard holds them."""
    regions = row["regions"]
    return pack_regions([it["polygon"] for it in regions], [it["care"] for it in regions])
