"""A published folder is whole or not there."""

import json
from pathlib import Path

import pytest

from manifests.errors import UserError
from manifests.lock import writing_lock
from manifests.publish import publishing, scratch_folder, write_json


def test_nothing_is_visible_before_the_end(tmp_path: Path) -> None:
    final = tmp_path / "a" / "b"
    with publishing(final) as folder:
        (folder / "x").write_text("1")
        assert not final.exists()
    assert [path.name for path in final.iterdir()] == ["x"]
    assert [path.name for path in final.parent.iterdir()] == ["b"]


def test_an_error_leaves_the_old_one(tmp_path: Path) -> None:
    final = tmp_path / "b"
    with publishing(final) as folder:
        (folder / "x").write_text("old")
    with pytest.raises(KeyboardInterrupt), publishing(final) as folder:
        (folder / "x").write_text("new")
        raise KeyboardInterrupt
    assert (final / "x").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_publishing_replaces_the_whole(tmp_path: Path) -> None:
    final = tmp_path / "b"
    for name in ("x", "y"):
        with publishing(final) as folder:
            (folder / name).write_text(name)
    assert [path.name for path in final.iterdir()] == ["y"]


def test_what_a_killed_run_left_is_swept(tmp_path: Path) -> None:
    (tmp_path / ".staging-b-0123456789ab").mkdir()
    (tmp_path / ".retired-b-0123456789ab").mkdir()
    others = [".staging-b-small-0123456789ab", ".staging-c-0123456789ab"]
    for name in others:
        (tmp_path / name).mkdir()
    with publishing(tmp_path / "b"):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == [*others, "b"]


def test_two_at_once_do_not_take_away_each_others_folder(tmp_path: Path) -> None:
    final = tmp_path / "b"
    with publishing(final) as first:
        with publishing(final) as second:
            (second / "x").write_text("second")
        assert first.is_dir()
        (first / "x").write_text("first")
    assert (final / "x").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_rename_that_fails_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    final, replace = tmp_path / "b", Path.replace
    with publishing(final) as folder:
        (folder / "x").write_text("old")

    def full(path: Path, target: Path) -> Path:
        if path.name.startswith(".staging-"):
            raise OSError(28, "No space left on device")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"), publishing(final):
        pass
    assert (final / "x").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_scratch_is_gone_afterwards(tmp_path: Path) -> None:
    (tmp_path / ".normalize-dead").mkdir()
    with scratch_folder(tmp_path, "normalize") as folder:
        assert folder.is_dir()
        assert not (tmp_path / ".normalize-dead").exists()
    assert list(tmp_path.iterdir()) == []


def test_json_that_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write_json(path, {"a": "é"})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, {"a": float("nan")})
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": "é"}
    assert list(tmp_path.iterdir()) == [path]


def test_two_writers_do_not_meet(tmp_path: Path) -> None:
    with (
        writing_lock(tmp_path),
        pytest.raises(UserError, match="another run"),
        writing_lock(tmp_path),
    ):
        pass
    with writing_lock(tmp_path):
        pass


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "manifests").write_text("")
    for name in ("file", "data"):
        with pytest.raises(UserError, match="another --data"), writing_lock(tmp_path / name):
            pass
