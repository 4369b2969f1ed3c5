"""What the commands' --help says of presets and weights."""

import pytest

from model.__main__ import main
from model.preset_files import preset_names
from model.pretrained import names


@pytest.mark.parametrize("command", ["train", "overlay", "import-weights"])
def test_help_names_every_preset(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert stopped.value.code == 0
    assert f"one of {', '.join(preset_names())}, or a file (default:" in said
    if command == "train":
        assert f"weights that come with the project, {', '.join(names())}" in said


@pytest.mark.parametrize(
    ("command", "sentences"),
    [
        ("train", ["A training of a backbone cannot be resumed", "of --resume the run's",
                   "DATA/runs/TASK-PRESET-TIME"]),
        ("evaluate", ["DATA/evaluations/<name>/<mix>",
                      "a run's folder, or the name of weights"]),
        ("runs", ["goes on with `train --resume DIR`"]),
        ("inspect", ["is left out with --no-detector"]),
    ],
)  # fmt: skip
def test_help_says_what_a_person_has_to_know(
    command: str,
    sentences: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "1000")  # or words with hyphens are broken
    with pytest.raises(SystemExit):
        main([command, "--help"])
    said = " ".join(capsys.readouterr().out.split())
    for sentence in sentences:
        assert sentence in said
