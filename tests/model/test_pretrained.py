"""Which file a person means by a checkpoint."""

from pathlib import Path

import pytest

from manifests.errors import UserError
from model.pretrained import FOLDER, resolve


def made(folder: Path, *names: str) -> Path:
    (folder / "checkpoints").mkdir(parents=True)
    for name in names:
        (folder / "checkpoints" / name).touch()
    return folder


def test_names_files_and_folders_of_runs_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert resolve(Path("lite")) == FOLDER / "lite.safetensors"
    Path("lite").touch()
    assert resolve(Path("lite")) == Path("lite")
    run = made(tmp_path / "run", "best.ckpt", "last.ckpt")
    best = run / "checkpoints" / "best.ckpt"
    assert resolve(run) == resolve(run / "checkpoints") == resolve(best) == best
    young = made(tmp_path / "young", "last.ckpt")
    assert resolve(young) == young / "checkpoints" / "last.ckpt"


def test_what_is_none_is_answered_with_what_there_is(tmp_path: Path) -> None:
    advice = "give a file such as RUN/checkpoints/best.ckpt, .* weights .*: lite"
    with pytest.raises(UserError, match=rf"no checkpoint at nothing; {advice}"):
        resolve(Path("nothing"))
    with pytest.raises(UserError, match=r"no checkpoint at lit; did you mean lite\?"):
        resolve(Path("lit"))
    with pytest.raises(UserError, match=rf"is a folder without checkpoints/best.ckpt; {advice}"):
        resolve(tmp_path)
    run = made(tmp_path / "runs" / "one", "best.ckpt")
    for folder in (tmp_path, tmp_path / "runs"):
        with pytest.raises(UserError, match=f"there are {run / 'checkpoints' / 'best.ckpt'}; give"):
            resolve(folder)
