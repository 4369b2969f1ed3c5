"""What a run was made of, so that its figures can be traced back to raw data and code."""

import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from manifests.identity import sha256_file
from manifests.shardset import ShardSet

_ROOT = Path(__file__).resolve().parents[1]


def describe(
    task: str, preset: str, device: str, shards: ShardSet, start: Mapping[str, str]
) -> dict[str, Any]:
    """The lineage of a run: raw data by its manifests' fingerprints, shards, start, code, versions.

    start: see ``start_of``.
    """
    return {
        "task": task,
        "preset": preset,
        "device": device,
        "shards": {key: shards.info[key] for key in ("key", "digest", "images", "inputs")},
        "start": dict(start),
        "code": code_version(),
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("mindspore", "numpy")},
        },
    }


def start_of(kind: str, path: Path | None) -> dict[str, str]:
    """What the weights started from. kind: random, backbone or checkpoint; ``path`` of the file."""
    if path is None:
        return {"kind": kind}
    return {"kind": kind, "path": str(path.resolve()), "sha256": sha256_file(path)}


def code_version() -> dict[str, Any]:
    """The commit of the code and whether files differ from it; empty where there is no git."""
    commit, changes = _git("rev-parse", "HEAD"), _git("status", "--porcelain")
    return {} if commit is None else {"commit": commit, "changed": bool(changes)}


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(_ROOT), *arguments], capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
