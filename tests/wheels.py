"""The wheel, built from the files that git knows."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = ("manifests", "pipelines", "validation", "model")


def build_wheel(folder: Path) -> Path:
    """Build the wheel below ``folder``; skips where there is no git checkout."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "pyproject.toml", "README.md", *PACKAGES]
    known = subprocess.run(command, capture_output=True, text=True)
    if known.returncode:
        pytest.skip("no git checkout: it is not known which files are the project's")
    source = folder / "source"
    for name in filter(None, known.stdout.split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    build = ["pip", "wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([sys.executable, "-m", *build, "-w", folder, source], check=True)
    [path] = folder.glob("*.whl")
    return path
