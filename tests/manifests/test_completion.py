"""The completion of the installed command, tried in a shell."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from manifests.completion import SHELLS, script, whole_parser
from manifests.entry import COMPLETION, PACKAGES, main
from model.__main__ import COMMANDS
from tests.conftest import ROOT

ASK = """
source "$1"; shift
COMP_WORDS=(textlines "$@"); COMP_CWORD=$#
compopt() { :; }
_shtab_textlines
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def bash(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script for bash, as the command prints it; heavy packages stay out of that process."""
    code = (
        "import sys; from manifests.entry import main; "
        f"main([{COMPLETION!r}, 'bash']); "
        "heavy = ('mindspore', 'apache_beam', 'great_expectations'); "
        "print([name for name in heavy if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stderr.splitlines()[-1] == "[]"
    path = tmp_path_factory.mktemp("completion") / "textlines"
    path.write_text(done.stdout)
    return path


def completed(path: Path, words: Sequence[str], cwd: Path) -> list[str]:
    """What bash offers for the last of the words typed after ``textlines``."""
    command = ["bash", "-c", ASK, "ask", str(path), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=cwd)
    assert not done.stderr
    return done.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not here")
def test_bash_completes_packages_commands_options_and_choices(bash: Path, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").touch()
    (tmp_path / "holiday").mkdir()

    def offered(*words: str) -> set[str]:
        return set(completed(bash, words, tmp_path))

    assert offered("") == set(PACKAGES)
    assert offered("mod") == {"model"}
    assert offered("model", "") == {name.replace("_", "-") for name in COMMANDS}
    assert offered("model", "ev") == {"evaluate"}
    assert offered("model", "evaluate", "--mi") == {"--mix"}
    assert offered("model", "evaluate", "--backend", "on") == {"onnxruntime"}
    assert offered("validation", "decide", "drop") == {"drop-image"}
    assert offered("pipelines", "normalize", "--source", "") == {"coco", "labelme", "rrc"}
    assert offered("model", "predict", "--checkpoint", "") == {"photo.jpg", "holiday"}
    assert offered("model", "predict", "--out", "") == {"holiday"}


@pytest.mark.parametrize("shell", SHELLS)
def test_there_is_a_script_for_every_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([COMPLETION, shell]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in ("normalize", "evaluate", "--checkpoint", "onnxruntime"))


@pytest.mark.parametrize("given", [[], ["cmd.exe"], ["bash", "zsh"]])
def test_an_unknown_shell_is_told_which_there_are(
    given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([COMPLETION, *given]) == 2
    assert "bash, zsh, tcsh" in capsys.readouterr().err


def test_a_package_that_lacks_something_is_left_out_and_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if name.startswith("manifests.tools")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "manifests.__main__", raising=False)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    root, left_out = whole_parser(PACKAGES)
    assert left_out == {"manifests": "duckdb"}
    assert "validation" in root.format_help()
    told = script("bash", PACKAGES)
    assert told.endswith("# without manifests: duckdb is not installed\n") and "normalize" in told
