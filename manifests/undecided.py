"""Manifests as ``normalize`` made them, kept where decisions have changed the published ones.

``DATA/undecided/<dataset>/<split>`` is a copy of such a manifest's folder. Decisions are applied to
it and never to what other decisions have made, so any number of them gives what normalizing and
applying them once would.
"""

import shutil
from pathlib import Path

from manifests.errors import UserError
from manifests.publish import publishing
from manifests.reading import Manifest, read_manifest

UNDECIDED = "undecided"
DECISIONS = "decisions"
"""Key of manifest.json: what decisions have changed."""


def undecided_folder(data: Path, manifest: Manifest) -> Path:
    """Where the manifest stands as it was before decisions."""
    return data / UNDECIDED / manifest.dataset / manifest.split


def is_decided(manifest: Manifest) -> bool:
    """Whether decisions have changed it."""
    return DECISIONS in manifest.info


def undecided(data: Path, manifest: Manifest) -> Manifest:
    """A manifest as it was before decisions; itself where none changed it.

    Raises UserError where it was changed and what it was before is gone.
    """
    if not is_decided(manifest):
        return manifest
    folder = undecided_folder(data, manifest)
    if (folder / "manifest.json").is_file():
        before = read_manifest(folder)
        about = manifest.info[DECISIONS]
        if (before.fingerprint, before.info["quarantine_digest"]) == (
            about["base_fingerprint"],
            about["base_quarantine_digest"],
        ):
            return before
    raise UserError(
        f"{manifest.name} was changed by decisions, and {folder} does not hold what it was before; "
        f"run `python -m pipelines normalize --raw RAW --data {data} --only {manifest.dataset}`"
    )


def keep_undecided(data: Path, manifest: Manifest) -> None:
    """Copy a manifest that no decision has changed, before one does."""
    with publishing(undecided_folder(data, manifest)) as staging:
        shutil.copytree(manifest.folder, staging, dirs_exist_ok=True)


def restore_undecided(data: Path, manifest: Manifest) -> None:
    """Publish a manifest as it was before decisions."""
    with publishing(manifest.folder) as staging:
        shutil.copytree(undecided(data, manifest).folder, staging, dirs_exist_ok=True)


def forget_undecided(data: Path, manifest: Manifest) -> None:
    """Remove the copy of a manifest that decisions no longer change, if there is one."""
    shutil.rmtree(undecided_folder(data, manifest), ignore_errors=True)
