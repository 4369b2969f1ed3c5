"""SCUT-FORU: sizes instead of corners, any separator, any folder, two splits in one."""

import zipfile
from pathlib import Path

import pytest

from manifests.vocabulary import Kind, Reason
from pipelines.datasets.scut_foru import DATASET
from pipelines.source import Entry, Problem
from pipelines.tree import RawTree
from tests.pipelines.datasets.readers import as_entry, as_problem, read_items, read_labels


@pytest.mark.parametrize(
    "line",
    [
        '47,52,210,60,"STREET"',
        "47,52,210,60,STREET",
        "47, 52, 210, 60, STREET",
        "47 52 210 60 STREET",
        '47 52 210 60 "STREET"',
        '47,52,210,60,"STREET",',
    ],
)
def test_separators_and_quotes(line: str) -> None:
    (label,) = read_labels(DATASET, f"{line}\r\n".encode())
    assert label.polygon == (47, 52, 257, 52, 257, 112, 47, 112)
    assert (label.text, label.raw) == ("STREET", line)


@pytest.mark.parametrize("text", ['12"', '"open', "A,B", "two words"])
def test_unquoted_texts_stay_as_they_stand(text: str) -> None:
    (label,) = read_labels(DATASET, f"1,2,3,4,{text}".encode())
    assert label.text == text


def test_negative_size_is_a_problem() -> None:
    problem = as_problem(*read_items(DATASET, b"10,10,-5,5,back"))
    assert problem.reason is Reason.BAD_COORDINATES


def put(root: Path, *names: str) -> RawTree:
    for name in names:
        path = root / "scut_foru" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return RawTree(root, "scut_foru")


def test_numbers_split_train_and_test_whatever_the_folders_are_called(tmp_path: Path) -> None:
    tree = put(
        tmp_path,
        *("imgs/000001.jpg", "imgs/001200.JPG", "imgs/001201.jpg"),
        *("labels/000001.txt", "labels/001200.txt", "labels/001201.txt"),
    )
    assert [as_entry(item).stem for item in DATASET.index(tree, "train")] == ["000001", "001200"]
    assert [as_entry(item).stem for item in DATASET.index(tree, "test")] == ["001201"]


def test_other_subsets_and_strays_are_told_once(tmp_path: Path) -> None:
    tree = put(
        tmp_path,
        *("English2k/word_img/000001.jpg", "English2k/word_annotation/000001.txt"),
        *("English2k/char_img/000001.jpg", "English2k/char_annotation/000001.txt"),
        *("English2k/word_img/Thumbs.db", "English2k/word_img/cover.jpg"),
    )
    items = list(DATASET.index(tree, "train"))
    entries = [item for item in items if isinstance(item, Entry)]
    problems = [item for item in items if isinstance(item, Problem)]
    assert [entry.image_uri for entry in entries] == ["scut_foru/English2k/word_img/000001.jpg"]
    assert [(p.uri, p.kind) for p in problems] == [
        ("scut_foru/English2k/char_annotation", Kind.FILE),
        ("scut_foru/English2k/char_img", Kind.FILE),
        ("scut_foru/English2k/word_img", Kind.FILE),
    ]
    assert problems[-1].detail.startswith("2 file(s)")


def test_a_name_of_too_many_digits_is_no_number(tmp_path: Path) -> None:
    (tmp_path / "scut_foru").mkdir()
    with zipfile.ZipFile(tmp_path / "scut_foru" / "English2k.zip", "w") as archive:
        for stem in ("7", "1" * 5000):
            archive.writestr(f"word_annotation/{stem}.txt", "1,2,30,40,a")
    items = list(DATASET.index(RawTree(tmp_path, "scut_foru"), "train"))
    assert [item.stem for item in items if isinstance(item, Entry)] == ["7"]
    (stray,) = (item for item in items if isinstance(item, Problem))
    assert stray.detail.startswith("1 file(s)")
