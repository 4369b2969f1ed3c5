"""Fixtures that every package's tests share."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.storing import Store, own_bucket, point_to, serving

# A busy machine is slow now and then, which is no fault of the code. The same tests run on every
# machine: who wants other examples asks for them, with --hypothesis-profile=search.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None)
settings.load_profile("same")

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("manifests", "pipelines", "validation", "model")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real benchmark data beside the checkout; skips where there is none."""
    folder = Path(os.environ.get("SHARED", ROOT.parent / "shared"))
    if not (folder / "eval").is_dir():
        pytest.skip(f"real benchmark data is not at {folder}; set SHARED to run this test")
    return folder


@pytest.fixture(scope="session")
def wheel_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the files that git knows."""
    folder = tmp_path_factory.mktemp("wheel")
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "pyproject.toml", "README.md", *PACKAGES]
    known = subprocess.run(command, capture_output=True, text=True)
    if known.returncode:
        pytest.skip("no git checkout: it is not known which files are the project's")
    source = folder / "source"
    for name in filter(None, known.stdout.split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    build = ["pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([sys.executable, "-m", *build, "-w", folder, source], check=True)
    [path] = folder.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def store_server() -> Iterator[Store]:
    """A store that speaks S3, one for all tests; only they know where it is."""
    with serving() as server:
        yield server


@pytest.fixture
def store(store_server: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A bucket of its own for a test, and a cache of its own."""
    point_to(store_server.url, monkeypatch)
    monkeypatch.setenv("TEXTLINES_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("manifests.storage.leases.SETTLE_SECONDS", 0.05)
    return own_bucket(store_server)
