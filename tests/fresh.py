"""A fresh environment that holds a wheel with one of its extras, and no more; without a network.

Files of the packages that the wheel asks for are linked from the environment that the tests run in.
"""

import subprocess
import sys
import zipfile
from email.parser import Parser
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def make_environment(folder: Path, wheel: Path, extra: str) -> Path:
    """A venv with the wheel and the packages of ``extra``; returns its folder of programs."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    programs = folder / "bin"
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    asked = [programs / "python", "-c", code]
    packages = Path(
        subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    )
    for name in closure(requirements_of(wheel), extra):
        link(installed(name), packages)
    pip = [sys.executable, "-m", "pip", "--python", programs / "python", "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", wheel], check=True)
    return programs


def requirements_of(wheel: Path) -> list[str]:
    """What the wheel's metadata asks for."""
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return Parser().parsestr(archive.read(name).decode()).get_all("Requires-Dist", [])


def closure(requirements: list[str], extra: str) -> list[str]:
    """The packages that these need with an extra, and what those need in turn; sorted."""
    found: set[tuple[str, str]] = set()
    waiting = [(line, extra) for line in requirements]
    while waiting:
        line, under = waiting.pop()
        wanted = Requirement(line)
        if wanted.marker and not wanted.marker.evaluate({"extra": under}):
            continue
        name = canonicalize_name(wanted.name)
        for one in ("", *wanted.extras):
            if (name, one) not in found:
                found.add((name, one))
                waiting += [(needed, one) for needed in installed(name).requires or []]
    return sorted({name for name, _ in found})


def installed(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError:
        pytest.skip(f"{name} is not installed here")


def link(package: Distribution, folder: Path) -> None:
    """Link a package's files, its programs apart, into a folder of packages."""
    for file in package.files or []:
        if ".." in file.parts or "__pycache__" in file.parts:
            continue
        place = folder / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(Path(str(package.locate_file(file))))
