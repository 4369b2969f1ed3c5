"""Which code this is."""

import subprocess
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[1]


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
