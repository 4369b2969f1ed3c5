"""Pictures and annotation files joined by stem: nothing vanishes."""

import os
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from manifests.raw import read_bytes
from manifests.vocabulary import Kind, Reason
from pipelines.inclusive import parse_line
from pipelines.paired import Layout, PairedDataset, pair
from pipelines.source import Entry, Problem
from pipelines.tree import RawFile, RawTree

TOY = PairedDataset(
    id="toy",
    title="Toy",
    version=1,
    source="https://example.org/toy",
    layouts={"train": Layout("images", "texts"), "test": Layout("images2", "texts2")},
    parse=parse_line,
)


def put(root: Path, *names: str) -> RawTree:
    for name in names:
        path = root / "toy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return RawTree(root, "toy")


def index(tree: RawTree, split: str = "train") -> tuple[list[Entry], list[Problem]]:
    items = list(TOY.index(tree, split))
    return (
        [item for item in items if isinstance(item, Entry)],
        [item for item in items if isinstance(item, Problem)],
    )


def test_halves_meet_by_stem_in_the_order_of_stems(tmp_path: Path) -> None:
    tree = put(tmp_path, "images/b.png", "images/a.JPG", "texts/gt_b.txt", "texts/gt_a.TXT")
    assert index(tree) == (
        [
            Entry("a", "toy/images/a.JPG", "toy/texts/gt_a.TXT"),
            Entry("b", "toy/images/b.png", "toy/texts/gt_b.txt"),
        ],
        [],
    )


def test_a_half_alone_is_an_entry(tmp_path: Path) -> None:
    tree = put(tmp_path, "images/a.png", "texts/gt_b.txt")
    entries, problems = index(tree)
    assert entries == [Entry("a", "toy/images/a.png", None), Entry("b", None, "toy/texts/gt_b.txt")]
    assert problems == []


def test_of_two_pictures_with_one_stem_the_second_is_refused(tmp_path: Path) -> None:
    tree = put(tmp_path, "images/a.jpg", "images/a.png", "images/sub/a.gif", "texts/gt_a.txt")
    entries, problems = index(tree)
    assert [entry.image_uri for entry in entries] == ["toy/images/a.jpg"]
    assert [(p.kind, p.reason, p.uri, p.stem) for p in problems] == [
        (Kind.IMAGE, Reason.IMAGE_DUPLICATE_NAME, "toy/images/a.png", "a"),
        (Kind.IMAGE, Reason.IMAGE_DUPLICATE_NAME, "toy/images/sub/a.gif", "a"),
    ]
    assert "toy/images/a.jpg" in problems[0].detail


def test_of_two_annotations_for_one_picture_the_second_is_refused(tmp_path: Path) -> None:
    tree = put(tmp_path, "images/a.jpg", "texts/gt_a.TXT", "texts/gt_a.txt")
    entries, (problem,) = index(tree)
    assert [(entry.annotation_uri, entry.complete) for entry in entries] == [
        ("toy/texts/gt_a.TXT", True)
    ]
    assert (problem.kind, problem.reason) == (Kind.FILE, Reason.ANNOTATION_DUPLICATE_NAME)


@pytest.mark.parametrize(
    "name",
    ["images/Thumbs.db", "images/._a.jpg", "images/gt_a.txt", "texts/a.txt", "texts/gt_a.jpg"],
)
def test_stray_files_are_told(tmp_path: Path, name: str) -> None:
    entries, (problem,) = index(put(tmp_path, "images/a.jpg", "texts/gt_a.txt", name))
    assert len(entries) == 1
    assert (problem.kind, problem.reason, problem.uri) == (
        Kind.FILE,
        Reason.STRAY_FILE,
        f"toy/{name}",
    )


def test_a_name_that_cannot_be_an_identifier_is_left_to_the_conversion(tmp_path: Path) -> None:
    tree = put(tmp_path, "images/a b.jpg", "texts/gt_a b.txt", "texts/gt_.txt")
    assert index(tree) == (
        [
            Entry("", None, "toy/texts/gt_.txt"),
            Entry("a b", "toy/images/a b.jpg", "toy/texts/gt_a b.txt"),
        ],
        [],
    )


