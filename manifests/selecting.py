"""What a person names on the command line, looked up: manifests, images."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from manifests.errors import UserError
from manifests.reading import Manifest, open_manifest, require_manifests
from manifests.vocabulary import Kind


def select(data: Path, names: Sequence[str] = ()) -> list[Manifest]:
    """The manifests below DATA that are named ``DATASET/SPLIT``, or ``DATASET`` for all its
    splits, each once; all for no name. Raises UserError for a name that is none."""
    known = {manifest.name: manifest for manifest in require_manifests(data)}
    chosen: dict[str, Manifest] = {}
    for name in names:
        found = {n: m for n, m in known.items() if n == name or m.dataset == name}
        if not found:
            raise UserError(f"no manifest {name!r} below {data}; there are {', '.join(known)}")
        chosen |= found
    return list(chosen.values()) if names else list(known.values())


def find_image(data: Path, image_id: str) -> tuple[Manifest, dict[str, Any]]:
    """An image's row and its manifest, whose files are compared with their digests first.

    Raises UserError where there is no such image.
    """
    parts = image_id.partition("#")[0].split("/")
    if len(parts) != 3:
        raise UserError(f"{image_id!r} is no image id; one is like icdar15/train/img_1")
    manifest = open_manifest(data, parts[0], parts[1])
    manifest.verify()
    wanted = "/".join(parts)
    for row in manifest.rows():
        if row["image_id"] == wanted:
            return manifest, row
    raise UserError(f"{manifest.folder} has no image {wanted}{_refused(manifest, wanted)}")


def _refused(manifest: Manifest, image_id: str) -> str:
    """Why an image is in quarantine, in words; nothing where it is not."""
    for batch in manifest.batches("quarantine", ["kind", "image_id", "reason", "detail"]):
        for row in batch.to_pylist():
            if row["kind"] == Kind.IMAGE and row["image_id"] == image_id:
                return f": it is in quarantine, {row['reason']}: {row['detail']}"
    return ""
