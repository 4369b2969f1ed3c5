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