def test_names_of_undecodable_bytes_are_addressed(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9 #1")
    (entry,) = index(put(tmp_path, f"{name}/images/{name}.jpg"))[0]
    assert entry == Entry(name, "toy/caf%E9 %231/images/caf%E9 %231.jpg", None)
    assert read_bytes(tmp_path, str(entry.image_uri)) == b""


def test_the_regions_of_an_annotation_that_was_passed_over_are_told(tmp_path: Path) -> None:
    tree = put(tmp_path, "images/a.jpg", "texts/gt_a.TXT", "texts/gt_a.txt", "texts/z/gt_a.txt")
    (tmp_path / "toy" / "texts" / "gt_a.txt").write_bytes(b'1 2 3 4 "x"\nbad\n1 2 3 4 "y"\n')
    (tmp_path / "toy" / "texts" / "z" / "gt_a.txt").write_bytes(b"\0")
    (entry,), problems = index(tree)
    assert not entry.complete
    duplicate = Reason.ANNOTATION_DUPLICATE_NAME
    assert [(p.kind, p.reason, p.stem, p.line) for p in problems] == [
        (Kind.FILE, duplicate, "a", None),
        (Kind.REGION, duplicate, "a", 1),
        (Kind.REGION, Reason.BAD_COORDINATES, "a", 2),
        (Kind.REGION, duplicate, "a", 3),
        (Kind.FILE, duplicate, "a", None),
        (Kind.FILE, Reason.ANNOTATION_UNREADABLE, "a", None),
    ]


def test_where_a_second_annotation_cannot_be_read_nobody_knows_what_it_labelled(
    tmp_path: Path,
) -> None:
    tree = put(tmp_path, "images/a.jpg", "texts/gt_a.TXT", "texts/gt_a.txt")
    (tmp_path / "toy" / "texts" / "gt_a.txt").write_bytes("1 2 3 4 x".encode("utf-16"))
    (entry,), _ = index(tree)
    assert not entry.complete


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_a_name_twice_in_an_archive_the_last_is_used_and_the_others_are_told(
    tmp_path: Path,
) -> None:
    (tmp_path / "toy").mkdir()
    for folder, names in (("images", ["a.jpg"]), ("texts", ["gt_a.txt", "gt_a.txt"])):
        with zipfile.ZipFile(tmp_path / "toy" / f"{folder}.zip", "w") as archive:
            for number, name in enumerate(names * 2):
                archive.writestr(name, str(number))
    (entry,), problems = index(RawTree(tmp_path, "toy"))
    assert read_bytes(tmp_path, str(entry.image_uri)) == b"1"
    assert [(p.kind, p.reason) for p in problems] == [
        (Kind.IMAGE, Reason.IMAGE_DUPLICATE_NAME),
        *[(Kind.FILE, Reason.ANNOTATION_DUPLICATE_NAME)] * 3,
    ]
    assert [p.stem for p in problems] == ["a", None, None, None]
    assert "holds this name twice" in problems[0].detail
    assert "holds this name 4 times" in problems[1].detail


def test_what_is_never_read_is_told_in_the_first_split(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    raw = tmp_path / "raw"
    tree = put(raw, "images/a.jpg", "texts2/gt_b.txt")
    (raw / "toy" / "texts").symlink_to(secret)
    advice = TOY.missing(tree, "train")
    assert advice is not None and "toy/texts is there, but it is a link that leads out" in advice
    _, problems = index(tree, "test")
    assert [(p.kind, p.reason, p.uri) for p in problems] == [
        (Kind.FILE, Reason.STRAY_FILE, "toy/texts"),
    ]


def test_an_archive_beside_its_unpacked_folder_is_passed_over(tmp_path: Path) -> None:
    inside = [RawFile(PurePosixPath(f"images/{n}.jpg"), f"toy/images.zip!{n}.jpg") for n in "ab"]
    beside = [RawFile(PurePosixPath(f"images/{n}.jpg"), f"toy/images/{n}.jpg") for n in "abc"]
    files = sorted([*inside, *beside], key=lambda file: (str(file.path), file.uri))
    problem, *entries = pair(files, [], str, lambda problem: [])
    assert isinstance(problem, Problem)
    assert (problem.kind, problem.uri) == (Kind.FILE, "toy/images")
    assert problem.detail.startswith("2 file(s) here are in toy/images.zip too")
    assert [entry.stem for entry in entries] == ["a", "b", "c"]


def test_files_of_no_split_are_told_once_a_folder_and_in_one_split_only(tmp_path: Path) -> None:
    tree = put(
        tmp_path,
        *("images/a.jpg", "texts/gt_a.txt", "images2/b.jpg", "texts2/gt_b.txt"),
        *("notes.txt", "other/1.jpg", "other/2.jpg"),
    )
    entries, problems = index(tree)
    assert [entry.stem for entry in entries] == ["a"]
    assert [(p.kind, p.uri, p.detail[:9]) for p in problems] == [
        (Kind.FILE, "toy", "1 file(s)"),
        (Kind.FILE, "toy/other", "2 file(s)"),
    ]
    entries, problems = index(tree, "test")
    assert [entry.stem for entry in entries] == ["b"] and problems == []


def test_files_of_no_split_are_told_where_the_first_split_is_absent(tmp_path: Path) -> None:
    _, problems = index(put(tmp_path, "texts2/gt_b.txt", "notes.txt"), "test")
    assert [p.uri for p in problems] == ["toy"]


def test_missing_names_what_is_not_there(tmp_path: Path) -> None:
    tree = put(tmp_path, "images/a.jpg", "texts2/gt_b.txt")
    train, test = TOY.missing(tree, "train"), TOY.missing(tree, "test")
    assert test is None, "annotations without pictures are there"
    assert train is not None
    assert "texts.zip" in train and "images.zip" not in train
    assert "https://example.org/toy" in train and str(tmp_path / "toy") in train
    both = TOY.missing(RawTree(tmp_path, "nowhere"), "train")
    assert both is not None and "images.zip and texts.zip" in both


def test_a_passed_over_annotation_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Its regions cannot be counted, so the file itself is."""
    tree = put(tmp_path, "images/a.jpg", "texts/gt_a.txt")
    archive = tmp_path / "toy" / "texts" / "z.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("gt_a.txt", b'1 2 3 4 "x"\n')
    content = archive.read_bytes()
    archive.write_bytes(content.replace(b'1 2 3 4 "x"', b'9 9 9 9 "x"', 1))  # the checksum is wrong
    _, problems = index(tree)
    found = [(p.kind, p.reason) for p in problems]
    assert (Kind.FILE, Reason.ANNOTATION_UNREADABLE) in found
    assert (Kind.FILE, Reason.ANNOTATION_DUPLICATE_NAME) in found
