"""What a person names on the command line, looked up: manifests, images."""

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from manifests.errors import UserError
from manifests.raw import split_uri
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

    Raises UserError, which names an image that may be meant, where there is no such image.
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
    why = _refused(manifest, wanted) or _meant(manifest, wanted)
    raise UserError(f"{manifest.folder} has no image {wanted!r}{why}")


def near_image(image_id: str, uris: Iterable[tuple[str, str]]) -> str:
    """``; did you mean ID?`` for an image id that is none: of (image id, URI of its picture) the
    one whose picture has that name, else the one that is spelt most like it; nothing where none is.
    """
    name = image_id.rpartition("/")[2]
    of_file: list[str] = []
    spelt: dict[str, list[str]] = {}
    for known, uri in uris:
        file, member = split_uri(uri)
        path = PurePosixPath(member or file)
        if name in (path.name, path.stem):
            of_file.append(known)
        spelt.setdefault(known.rpartition("/")[2], []).append(known)
    near = of_file or [k for tail in difflib.get_close_matches(name, spelt, 1) for k in spelt[tail]]
    meant = difflib.get_close_matches(image_id, near, 1, 0)  # of several, that of the same split
    return f"; did you mean {meant[0]}?" if meant else ""


def _meant(manifest: Manifest, image_id: str) -> str:
    rows = ((row["image_id"], row["image_uri"]) for row in manifest.rows(["image_id", "image_uri"]))
    return near_image(image_id, rows) or "; `python -m manifests query` lists those that there are"


def _refused(manifest: Manifest, image_id: str) -> str:
    """Why an image is in quarantine, in words; nothing where it is not."""
    for batch in manifest.batches("quarantine", ["kind", "image_id", "reason", "detail"]):
        for row in batch.to_pylist():
            if row["kind"] == Kind.IMAGE and row["image_id"] == image_id:
                return f": it is in quarantine, {row['reason']}: {row['detail']}"
    return ""
