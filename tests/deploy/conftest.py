"""The program for Ascend 310, built once: without a network, and against a stand-in of Lite."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "deploy" / "ascend310"
FAKE_LITE = Path(__file__).parent / "fake_lite"
# With CXXFLAGS="-O1 -fsanitize=address,undefined -fno-sanitize-recover=all" in the environment
# faults in memory and undefined arithmetic end the program; to build it takes three times as long.
FLAGS = os.environ.get("CXXFLAGS", "-O0")


@dataclass(frozen=True)
class Programs:
    """The programs that were built."""

    cells: Path
    lite: Path


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Programs:
    """``textlines_cells`` and ``textlines_lite``; skips where they cannot be built."""
    for tool in ("cmake", "g++", "make"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not here, and building deploy/ascend310 needs it")
    folder = tmp_path_factory.mktemp("ascend310")
    runtime = folder / "lite" / "runtime"
    shutil.copytree(FAKE_LITE / "include", runtime / "include")
    (runtime / "lib").mkdir()
    library = runtime / "lib" / "libmindspore-lite.so"
    _run(
        "g++",
        "-std=c++17",
        "-shared",
        "-fPIC",
        f"-I{runtime}",
        FAKE_LITE / "model.cpp",
        "-o",
        library,
    )
    build = folder / "build"
    options = [
        f"-DLITE_HOME={folder / 'lite'}",
        "-DWITH_OPENCV=OFF",
        f"-DCMAKE_CXX_FLAGS={FLAGS}",
    ]
    _run("cmake", "-S", APP, "-B", build, "-DCMAKE_BUILD_TYPE=None", *options)
    _run("cmake", "--build", build, "--parallel", "2")
    return Programs(build / "textlines_cells", build / "textlines_lite")


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
