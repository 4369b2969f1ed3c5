"""What a raw root lacks is told once, and what stands beside its place is told at all."""

from pathlib import Path

import pytest

from manifests.errors import UserError
from pipelines import plan as planning
from pipelines.plan import Absent, plan, told

MORE = "_LOOKED_THROUGH"


def make_set(folder: Path) -> None:
    """Files that make ICDAR 2015's training, empty."""
    for name in ("ch4_training_images", "ch4_training_localization_transcription_gt"):
        (folder / name).mkdir(parents=True)
        (folder / name / "img_1.txt").touch()


def said(raw: Path) -> list[str]:
    with pytest.raises(UserError, match="nothing to normalize") as caught:
        plan(raw)
    return str(caught.value).splitlines()


def test_splits_of_one_advice_are_a_line() -> None:
    absent = [Absent("a/train", "get a.zip"), Absent("a/test", "get a.zip"), Absent("b/train", "b")]
    assert told(absent) == ["a/train, a/test: get a.zip", "b/train: b"]


def test_several_archives_are_them_and_one_is_it(tmp_path: Path) -> None:
    make_set(tmp_path / "icdar15")
    (tmp_path / "icdar15" / "ch4_test_images").mkdir()
    (tmp_path / "icdar15" / "ch4_test_images" / "img_1.jpg").touch()
    advice = {item.name: item.advice for item in plan(tmp_path).absent}
    assert "Challenge1_Training_Task1_GT.zip from" in advice["icdar11/train"]
    assert "and put them, packed" in advice["icdar11/train"]
    assert advice["icdar15/test"].startswith("get Challenge4_Test_Task1_GT.zip from")
    assert "and put it, packed" in advice["icdar15/test"]


def test_the_folder_of_a_dataset_is_no_raw_root(tmp_path: Path) -> None:
    make_set(tmp_path / "icdar15")
    *_, last = said(tmp_path / "icdar15")
    assert last == f"{tmp_path}/icdar15 is the folder of icdar15 itself: give --raw {tmp_path}"


def test_files_beside_their_place_are_seen(tmp_path: Path) -> None:
    make_set(tmp_path / "Downloads" / "icdar 2015")
    raw = tmp_path / "Downloads"
    assert said(raw)[-1] == f"files of icdar15 are below {raw}: put them into {raw}/icdar15"


@pytest.mark.parametrize("hinder", ["nothing", "many", "broken"])
def test_no_guess_is_made(tmp_path: Path, hinder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    if hinder != "nothing":
        make_set(raw / "mine")
    if hinder == "many":
        monkeypatch.setattr(planning, MORE, 2)
    if hinder == "broken":
        (raw / "page.zip").write_text("<html>")
    assert (
        said(raw)[-1] == f"  your own pictures: {raw}/sources.yaml, or --source (docs/datasets.md)"
    )
