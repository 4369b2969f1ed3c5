"""Files that are whole or not there, and logs that may be torn."""

import errno
import fcntl
import json
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.errors import UserError
from manifests.processes import is_locked
from model import files


def test_a_full_disk_is_said_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.symlink_to("/dev/full")
    with (
        pytest.raises(UserError, match=r"cannot write .*log\.jsonl: the disk is full; make room"),
        files.writing(path, "make room"),
    ):
        files.append(path, {"step": 1})
    with pytest.raises(UserError, match="Permission denied; x"), files.writing(path, "x"):
        raise PermissionError(errno.EACCES, "Permission denied")


def test_a_text_is_replaced_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    files.write_object(path, {"a": 1})
    assert files.read_object(path) == {"a": 1}

    def fail(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        files.write_object(path, {"a": 2})
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]
    assert files.read_object(path) == {"a": 1}


@given(steps=st.integers(0, 6), step=st.integers(0, 8), torn=st.integers(0, 12))
def test_cutting_leaves_each_whole_step_up_to_the_state_once(
    tmp_path_factory: pytest.TempPathFactory, steps: int, step: int, torn: int
) -> None:
    path = tmp_path_factory.mktemp("log") / "log.jsonl"
    entries = [{"step": n, "loss": n / 3} for n in range(1, steps + 1)]
    for entry in entries:
        files.append(path, entry)
    with path.open("ab") as file:
        file.write(json.dumps({"step": steps + 1}).encode()[:torn])
    assert files.read_lines(path) == entries
    assert files.last_line(path) == (entries[-1] if entries else None)
    kept = [entry for entry in entries if entry["step"] <= step]
    assert files.cut(path, step) == kept
    assert path.read_text() == "".join(json.dumps(entry) + "\n" for entry in kept)
    assert files.cut(path.with_name("absent"), step) == []


@pytest.mark.parametrize("line", [b"\xff\xfe", b"[1]", b'{"loss": 1}', b'{"step": "2"}', b""])
def test_what_is_no_step_is_cut_with_all_after_it(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "log.jsonl"
    files.append(path, {"step": 1})
    with path.open("ab") as file:
        file.write(line + b"\n")
    files.append(path, {"step": 2})
    assert files.cut(path, 9) == [{"step": 1}]
    assert path.read_text() == '{"step": 1}\n'


def test_the_last_line_of_a_long_log_is_found_from_its_end(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text("".join(f'{{"step": {n}}}\n' for n in range(20_000)) + '{"ste')
    assert files.last_line(path) == {"step": 19_999}
    assert files.last_line(tmp_path / "absent") is None


def test_a_lock_whose_file_was_removed_is_that_of_the_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is opened, its holder removes it and lets go, and only then it is locked."""
    path, flock, opened = tmp_path / ".lock", fcntl.flock, []
    holder = files.lock(path)

    def late(file: IO[str], kind: int) -> None:
        if not opened:
            path.unlink()
            assert holder is not None
            holder.close()
        opened.append(file)
        flock(file, kind)

    monkeypatch.setattr(fcntl, "flock", late)
    held = files.lock(path)
    assert held is not None
    assert len(opened) == 2
    monkeypatch.undo()
    assert is_locked(path)
    held.close()


def test_a_lock_has_one_holder(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    assert not is_locked(path)
    held = files.lock(path)
    assert held is not None
    assert is_locked(path)
    assert files.lock(path) is None
    held.close()
    assert not is_locked(path)
    again = files.lock(path)
    assert again is not None
    again.close()
