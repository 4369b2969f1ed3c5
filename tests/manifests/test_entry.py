"""The installed command: one name in front of the packages' own."""

import subprocess
import sys
from pathlib import Path

import pytest

from manifests.entry import PACKAGES, main


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_is_reached(package: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([package, "--help"])
    assert ended.value.code == 0
    assert f"python -m {package}" in capsys.readouterr().out


def test_a_wrong_name_is_told_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["modle", "predict"]) == 2
    told = capsys.readouterr().err
    assert all(name in told for name in PACKAGES)


def test_help_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "usage: textlines" in capsys.readouterr().out


def test_no_package_is_loaded_that_was_not_asked_for() -> None:
    script = (
        "import sys; from manifests.entry import main; main(['--help']); "
        "print([n for n in ('numpy', 'pyarrow', 'mindspore', 'apache_beam') if n in sys.modules])"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_package_that_is_not_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith("manifests.tools")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "manifests.__main__", raising=False)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    assert main(["manifests", "show"]) == 2
    told = capsys.readouterr().err
    assert "needs the package duckdb" in told
    assert "pip install 'WHEEL[" in told  # never a name, which a registry may give to another
