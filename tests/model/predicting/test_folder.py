"""Results: whole or not at all, and never in the place of another's files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import model.predicting.folder as folder
from manifests.errors import UserError
from model.detector.results import Detection, Line
from model.files import lock
from model.predicting.folder import rrc_text, writing_results
from model.predicting.inputs import Skipped
from model.rrc_lines import parse_result_line

LINE = Line(((10.4, 20.6), (50.5, 22), (50.5, 31), (10.4, 29.4)), 0.9)
FOUND = Detection(64, 40, (LINE,))


def write(out: Path, *names: str) -> None:
    with writing_results(out, {"checkpoint": "c"}) as results:
        for name in names:
            results.add(f"in/{name}.png", name, FOUND, b"jpeg")
        results.skip(Skipped("in/bad.png", "image_unreadable", "the file is empty"))


def files(out: Path) -> set[str]:
    return {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}


def test_what_is_written(tmp_path: Path) -> None:
    write(tmp_path / "new" / "out", "a", "b\N{SNOWMAN}")
    out = tmp_path / "new" / "out"
    entries = [json.loads(line) for line in (out / "predictions.jsonl").open(encoding="utf-8")]
    assert entries[1] == {
        "image": "in/b\N{SNOWMAN}.png", "name": "b\N{SNOWMAN}", **FOUND.to_dict(),
    }  # fmt: skip
    assert (out / "rrc" / "res_a.txt").read_text() == "10,21,50,22,50,31,10,29\n"
    assert (out / "overlays" / "a.jpg").read_bytes() == b"jpeg"
    assert json.loads((out / "skipped.jsonl").read_text())["detail"] == "the file is empty"
    about = json.loads((out / "about.json").read_text())
    assert about["found"] == {"images": 2, "lines": 2, "skipped": 1}
    assert about["checkpoint"] == "c"


def test_without_overlays_there_is_no_folder_of_them_and_an_earlier_one_goes(
    tmp_path: Path,
) -> None:
    write(tmp_path, "a")
    with writing_results(tmp_path, {}) as results:
        results.add("in/a.png", "a", FOUND, None)
    assert not (tmp_path / "overlays").exists()
    assert (tmp_path / "rrc" / "res_a.txt").is_file()


def test_a_rerun_replaces_its_own_results_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, "a", "b")
    (tmp_path / "mine.txt").write_text("stays")
    write(tmp_path, "b", "c")
    assert files(tmp_path) == {
        ".lock", "mine.txt", "about.json", "predictions.jsonl", "skipped.jsonl",
        "overlays/b.jpg", "overlays/c.jpg", "rrc/res_b.txt", "rrc/res_c.txt",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["predictions.jsonl", "overlays/x.jpg", "rrc/x.txt", "about.json"])
def test_files_of_others_are_not_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("{}\n")
    with pytest.raises(
        UserError, match=f"holds {name.partition('/')[0]}, which no `predict` wrote"
    ):
        write(tmp_path, "a")
    assert files(tmp_path) == {name}


@pytest.mark.parametrize("name", ["overlays/mine.jpg", "rrc/notes.txt"])
def test_nor_those_that_were_put_among_the_results(tmp_path: Path, name: str) -> None:
    write(tmp_path, "a")
    (tmp_path / name).write_text("mine")
    with pytest.raises(UserError, match=f"holds {name}"):
        write(tmp_path, "a")
    assert (tmp_path / name).read_text() == "mine"


def test_results_of_which_predictions_were_edited_are_left(tmp_path: Path) -> None:
    write(tmp_path, "a")
    (tmp_path / "predictions.jsonl").write_text("words\n")
    with pytest.raises(UserError, match=r"holds predictions\.jsonl"):
        write(tmp_path, "a")


def test_a_run_that_ends_early_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    write(tmp_path, "a")
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}
    with pytest.raises(KeyboardInterrupt), writing_results(tmp_path, {}) as results:
        results.add("b.png", "b", FOUND, b"jpeg")
        raise KeyboardInterrupt
    assert {name: (tmp_path / name).read_bytes() for name in files(tmp_path)} == before


def test_a_run_that_ends_early_takes_away_the_folders_that_it_made(tmp_path: Path) -> None:
    def fail(out: Path) -> None:
        with pytest.raises(KeyboardInterrupt), writing_results(out, {}):
            assert (out / ".lock").is_file()
            raise KeyboardInterrupt

    fail(tmp_path / "new" / "below")
    assert not list(tmp_path.iterdir())
    (tmp_path / "there").mkdir()
    fail(tmp_path / "there")  # another's folder stays
    assert files(tmp_path / "there") == {".lock"}
    with pytest.raises(KeyboardInterrupt), writing_results(tmp_path / "new", {}):
        (tmp_path / "new" / "note.txt").touch()  # and one in which something was laid meanwhile
        raise KeyboardInterrupt
    assert files(tmp_path / "new") == {".lock", "note.txt"}


def test_a_killed_run_is_swept_up_and_one_that_runs_is_not(tmp_path: Path) -> None:
    (tmp_path / ".partial-0123456789ab" / "overlays").mkdir(parents=True)
    with writing_results(tmp_path, {}), pytest.raises(UserError, match="another run is writing"):
        write(tmp_path, "a")
    assert not list(tmp_path.glob(".partial-*"))
    held = lock(tmp_path / ".lock")
    assert held is not None
    held.close()


def test_a_run_that_was_killed_as_it_put_its_files_in_place_is_repeated(tmp_path: Path) -> None:
    write(tmp_path, "a")
    for step in ("about.json", "skipped.jsonl", "predictions.jsonl"):
        with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
            _stop_at(patch, step)
            write(tmp_path, "b")
    assert "predictions.jsonl" not in files(tmp_path)
    (tmp_path / "rrc" / "mine.txt").touch()
    with pytest.raises(UserError, match=r"holds rrc/mine\.txt, which no"):
        write(tmp_path, "c")
    (tmp_path / "rrc" / "mine.txt").unlink()
    write(tmp_path, "c")
    assert files(tmp_path) == {
        ".lock", "about.json", "predictions.jsonl", "skipped.jsonl",
        "overlays/c.jpg", "rrc/res_c.txt",
    }  # fmt: skip


def _stop_at(patch: pytest.MonkeyPatch, name: str) -> None:
    """As if a run was killed when it was about to write a file."""

    def or_stop(real: Callable[..., None], at: int) -> Callable[..., None]:
        def call(*arguments: Any) -> None:
            if arguments[at].name == name:
                raise KeyboardInterrupt
            real(*arguments)

        return call

    patch.setattr(folder, "write_object", or_stop(folder.write_object, 0))
    patch.setattr(folder, "settle", or_stop(folder.settle, 1))


@pytest.mark.parametrize("name", ["overlays/a.jpg", "rrc/res_a.txt"])
def test_without_the_list_nothing_is_taken_for_an_earlier_runs(tmp_path: Path, name: str) -> None:
    write(tmp_path, "a")
    (tmp_path / "predictions.jsonl").unlink()
    for path in (tmp_path / "overlays" / "a.jpg", tmp_path / "rrc" / "res_a.txt"):
        if path != tmp_path / name:
            path.unlink()
    with pytest.raises(UserError, match=rf"has no predictions\.jsonl.* so {name} may be"):
        write(tmp_path, "b")
    (tmp_path / name).unlink()
    write(tmp_path, "b")


def test_a_file_in_the_folders_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"--out .*file is a file; give a folder"):
        write(tmp_path / "file", "a")
    with pytest.raises(UserError, match=r"cannot write .*below.*give another --out"):
        write(tmp_path / "file" / "below", "a")


def test_a_full_disk_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UserError, match="the disk is full; make room, or give another --out"):
        write(tmp_path, "a")
    assert files(tmp_path) == {".lock"}


SIDE = st.floats(0, 40, width=32)


@given(left=SIDE, top=SIDE, width=SIDE, slope=st.floats(-2, 2), heights=st.tuples(SIDE, SIDE))
def test_lines_are_such_as_the_competition_reads(
    left: float, top: float, width: float, slope: float, heights: tuple[float, float]
) -> None:
    right, fall = left + width, slope * width
    upper = ((left, top), (right, top + fall))
    polygon = (*upper, (right, top + fall + heights[1]), (left, top + heights[0]))
    text = rrc_text(Detection(99, 99, (Line(polygon, 0.9),)))
    assert len(parse_result_line(text.rstrip("\n"))) == 8
