"""What is named on the command line becomes files, and nothing is left out silently."""

from pathlib import Path

import pytest

from model.predicting.inputs import Inputs, find_inputs


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """b.jpg, A.PNG, c.mp4, notes.txt, [1].jpg; sub/d.gif; dir.jpg/e.webp; loop -> itself."""
    for name in ("b.jpg", "A.PNG", "c.mp4", "notes.txt", "[1].jpg", "sub/d.gif", "dir.jpg/e.webp"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    (tmp_path / "in" / "loop").symlink_to(".")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "in"


def names(found: Inputs) -> list[str]:
    return [str(path) for path in found.files]


def test_a_folder_gives_what_its_names_promise(folder: Path) -> None:
    found = find_inputs(["in"])
    assert names(found) == ["in/A.PNG", "in/[1].jpg", "in/b.jpg", "in/c.mp4"]
    assert (found.others, found.closed, found.repeated) == (1, 3, 0)


def test_folders_in_folders_are_entered_when_asked_but_for_links(folder: Path) -> None:
    found = find_inputs(["in"], recursive=True)
    assert names(found)[-2:] == ["in/dir.jpg/e.webp", "in/sub/d.gif"]
    assert found.closed == 1


def test_results_of_any_earlier_run_are_left_out_and_counted(folder: Path) -> None:
    for name in ("about.json", "overlays/b.jpg", "rrc/x.png", "more/f.jpg"):
        (folder / "sub" / name).parent.mkdir(exist_ok=True)
        (folder / "sub" / name).write_text('{"made_by": "python -m model predict"}')
    (folder / "dir.jpg" / "overlays").mkdir()
    (folder / "dir.jpg" / "overlays" / "mine.jpg").touch()  # a folder of that name alone
    found = find_inputs(["in"], recursive=True)
    assert names(found)[-4:] == [
        "in/dir.jpg/e.webp", "in/dir.jpg/overlays/mine.jpg", "in/sub/d.gif", "in/sub/more/f.jpg",
    ]  # fmt: skip
    assert (found.closed, found.earlier) == (1, 1)
    assert names(find_inputs(["in/sub/overlays"])) == ["in/sub/overlays/b.jpg"]
    (folder / "sub" / "about.json").write_text('{"made_by": "me"}')
    assert "in/sub/overlays/b.jpg" in names(find_inputs(["in"], recursive=True))


def test_files_that_are_named_are_taken_whatever_their_names(folder: Path) -> None:
    assert names(find_inputs(["in/notes.txt", "in/dir.jpg"])) == [
        "in/notes.txt",
        "in/dir.jpg/e.webp",
    ]


def test_patterns_match_but_a_file_of_that_name_goes_first(folder: Path) -> None:
    found = ["in/[1].jpg", "in/b.jpg", "in/dir.jpg/e.webp"]
    assert names(find_inputs(["in/*.jpg"])) == found
    assert names(find_inputs(["in/[1].jpg"])) == ["in/[1].jpg"]
    assert names(find_inputs([f"{folder}/**/*.gif"])) == [f"{folder}/sub/d.gif"]


def test_patterns_reach_up_and_down_but_follow_no_links(folder: Path) -> None:
    assert names(find_inputs(["**/*.gif"])) == ["in/sub/d.gif"]
    assert names(find_inputs(["in/../in/s*/d.gif"])) == ["in/../in/sub/d.gif"]
    assert not find_inputs(["a**b/*.gif"]).files


def test_hidden_files_are_taken_where_they_are_named(folder: Path) -> None:
    (folder / "._b.jpg").touch()
    (folder / ".cache").mkdir()
    (folder / ".cache" / "f.jpg").touch()
    assert "in/._b.jpg" not in names(find_inputs(["in"]))
    assert find_inputs(["in"], recursive=True).closed == 2
    assert names(find_inputs(["in/*b.jpg"])) == ["in/b.jpg"]
    assert names(find_inputs(["in/._b.jpg", "in/.cache/*.jpg"])) == [
        "in/._b.jpg", "in/.cache/f.jpg",
    ]  # fmt: skip


def test_a_file_named_twice_is_looked_at_once(folder: Path) -> None:
    found = find_inputs(["in/b.jpg", f"{folder}/b.jpg", "in/sub/../b.jpg", "in/b*"])
    assert names(found) == ["in/b.jpg"]
    assert found.repeated == 3


def test_what_is_not_there_is_named(folder: Path) -> None:
    found = find_inputs(["typo.jpg", "no*.jpg", "", "in/b.jpg/below", "x" * 300])
    assert not found.files
    details = {skipped.image[:20]: skipped.detail for skipped in found.skipped}
    assert details["typo.jpg"] == "no such file or folder"
    assert details["no*.jpg"] == "no file matches"
    assert len(found.skipped) == 5
    (folder / "broken.jpg").symlink_to("nowhere")
    assert names(find_inputs(["in/broken.jpg"])) == ["in/broken.jpg"]  # its reader says why
