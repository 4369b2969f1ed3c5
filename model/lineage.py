"""What a run was made of, so that its figures can be traced back to raw data and code.

The chain in lineage.json: digests of the raw files (from the manifests) -> fingerprints of the
manifests -> digest of the shards -> code and versions -> digests of the checkpoints.

Digests say what a thing was; paths only where it lay then. ``data`` is where DATA was when the run
began, ``data`` of an entry of ``resumed`` where it was at that time; a path inside DATA is relative
to it, so it stays right when DATA moves; others are absolute.
"""

import logging
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from manifests.errors import UserError
from manifests.identity import sha256_file
from manifests.reading import MANIFESTS, open_manifest
from manifests.shardset import ShardSet
from model.code_version import code_version
from model.runs import CONFIG, EVALUATIONS
from model.runs import LOG as LOG_FILE

LOG = logging.getLogger(__name__)
_OF_THE_END = ("checkpoints", "files")
"""Digests of what a run that goes on is about to change."""


def describe(
    task: str,
    preset: str,
    device: str,
    data: Path,
    shards: ShardSet,
    evaluation: ShardSet | None,
    start: Mapping[str, str],
) -> dict[str, Any]:
    """The lineage of a run that begins.

    evaluation: the shards that it is evaluated on, if any; start: see ``start_of``. Raises
    UserError as ``trace`` does.
    """
    inputs = trace(data, shards)
    return {
        "task": task,
        "preset": preset,
        "device": device,
        "data": str(data.resolve()),
        "mix": str(shards.info["mix"]["name"]),
        "shards": {
            **{key: shards.info[key] for key in ("key", "digest", "images")},
            "inputs": inputs,
            "verified": all(entry["verified"] for entry in inputs),
        },
        "evaluation": evaluation and _told(evaluation),
        "start": dict(start),
        **surroundings(),
    }


def _told(shards: ShardSet) -> dict[str, Any]:
    return {key: shards.info[key] for key in ("key", "digest")}


def surroundings() -> dict[str, Any]:
    """The code and the versions of what it stands on."""
    return {
        "code": code_version(),
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("mindspore", "numpy")},
        },
    }


def trace(data: Path, shards: ShardSet) -> list[dict[str, Any]]:
    """The inputs of shards, each with the raw files' digests that its manifest below ``data`` has.

    An input is ``verified`` where that manifest is the one the shards were made from. Raises
    UserError where it is another; where there is none (shards may be copied alone) it warns.
    """
    return [{**entry, **_origin(data, shards, entry)} for entry in shards.info["inputs"]]


def _origin(data: Path, shards: ShardSet, entry: Mapping[str, Any]) -> dict[str, Any]:
    name = entry["name"]
    if not (data / MANIFESTS / name / "manifest.json").is_file():
        LOG.warning(
            "no manifest of %s below %s: it cannot be told whether the shards are up to date, and "
            "the lineage will say unverified",
            name,
            data,
        )
        return {"verified": False}
    manifest = open_manifest(data, *name.split("/"))
    if manifest.fingerprint != entry["fingerprint"]:
        mix = shards.info["mix"]["name"]
        raise UserError(
            f"the shards of the mix {mix!r} were made from another manifest of {name} than the one "
            f"below {data} (fingerprint {entry['fingerprint'][:12]}, now "
            f"{manifest.fingerprint[:12]}); run `python -m pipelines shard --data {data} "
            f"--mix {mix}`"
        )
    return {"verified": True, "raw": manifest.info.get("sources", [])}


def warn_of_changes(lineage: Mapping[str, Any], device: str) -> None:
    """Say what is not as it was when a run began, and may change the last bits of its losses."""
    now = {**surroundings(), "device": device}
    for key, what in (("code", "the code"), ("versions", "a version"), ("device", "the device")):
        if key in lineage and lineage[key] != now[key]:
            LOG.warning(
                "%s has changed since the run began (%s, now %s): its losses may not be those of a "
                "run that was never stopped",
                what,
                lineage[key],
                now[key],
            )


def resumed(
    lineage: Mapping[str, Any],
    step: int,
    device: str,
    leaks: Mapping[str, Any] | None = None,
    evaluation: ShardSet | None = None,
    data: Path | None = None,
) -> dict[str, Any]:
    """The lineage of a run that goes on from ``step`` with the code as it is now. ``leaks``: what
    is known now of leaks of its mix; one that leaks stays so in the lineage. ``evaluation``: the
    shards that it is evaluated on from now on, which a run that began without them notes.
    ``data``: where the data folder is now."""
    entry = {"step": step, "device": device, **surroundings()}
    if data is not None:
        entry["data"] = str(data.resolve())
    if leaks and leaks["state"] == "allowed":
        lineage = {**lineage, "leaks": dict(leaks)}
    if evaluation and not lineage.get("evaluation"):
        lineage = {**lineage, "evaluation": _told(evaluation)}
    lineage = {key: value for key, value in lineage.items() if key not in _OF_THE_END}
    return {**lineage, "resumed": [*lineage.get("resumed", []), entry]}


def finished(lineage: Mapping[str, Any], checkpoints: Path) -> dict[str, Any]:
    """The lineage with the digests of what a run has made: its checkpoints, and the files beside
    them that no later step changes."""
    files = sorted(checkpoints.glob("[!.]*"))
    beside = (checkpoints.parent / name for name in (CONFIG, LOG_FILE, EVALUATIONS))
    return {
        **lineage,
        "checkpoints": {path.name: sha256_file(path) for path in files},
        "files": {path.name: sha256_file(path) for path in beside if path.is_file()},
    }


def start_of(kind: str, path: Path | None, data: Path | None = None) -> dict[str, str]:
    """What the weights started from. kind: random, backbone or checkpoint; ``path`` of the file,
    ``data``: the data folder, to which it is relative where it lies inside."""
    if path is None:
        return {"kind": kind}
    return {"kind": kind, "path": place(path, data), "sha256": sha256_file(path)}


def place(path: Path, data: Path | None) -> str:
    """A path for a lineage: relative to the data folder where it lies inside, else absolute."""
    whole = path.resolve()
    if data is not None and whole.is_relative_to(data.resolve()):
        return str(whole.relative_to(data.resolve()))
    return str(whole)
